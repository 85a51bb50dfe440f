import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { reasonOf } from '../../lib/errors.ts';
import { run } from '../../lib/run.ts';
import { failure, note, ok, type Finding } from './finding.ts';

const AREA = 'machine';

/** What this machine offers to the embedded service and to namespace amphorae. */
export async function checkMachine(listen: { readonly host: string; readonly port: number }): Promise<readonly Finding[]> {
  return [
    checkRoot(),
    await checkProgram('haproxy', ['-v'], /version (\d+\.\d+)/),
    await checkProgram('keepalived', ['--version'], /Keepalived v(\d+\.\d+)/),
    await checkProgram('nft', ['--version'], /v(\d+\.\d+)/, 'nftables'),
    await checkProgram('ip', ['-V'], /iproute2-(\S+?),/, 'iproute2'),
    await checkProgram('conntrack', ['--version'], /v(\d+\.\d+)/),
    await checkNamespaces(),
    await checkPort(listen),
    checkIpVs(),
    ...checkController(),
  ];
}

/** What every controller needs: the processes of a cloud's Octavia run no haproxy of their own. */
export function checkController(): readonly Finding[] {
  const [major = 0] = process.versions.node.split('.').map(Number);
  const node = major >= 24 ? ok(AREA, 'Node', process.versions.node) : failure(AREA, 'Node', process.versions.node, 'start it with the launcher `octavia`, which brings the right one');
  return [node, checkOpenFiles()];
}

function checkRoot(): Finding {
  return process.getuid?.() === 0 ? ok(AREA, 'root', 'yes') : failure(AREA, 'root', 'network namespaces need root', 'run as root or with sudo');
}

async function checkProgram(program: string, args: readonly string[], version: RegExp, debianPackage = program): Promise<Finding> {
  try {
    const { stdout, stderr } = await run(program, args);
    return ok(AREA, program, version.exec(stdout + stderr)?.[1] ?? 'present');
  } catch (error) {
    return failure(AREA, program, reasonOf(error), `apt-get install ${debianPackage}`);
  }
}

async function checkNamespaces(): Promise<Finding> {
  const what = 'network namespaces and veth';
  try {
    await run('unshare', ['-n', 'ip', 'link', 'add', 'probe0', 'type', 'veth', 'peer', 'name', 'probe1']);
    return ok(AREA, what, 'can be made');
  } catch (error) {
    return failure(AREA, what, reasonOf(error), 'give the container CAP_SYS_ADMIN and CAP_NET_ADMIN, or load the veth module (modprobe veth)');
  }
}

function checkPort({ host, port }: { readonly host: string; readonly port: number }): Promise<Finding> {
  const what = `port ${host}:${port}`;
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(failure(AREA, what, error.message, `stop what listens there (ss -ltnp 'sport = :${port}') or choose another with --listen`)));
    server.listen(port, host, () => server.close(() => resolve(ok(AREA, what, 'free'))));
  });
}

function checkIpVs(): Finding {
  const what = 'IP_VS for UDP and SCTP';
  return existsSync('/proc/net/ip_vs') ? ok(AREA, what, 'in this kernel') : note(AREA, what, 'not in this kernel: UDP and SCTP listeners are served by nftables');
}

function checkOpenFiles(): Finding {
  const limit = Number(/Max open files\s+\d+\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 0);
  const detail = `${limit}; each haproxy can carry about ${Math.floor(limit * 0.4)} connections`;
  return limit >= 100_000 ? ok(AREA, 'open files', detail) : note(AREA, 'open files', detail);
}
