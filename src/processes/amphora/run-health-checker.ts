import { askSctp } from '../../amphora/agent/lvs/probe.ts';
import { CommandFailed, run } from '../../lib/run.ts';

/** Exit status by answer, as keepalived's configuration of the original expects it. */
const STATUS = { 'init-ack': 0, abort: 1, none: 2, other: 3 } as const;
const USAGE_STATUS = 3;

/**
 * `amphora-health-checker sctp [-t seconds] ADDRESS PORT`, which keepalived runs as its check: 0 when the member would
 * take the association, 1 when it refuses, 2 when it says nothing, 3 otherwise.
 */
export async function runHealthChecker(args: readonly string[]): Promise<number> {
  const match = /^sctp (?:-t (?<seconds>\d{1,4}) )?(?<address>[0-9a-fA-F.:]+) (?<port>\d{1,5})$/.exec(args.join(' '))?.groups;
  if (match === undefined) {
    process.stderr.write('usage: amphora-health-checker sctp [-t SECONDS] ADDRESS PORT\n');
    return USAGE_STATUS;
  }
  const target = { address: match['address'] ?? '', port: Number(match['port']), timeoutSeconds: Number(match['seconds'] ?? 3) };
  return STATUS[await askSctp(target, outputHere)];
}

async function outputHere([program = '', ...args]: readonly string[], timeoutSeconds: number): Promise<string | null> {
  try {
    return (await run(program, args, { timeoutMs: timeoutSeconds * 1000 })).stdout;
  } catch (error) {
    if (error instanceof CommandFailed) return null;
    throw error;
  }
}
