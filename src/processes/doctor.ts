import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { reasonOf } from '../lib/errors.ts';
import { run } from '../lib/run.ts';

interface Finding {
  readonly what: string;
  readonly holds: boolean;
  readonly detail: string;
  /** What to do when it does not hold; absent when the lack is only worth knowing. */
  readonly fix?: string;
}

/** Checks what this machine offers to the embedded service and to namespace amphorae, and says the fix for what is missing. */
export async function runDoctor(options: { listen: { host: string; port: number } }): Promise<void> {
  const findings = [
    await checkRoot(),
    await checkProgram('haproxy', ['-v'], /version (\d+\.\d+)/, 'apt-get install haproxy'),
    await checkProgram('keepalived', ['--version'], /Keepalived v(\d+\.\d+)/, 'apt-get install keepalived'),
    await checkProgram('nft', ['--version'], /v(\d+\.\d+)/, 'apt-get install nftables'),
    await checkProgram('ip', ['-V'], /iproute2-(\S+?),/, 'apt-get install iproute2'),
    await checkProgram('conntrack', ['--version'], /v(\d+\.\d+)/, 'apt-get install conntrack'),
    await checkNamespaces(),
    await checkPort(options.listen),
    checkIpVs(),
    checkOpenFiles(),
  ];
  for (const { what, holds, detail, fix } of findings) {
    const verdict = holds ? 'ok  ' : fix === undefined ? 'note' : 'FAIL';
    process.stdout.write(`${verdict} ${what}: ${detail}${!holds && fix !== undefined ? `\n     fix: ${fix}` : ''}\n`);
  }
  if (findings.some(({ holds, fix }) => !holds && fix !== undefined)) process.exitCode = 1;
}

async function checkRoot(): Promise<Finding> {
  const holds = process.getuid?.() === 0;
  return { what: 'root', holds, detail: holds ? 'yes' : 'network namespaces need root', fix: 'run as root or with sudo' };
}

async function checkProgram(program: string, args: readonly string[], version: RegExp, fix: string): Promise<Finding> {
  try {
    const { stdout, stderr } = await run(program, args);
    return { what: program, holds: true, detail: version.exec(stdout + stderr)?.[1] ?? 'present' };
  } catch (error) {
    return { what: program, holds: false, detail: reasonOf(error), fix };
  }
}

async function checkNamespaces(): Promise<Finding> {
  try {
    await run('unshare', ['-n', 'ip', 'link', 'add', 'probe0', 'type', 'veth', 'peer', 'name', 'probe1']);
    return { what: 'network namespaces and veth', holds: true, detail: 'can be made' };
  } catch (error) {
    return { what: 'network namespaces and veth', holds: false, detail: reasonOf(error), fix: 'give the container CAP_SYS_ADMIN and CAP_NET_ADMIN, or load the veth module (modprobe veth)' };
  }
}

function checkPort({ host, port }: { host: string; port: number }): Promise<Finding> {
  const what = `port ${host}:${port}`;
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve({ what, holds: false, detail: error.message, fix: `stop what listens there (ss -ltnp 'sport = :${port}') or choose another with --listen` }));
    server.listen(port, host, () => server.close(() => resolve({ what, holds: true, detail: 'free' })));
  });
}

function checkIpVs(): Finding {
  const holds = existsSync('/proc/net/ip_vs');
  return { what: 'IP_VS for UDP and SCTP', holds, detail: holds ? 'in this kernel' : 'not in this kernel: UDP and SCTP listeners are served by nftables' };
}

function checkOpenFiles(): Finding {
  const limit = Number(/Max open files\s+\d+\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 0);
  return { what: 'open files', holds: limit >= 100_000, detail: `${limit}; each haproxy can carry about ${Math.floor(limit * 0.4)} connections` };
}
