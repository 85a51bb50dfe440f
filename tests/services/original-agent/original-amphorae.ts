import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../../src/lib/run.ts';
import { objectOf, objectsOf, textOf, type JsonObject } from '../../../src/openstack/json.ts';
import type { RecordedCall } from '../recording-proxy.ts';

/** The files of Debian's octavia-agent; tests/services/install.sh puts them there, as the package itself would turn this machine into an amphora. */
export const AGENT_PACKAGE = '/var/lib/octavia-tests/octavia-agent';

export function hasOriginalAgent(): boolean {
  return existsSync(`${AGENT_PACKAGE}/usr/bin/octavia-agent-lvs-masquerade`) && existsSync('/usr/bin/amphora-agent');
}

/** Plays what is inside the servers of Nova's fake hypervisor with the original's own agent, in a guest of own mounts and processes. */
export interface OriginalAmphorae {
  /** To be told of every answer of Nova before Octavia has it. True when the server is one of these. */
  see(call: RecordedCall): Promise<boolean>;
  /** Whether servers that are made from now on are such ones. */
  takesNew: boolean;
  /** What agents have printed, for messages of failed tests. */
  printed(): string;
  stop(): Promise<void>;
}

interface Guest { readonly directory: string; process: ChildProcess | null }

export function createOriginalAmphorae(directory: string): OriginalAmphorae {
  const guests = new Map<string, Guest>();
  const all: Guest[] = [];
  let links = 0;
  const boot = async (serverId: string, request: JsonObject): Promise<void> => {
    const guest: Guest = { directory: join(directory, serverId), process: null };
    guests.set(serverId, guest);
    all.push(guest);
    for (const { path, contents } of objectsOf(request['personality'])) {
      await mkdir(dirname(join(guest.directory, String(path))), { recursive: true });
      await writeFile(join(guest.directory, String(path)), Buffer.from(String(contents), 'base64'));
    }
  };
  const start = async (guest: Guest, address: string): Promise<void> => {
    if (guest.process !== null) return;
    const file = join(guest.directory, 'etc/octavia/amphora-agent.conf');
    // A server has its address for itself; here all share one network.
    await writeFile(file, readFileSync(file, 'utf8').replace(/^bind_host = .*$/m, `bind_host = ${address}`));
    const systemd = fileURLToPath(new URL('systemd', import.meta.url));
    guest.process = spawn('unshare', ['--mount', '--pid', '--fork', '--mount-proc', '--kill-child', systemd, guest.directory, AGENT_PACKAGE], { stdio: 'ignore' });
  };
  /** The interface appears beside those of the controllers; the agent finds it by its address and takes it into its namespace. */
  const plug = async (networkId: string, macAddress: string): Promise<void> => {
    const bridge = `n${networkId.slice(0, 8)}`;
    const [outside, inside] = [`q${(links += 1)}`, `g${links}`];
    await run('sh', ['-c', `ip link show ${bridge} >/dev/null 2>&1 || { ip link add ${bridge} type bridge && ip link set ${bridge} up; }`]);
    await run('ip', ['link', 'add', outside, 'master', bridge, 'type', 'veth', 'peer', 'name', inside, 'address', macAddress]);
    await run('ip', ['link', 'set', outside, 'up']);
  };
  const end = async (guest: Guest): Promise<void> => {
    const child = guest.process;
    guest.process = null;
    if (child === null || child.exitCode !== null) return;
    const ended = new Promise((resolve) => void child.once('exit', resolve));
    // Its process 1 dies with it, and everything inside.
    child.kill('SIGKILL');
    await ended;
  };
  const amphorae: OriginalAmphorae = {
    takesNew: true,
    async see({ service, method, path, status, body, answer }) {
      if (service !== 'nova' || status >= 300 || status === 0) return false;
      const [, serverId = '', rest = ''] = /^\/v2\.1\/servers\/([0-9a-f-]{36})\/?(.*)$/.exec(path) ?? [];
      const server = objectOf(objectOf(answer)['server']);
      if (method === 'POST' && path === '/v2.1/servers') {
        if (amphorae.takesNew) await boot(String(server['id']), objectOf(objectOf(body)['server']));
        return amphorae.takesNew;
      }
      const guest = guests.get(serverId);
      if (guest === undefined) return false;
      const address = textOf(objectsOf(Object.values(objectOf(server['addresses']))[0])[0]?.['addr']);
      if (method === 'GET' && rest === '' && server['status'] === 'ACTIVE' && address !== null) await start(guest, address);
      if (method === 'POST' && rest === 'os-interface') {
        const attached = objectOf(objectOf(answer)['interfaceAttachment']);
        await plug(String(attached['net_id']), String(attached['mac_addr']));
      }
      if (method === 'DELETE' && rest === '') {
        guests.delete(serverId);
        await end(guest);
      }
      return true;
    },
    printed: () => all.map(({ directory: of }) => ['agent.out', 'amphora-agent.log', 'syslog'].map((name) => (existsSync(join(of, 'log', name)) ? readFileSync(join(of, 'log', name), 'utf8').slice(-2500) : '')).join('\n')).join('\n---\n'),
    async stop() {
      for (const guest of all) await end(guest);
    },
  };
  return amphorae;
}
