import { CommandFailed, run } from '../../../lib/run.ts';
import type { RunResult } from '../../../lib/run.ts';
import type { L4Check } from '../../l4/l4-service.ts';
import type { World } from '../world.ts';
import { sctpInit, sctpAnswerKind } from './sctp-packet.ts';

/** Without its start-up file: bash takes a socket on its standard input for a login over the network. */
const SHELL = ['bash', '--norc', '-c'];

/**
 * Asks one member once, from inside the amphora's network. A program for each look: sockets of this process live in
 * another namespace. bash opens TCP and UDP by itself, socat sends the raw SCTP packet.
 */
export async function probe(check: L4Check, world: World): Promise<boolean> {
  switch (check.kind) {
    case 'tcp': return succeeds(world, [...SHELL, 'exec 3<>"/dev/tcp/$1/$2"', 'bash', check.address, String(check.port)], check.timeoutSeconds);
    case 'udp': return succeeds(world, [...SHELL, UDP_SCRIPT, 'bash', check.address, String(check.port), String(Math.max(1, check.timeoutSeconds - 1))], check.timeoutSeconds + 1);
    case 'http': {
      const answer = await output(world, [...SHELL, HTTP_SCRIPT, 'bash', check.address, String(check.port), check.path], check.timeoutSeconds);
      const status = /^HTTP\/\d(?:\.\d)? (\d{3})/.exec(answer ?? '')?.[1];
      return status !== undefined && (check.statusCodes.length === 0 || check.statusCodes.includes(Number(status)));
    }
    case 'sctp': return probeSctp(check, world);
    default: return check satisfies never;
  }
}

/**
 * A closed port answers with ICMP, which is the read's error; silence (status above 128) is what a well member says. A
 * host that is gone says nothing either: after silence its link address is asked for, and the next check knows.
 */
const UDP_SCRIPT = `exec 3<>"/dev/udp/$1/$2" || exit 1
printf X >&3 || exit 1
IFS= read -r -t "$3" -n 1 -u 3
status=$?
[ $status -eq 0 ] && exit 0
[ $status -gt 128 ] || exit 1
neighbour=$(ip neighbour show to "$1")
case "$neighbour" in
  *FAILED*|*INCOMPLETE*) exit 1 ;;
  *" dev "*) set -- $neighbour; ip neighbour change "$1" dev "$3" nud probe ;;
esac
exit 0`;
const HTTP_SCRIPT = 'exec 3<>"/dev/tcp/$1/$2" || exit 1; printf "GET %s HTTP/1.0\\r\\nUser-Agent: KeepAliveClient\\r\\nHost: %s\\r\\n\\r\\n" "$3" "$1" >&3; IFS= read -r -u 3 line; printf "%s" "$line"';

async function probeSctp(check: L4Check, world: World): Promise<boolean> {
  return (await askSctp(check, (command, timeoutSeconds) => output(world, command, timeoutSeconds))) === 'init-ack';
}

type SctpTarget = Pick<L4Check, 'address' | 'port' | 'timeoutSeconds'>;

/** What a member answers to an SCTP INIT. `outputOf` runs a program from which the member can be reached; null: it failed. */
export async function askSctp(
  { address, port, timeoutSeconds }: SctpTarget,
  outputOf: (command: readonly string[], timeoutSeconds: number) => Promise<string | null>,
): Promise<ReturnType<typeof sctpAnswerKind>> {
  const packet = sctpInit(port);
  const family = address.includes(':') ? `IP6-SENDTO:[${address}]:132` : `IP4-SENDTO:${address}:132`;
  const wait = String(Math.max(1, timeoutSeconds));
  // socat takes binary from a file descriptor only as bytes of a shell's printf: the packet travels as octal escapes.
  const octal = [...packet.bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  const script = '{ printf "$1"; sleep "$3"; } | socat -T "$3" - "$2" | od -An -v -tx1 -N 64';
  const answer = await outputOf([...SHELL, script, 'bash', octal, family, wait], timeoutSeconds + 2);
  return sctpAnswerKind(Buffer.from((answer ?? '').replace(/\s/g, ''), 'hex'), packet.tag);
}

async function succeeds(world: World, command: readonly string[], timeoutSeconds: number): Promise<boolean> {
  return (await attempt(world, command, timeoutSeconds)) !== null;
}

async function output(world: World, command: readonly string[], timeoutSeconds: number): Promise<string | null> {
  return (await attempt(world, command, timeoutSeconds))?.stdout ?? null;
}

async function attempt(world: World, command: readonly string[], timeoutSeconds: number): Promise<RunResult | null> {
  const [program = '', ...args] = world.insideNetwork(command);
  try {
    return await run(program, args, { timeoutMs: timeoutSeconds * 1000 });
  } catch (error) {
    if (error instanceof CommandFailed) return null;
    throw error;
  }
}
