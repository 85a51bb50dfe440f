import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { killInside } from '../../drivers/compute/namespace/processes.ts';
import type { FixedIp } from '../../drivers/network/network-driver.ts';
import type { Fabric } from '../../drivers/network/local/fabric/fabric.ts';
import { innerName } from '../../drivers/network/local/fabric/wire.ts';
import { NetworkFault, notFound } from '../../drivers/network/local/network-faults.ts';
import { requireNetwork, requireSubnet } from '../../drivers/network/local/networks.ts';
import { timestamp, type NetworkRecord, type NetworkRecords, type PortRecord, type SubnetRecord } from '../../drivers/network/local/network-records.ts';
import { createPort, deletePort } from '../../drivers/network/local/ports.ts';
import { createRule, createSecurityGroup } from '../../drivers/network/local/security-groups.ts';
import { isVisible, type Viewer } from '../../drivers/network/local/visibility.ts';
import { reasonOf } from '../../lib/errors.ts';
import { ipBatch } from '../../lib/linux/ip-batch.ts';
import { ensureNetns, removeNetns } from '../../lib/linux/netns.ts';
import { insideNetns } from '../../lib/linux/nft.ts';
import { isSameProcessAlive } from '../../lib/linux/process-look.ts';
import { run } from '../../lib/run.ts';
import type { ServiceLog } from '../http/service-scope.ts';
import { openServerRecords, serverNetns, type ServerRecord } from './server-records.ts';
import { startServerProcess, stopServerProcess } from './server-process.ts';

export interface ServerSpec {
  readonly name: string;
  /** Name or id of a network the caller sees. */
  readonly network: string;
  readonly address?: string;
  /** What the built-in web server answers. @default the server's name */
  readonly serve?: string;
  /** Runs instead of the web server. */
  readonly command?: readonly string[];
}

export interface ServerCaller extends Viewer { readonly userId: string | null }

export interface ServerView {
  readonly record: ServerRecord;
  readonly network: NetworkRecord | undefined;
  readonly port: PortRecord | undefined;
  readonly status: 'ACTIVE' | 'SHUTOFF';
}

/** Namespaces that play virtual machines: a port, addresses, a default route and one program. They outlive this process. */
export interface ServerManager {
  /** Throws NetworkFault (404 network, 409 name or address taken, 400). */
  create(spec: ServerSpec, caller: ServerCaller): Promise<ServerView>;
  list(caller: ServerCaller): readonly ServerView[];
  /** By name or id; 404 when there is none. */
  remove(nameOrId: string, caller: ServerCaller): Promise<void>;
  /** Makes namespaces and starts programs that are gone; what runs is left alone. */
  restore(): Promise<void>;
}

const GROUP_NAME = 'octavia-servers';

export function createServerManager(options: { records: NetworkRecords; fabric: Pick<Fabric, 'plug' | 'unplug'>; dataDir: string; log: ServiceLog }): ServerManager {
  const { records, fabric, dataDir, log } = options;
  const servers = openServerRecords(records.store);
  const viewOf = (record: ServerRecord): ServerView => ({
    record, network: records.networks.get(record.networkId), port: records.ports.get(record.portId),
    status: record.process && isSameProcessAlive(record.process) ? 'ACTIVE' : 'SHUTOFF',
  });
  const save = (record: ServerRecord) => records.store.transaction(() => servers.put(record));

  /** Every step finds what an earlier attempt left. */
  const bringUp = async (record: ServerRecord): Promise<ServerRecord> => {
    const netns = serverNetns(record.name);
    await ensureNetns(netns);
    await fabric.plug(netns, record.portId);
    await configure(records, netns, record.portId);
    if (record.process && isSameProcessAlive(record.process)) return record;
    const process = await startServerProcess(record.runs, { netns, logFile: join(dataDir, 'servers', `${record.name}.log`) });
    await announce(records, netns, record.portId);
    return save({ ...record, process });
  };
  const tearDown = async (record: ServerRecord): Promise<void> => {
    if (record.process) await stopServerProcess(record.process);
    await fabric.unplug(record.portId);
    // Daemons leave the process group, and would hold the namespace without its name.
    await killInside(serverNetns(record.name));
    await removeNetns(serverNetns(record.name));
    records.store.transaction(() => {
      if (records.ports.get(record.portId)) deletePort(records, record.portId);
      servers.delete(record.id);
    });
  };
  const register = (spec: ServerSpec, caller: ServerCaller): ServerRecord => records.store.transaction(() => {
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,40}$/.test(spec.name)) throw new NetworkFault(400, 'BadRequest', `Server name '${spec.name}' may hold letters, digits, '.', '_' and '-' only.`);
    if (servers.find((server) => server.name === spec.name)) throw new NetworkFault(409, 'ServerExists', `Server ${spec.name} exists already.`);
    const network = findNetwork(records, spec.network, caller);
    const id = randomUUID();
    const port = createPort(records, {
      name: spec.name, networkId: network.id, projectId: caller.projectId, deviceId: id, deviceOwner: 'compute:octavia', securityGroupIds: [openGroup(records, caller.projectId)],
      ...(spec.address !== undefined && { fixedIps: [{ ipAddress: spec.address }] }),
    });
    return servers.put({
      id, name: spec.name, projectId: caller.projectId, userId: caller.userId, networkId: network.id, portId: port.id, process: null, createdAt: timestamp(),
      runs: spec.command && spec.command.length > 0 ? { kind: 'command', command: spec.command } : { kind: 'web', text: spec.serve ?? spec.name },
    });
  });

  return {
    create: async (spec, caller) => {
      const record = register(spec, caller);
      try {
        return viewOf(await bringUp(record));
      } catch (error) {
        await tearDown(servers.get(record.id) ?? record);
        throw new NetworkFault(500, 'ServerNotStarted', `Server ${spec.name} could not be started: ${reasonOf(error)}`);
      }
    },
    list: (caller) => servers.filter((server) => isVisible(server, caller)).map(viewOf),
    remove: async (nameOrId, caller) => {
      const record = servers.find((server) => (server.id === nameOrId || server.name === nameOrId) && isVisible(server, caller));
      if (!record) throw new NetworkFault(404, 'ServerNotFound', `Server ${nameOrId} could not be found.`);
      await tearDown(record);
    },
    restore: async () => {
      for (const record of servers.list()) {
        try {
          await bringUp(record);
        } catch (error) {
          log.warn({ server: record.name, reason: reasonOf(error) }, 'a server could not be restored');
        }
      }
    },
  };
}

/** Gives the namespace's interface the port's addresses and routes; said twice it changes nothing. */
async function configure(records: NetworkRecords, netns: string, portId: string): Promise<void> {
  const port = records.ports.get(portId);
  const link = await innerName(netns, portId);
  if (!port || link === null) throw new NetworkFault(404, 'PortNotFound', `Port ${portId} could not be found.`);
  const subnets = port.fixedIps.map((fixed) => ({ fixed, subnet: requireSubnet(records, fixed.subnetId) }));
  // The kernel announces addresses when an interface goes up or gets its MAC address set.
  const [enter = '', ...within] = insideNetns(netns);
  await run(enter, [...within, 'sh', '-c', announceScript()]);
  await ipBatch(interfaceLines(link, subnets), { netns });
}

/** Makes the kernel announce addresses. Without IPv6 half of these files are missing, which is no failure. */
export function announceScript(settings = '/proc/sys/net'): string {
  return `for file in ${settings}/ipv4/conf/*/arp_notify ${settings}/ipv6/conf/*/ndisc_notify; do if [ -e "$file" ]; then echo 1 > "$file"; fi; done`;
}

/** `ip` commands that make `link` the server's eth0. One that is eth0 already stays up: its server may be answering. */
export function interfaceLines(link: string, subnets: readonly { readonly fixed: Pick<FixedIp, 'ipAddress'>; readonly subnet: Pick<SubnetRecord, 'cidr' | 'ipVersion' | 'gatewayIp' | 'hostRoutes'> }[]): readonly string[] {
  return [
    ...(link === 'eth0' ? [] : [`link set ${link} down`, `link set ${link} name eth0`]),
    ...subnets.map(({ fixed, subnet }) => `addr replace ${fixed.ipAddress}/${subnet.cidr.split('/')[1]} dev eth0${subnet.ipVersion === 6 ? ' nodad' : ''}`),
    'link set eth0 up',
    ...subnets.flatMap(({ subnet }) => [
      ...subnet.hostRoutes.map((route) => `route replace ${route.destination} via ${route.nexthop} dev eth0`),
      ...(subnet.gatewayIp === null ? [] : [`route replace default via ${subnet.gatewayIp} dev eth0`]),
    ]),
  ];
}

/**
 * A new server at a known address has a new MAC, and neighbours keep the old one for half a minute. What the kernel said
 * when the interface went up may have come before the bridge passed anything on; setting the MAC address makes it say it again.
 */
async function announce(records: NetworkRecords, netns: string, portId: string): Promise<void> {
  const port = records.ports.get(portId);
  if (port) await ipBatch([`link set eth0 address ${port.macAddress}`], { netns });
}

function findNetwork(records: NetworkRecords, nameOrId: string, caller: Viewer): NetworkRecord {
  const named = records.networks.filter((network) => network.name === nameOrId && isVisible(network, caller));
  if (named.length > 1) throw new NetworkFault(409, 'NoUniqueMatch', `More than one network is named ${nameOrId}: give its id.`);
  const found = named[0] ?? requireNetwork(records, nameOrId);
  if (!isVisible(found, caller)) throw notFound('network', nameOrId);
  return found;
}

/** Servers let everything in; a user may give their ports other groups. */
function openGroup(records: NetworkRecords, projectId: string | null): string {
  const existing = records.securityGroups.find((group) => group.name === GROUP_NAME && group.projectId === projectId);
  if (existing) return existing.id;
  const group = createSecurityGroup(records, { name: GROUP_NAME, projectId, description: 'Lets everything in: what octavia server create gives its ports' });
  for (const ethertype of ['IPv4', 'IPv6'] as const) createRule(records, { securityGroupId: group.id, direction: 'ingress', ethertype });
  return group.id;
}
