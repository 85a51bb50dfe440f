import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { openRecordStore } from '../../src/lib/records/record-store.ts';
import { ensureNetns } from '../../src/lib/linux/netns.ts';
import { openLinuxFabric, type Fabric } from '../../src/drivers/network/local/fabric/fabric.ts';
import { createNetwork, createSubnet } from '../../src/drivers/network/local/networks.ts';
import { openNetworkRecords, type NetworkRecord, type NetworkRecords, type PortRecord, type SubnetRecord } from '../../src/drivers/network/local/network-records.ts';
import { createPort, type PortSpec } from '../../src/drivers/network/local/ports.ts';

/** A fabric with records in memory, for tests inside the sandbox. */
export interface FabricWorld { readonly records: NetworkRecords; readonly fabric: Fabric }

export function openFabricWorld(): FabricWorld {
  const records = openNetworkRecords(openRecordStore(':memory:'));
  return { records, fabric: openLinuxFabric(records, { warn: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`) }) };
}

export interface TestNet { readonly network: NetworkRecord; readonly subnets: readonly SubnetRecord[] }

export async function makeNet(world: FabricWorld, cidrs: readonly string[], isExternal = false): Promise<TestNet> {
  const network = createNetwork(world.records, { projectId: 'p', isExternal });
  const subnets = cidrs.map((cidr) => createSubnet(world.records, { networkId: network.id, cidr, ipVersion: cidr.includes(':') ? 6 : 4, projectId: 'p' }));
  await world.fabric.settled();
  return { network, subnets };
}

/** A namespace with a port on the network: addresses set, default routes through the gateways. */
export async function makeHost(world: FabricWorld, netns: string, net: TestNet, spec: Partial<PortSpec> = {}): Promise<PortRecord> {
  await ensureNetns(netns);
  const port = createPort(world.records, { networkId: net.network.id, projectId: 'p', ...spec });
  await world.fabric.plug(netns, port.id);
  configure(netns, net, port);
  return port;
}

/** What an agent does after a plug: finds the interface by MAC, renames it, gives it its addresses. */
export function configure(netns: string, net: TestNet, port: PortRecord, name = 'eth1'): void {
  const links = JSON.parse(ip('-n', netns, '-j', 'link')) as { ifname: string; address: string }[];
  const current = links.find((link) => link.address === port.macAddress)?.ifname ?? 'missing';
  ip('-n', netns, 'link', 'set', current, 'name', name);
  ip('-n', netns, 'link', 'set', name, 'up');
  for (const fixed of port.fixedIps) {
    const subnet = net.subnets.find((candidate) => candidate.id === fixed.subnetId);
    ip('-n', netns, 'addr', 'add', `${fixed.ipAddress}/${subnet?.cidr.split('/')[1]}`, 'dev', name, ...(fixed.ipAddress.includes(':') ? ['nodad'] : []));
    ip('-n', netns, 'route', 'replace', 'default', 'via', subnet?.gatewayIp ?? '');
  }
}

export function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8' });
}

/** Starts a TCP echo of one line per connection inside a namespace. */
export function serve(netns: string, port: number, text: string): ChildProcess {
  return spawn('ip', ['netns', 'exec', netns, 'socat', `TCP6-LISTEN:${port},fork,reuseaddr,ipv6only=0`, `SYSTEM:echo ${text}`], { stdio: 'ignore' });
}

/** What the server says, which may still be starting; null when no connection comes about. */
export function ask(address: string, port: number, from?: string): string | null {
  return askFor(20, address, port, from);
}

/** True when no connection comes about where others take a moment. */
export function isCutOff(address: string, port: number, from?: string): boolean {
  return askFor(2, address, port, from) === null;
}

function askFor(seconds: number, address: string, port: number, from?: string): string | null {
  const target = `TCP:${address.includes(':') ? `[${address}]` : address}:${port},connect-timeout=0.7,retry=${seconds * 10},interval=0.1`;
  const { stdout, status } = runFrom(from, ['timeout', String(seconds), 'socat', '-u', target, '-']);
  return status === 0 ? stdout.trim() : null;
}

/** One answer to three is enough. */
export function canPing(address: string, from?: string): boolean {
  return runFrom(from, ['ping', '-c3', '-i0.3', '-W2', address]).status === 0;
}

function runFrom(netns: string | undefined, command: readonly string[]) {
  return spawnSync('nsenter', [netns === undefined ? '--net=/proc/self/ns/net' : `--net=/run/netns/${netns}`, ...command], { encoding: 'utf8' });
}
