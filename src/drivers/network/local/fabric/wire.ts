import { ipBatch, ipBatchQuietly, listLinks } from '../../../../lib/linux/ip-batch.ts';
import { CommandFailed } from '../../../../lib/run.ts';
import { bridgeName, interfaceGroup, peerName, tapName } from './names.ts';

export interface Wire {
  readonly portId: string;
  readonly networkId: string;
  readonly macAddress: string;
  readonly mtu: number;
  /** Bridge that the host end is put into; null: none. @default that of the network */
  readonly bridge?: string | null;
}

/** Puts the port's interface into the namespace; its owner brings it up and names it. Wired already is success, wired elsewhere is moved. */
export async function connectWire(netns: string, wire: Wire): Promise<void> {
  const line = wireLine(netns, wire);
  try {
    await ipBatch([line]);
  } catch (error) {
    if (!(error instanceof CommandFailed) || !/file exists/i.test(error.stderr)) throw error;
    if (await isWired(netns, wire)) return ipBatch([`link set ${tapName(wire.portId)} ${masterOf(wire)} up`]);
    await ipBatchQuietly([`link del ${tapName(wire.portId)}`]);
    await ipBatch([line]);
  }
}

/** Removes the host end first: the namespace's own removal is asynchronous and would hold the name. Neighbours on the host forget the MAC. */
export async function disconnectWire(wire: Pick<Wire, 'portId' | 'networkId'>, addresses: readonly string[]): Promise<void> {
  await ipBatchQuietly([
    `link del ${tapName(wire.portId)}`,
    ...addresses.map((address) => `neigh del ${address} dev ${bridgeName(wire.networkId)}`),
  ]);
}

/** Name of the port's interface inside the namespace now; null when it is not there. */
export async function innerName(netns: string, portId: string): Promise<string | null> {
  const group = String(interfaceGroup(portId));
  const link = (await listLinks({ netns })).find((candidate) => candidate.group === group);
  return link?.name ?? null;
}

async function isWired(netns: string, wire: Wire): Promise<boolean> {
  return (await listLinks({ netns })).some((link) => link.mac === wire.macAddress && link.group === String(interfaceGroup(wire.portId)));
}

function wireLine(netns: string, wire: Wire): string {
  const shared = `mtu ${wire.mtu} group ${interfaceGroup(wire.portId)}`;
  return `link add name ${tapName(wire.portId)} ${masterOf(wire)} up ${shared} type veth peer name ${peerName(wire.portId)} address ${wire.macAddress} ${shared} netns ${netns}`;
}

function masterOf({ bridge, networkId }: Wire): string {
  return bridge === null ? '' : `master ${bridge ?? bridgeName(networkId)}`;
}
