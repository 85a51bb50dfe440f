import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Agent } from '../../src/amphora/agent/agent.ts';
import { createAgent } from '../../src/amphora/agent/create-agent.ts';
import { bootNamespace } from '../../src/drivers/compute/namespace/boot-namespace.ts';
import { killInside } from '../../src/drivers/compute/namespace/processes.ts';
import { removeNetns } from '../../src/lib/linux/netns.ts';
import { run } from '../../src/lib/run.ts';
import { objectOf, objectsOf, textOf, type JsonObject } from '../../src/openstack/json.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import type { RecordedCall } from '../services/recording-proxy.ts';

/** Plays what is inside the servers of Nova's fake hypervisor: our agent with the files that Nova was given, in a network namespace. */
export interface Amphorae {
  /** To be told of every answer of Nova before Octavia has it. */
  see(call: RecordedCall): Promise<void>;
  /** Name of an amphora's network namespace. */
  netnsOf(amphoraId: string): string;
  /** Puts a namespace of its own with this address on a network, to play a client or a member. */
  addHost(netns: string, networkId: string, address: string): Promise<void>;
  readonly failures: unknown[];
  /** Requests that agents answered: `PUT /1.0/vrrp/start`. */
  readonly requests: string[];
  stop(): Promise<void>;
}

interface Machine { readonly amphoraId: string; readonly netns: string; readonly root: string; agent: Promise<Agent> | null }

export function createAmphorae(directory: string, managementNetworkName: string): Amphorae {
  const machines = new Map<string, Machine>();
  /** Ports that Octavia made, by id: a server may have them from birth. */
  const ports = new Map<string, JsonObject>();
  const failures: unknown[] = [];
  const requests: string[] = [];
  const log = createLogger({
    debug: true, json: true,
    write: (line) => {
      const { msg, method, path } = JSON.parse(line) as Record<string, unknown>;
      if (msg === 'Agent request answered') requests.push(`${String(method)} ${String(path)}`);
    },
  });
  let links = 0;

  const boot = async (serverId: string, request: JsonObject): Promise<void> => {
    const files = new Map(objectsOf(request['personality']).map(({ path, contents }) => [String(path), Buffer.from(String(contents), 'base64')]));
    const amphoraId = /amphora_id = (\S+)/.exec(files.get('/etc/octavia/amphora-agent.conf')?.toString() ?? '')?.[1] ?? '';
    const machine: Machine = { amphoraId, netns: `octavia-${amphoraId}`, root: join(directory, amphoraId), agent: null };
    machines.set(serverId, machine);
    for (const [path, content] of files) {
      await mkdir(dirname(join(machine.root, path)), { recursive: true });
      await writeFile(join(machine.root, path), content);
    }
    await bootNamespace(machine.netns);
    for (const { port: id } of objectsOf(request['networks'])) {
      const port = ports.get(String(id));
      if (port !== undefined) await plug(machine.netns, String(port['network_id']), String(port['mac_address']));
    }
  };
  const startAgent = (machine: Machine, host: string): void => {
    machine.agent ??= createAgent({ amphoraId: machine.amphoraId, root: machine.root, netns: machine.netns, listen: { host, port: 9443 }, log });
    machine.agent.catch((error: unknown) => failures.push(error));
  };
  const plug = async (netns: string, networkId: string, macAddress: string | null): Promise<string> => {
    const bridge = `n${networkId.slice(0, 8)}`;
    const [outside, inside] = [`p${(links += 1)}`, `i${links}`];
    await run('sh', ['-c', `ip link show ${bridge} >/dev/null 2>&1 || { ip link add ${bridge} type bridge && ip link set ${bridge} up; }`]);
    await run('ip', ['link', 'add', outside, 'master', bridge, 'type', 'veth', 'peer', 'name', inside, ...(macAddress === null ? [] : ['address', macAddress]), 'netns', netns]);
    await run('ip', ['link', 'set', outside, 'up']);
    return inside;
  };
  const remove = async (serverId: string): Promise<void> => {
    const machine = machines.get(serverId);
    machines.delete(serverId);
    if (machine === undefined) return;
    await (await machine.agent?.catch(() => null))?.close();
    await killInside(machine.netns);
    await removeNetns(machine.netns);
  };

  /** A server that is ACTIVE has booted: so has what is in it. */
  const wake = (server: JsonObject): void => {
    const machine = machines.get(String(server['id']));
    const address = textOf(objectsOf(objectOf(server['addresses'])[managementNetworkName])[0]?.['addr']);
    if (machine !== undefined && server['status'] === 'ACTIVE' && address !== null) startAgent(machine, address);
  };
  const see = async ({ service, method, path, status, body, answer }: RecordedCall): Promise<void> => {
    if (status >= 300 || status === 0) return;
    if (service === 'neutron' && method === 'POST' && path === '/v2.0/ports') {
      const port = objectOf(objectOf(answer)['port']);
      ports.set(String(port['id']), port);
    }
    if (service !== 'nova') return;
    const [, serverId = '', rest = ''] = /^\/v2\.1\/servers\/([0-9a-f-]{36})\/?(.*)$/.exec(path) ?? [];
    const server = objectOf(objectOf(answer)['server']);
    if (method === 'POST' && path === '/v2.1/servers') return boot(String(server['id']), objectOf(objectOf(body)['server']));
    if (method === 'GET' && path.startsWith('/v2.1/servers/detail')) {
      for (const one of objectsOf(objectOf(answer)['servers'])) wake(one);
      return;
    }
    const machine = machines.get(serverId);
    if (machine === undefined) return;
    if (method === 'GET' && rest === '') wake(server);
    if (method === 'POST' && rest === 'os-interface') {
      const attached = objectOf(objectOf(answer)['interfaceAttachment']);
      await plug(machine.netns, String(attached['net_id']), String(attached['mac_addr']));
    }
    if (method === 'DELETE' && rest === '') await remove(serverId);
  };

  return {
    failures, requests, see,
    netnsOf: (amphoraId) => `octavia-${amphoraId}`,
    async addHost(netns, networkId, address) {
      await bootNamespace(netns);
      const link = await plug(netns, networkId, null);
      await run('ip', ['-n', netns, 'addr', 'add', address, 'dev', link]);
      await run('ip', ['-n', netns, 'link', 'set', link, 'up']);
    },
    async stop() {
      for (const id of machines.keys()) await remove(id);
    },
  };
}
