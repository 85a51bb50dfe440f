import { randomUUID } from 'node:crypto';
import { parseIp } from '../../../model/ip.ts';
import { badRequest, NetworkFault, notFound } from './network-faults.ts';
import { requireNetwork } from './networks.ts';
import { described, timestamp, type FloatingIpRecord, type NetworkRecords } from './network-records.ts';
import { createPort, deletePort, requirePort } from './ports.ts';

export interface FloatingIpSpec {
  readonly floatingNetworkId: string; readonly projectId: string | null; readonly description?: string;
  readonly floatingIpAddress?: string; readonly subnetId?: string;
  readonly portId?: string | null; readonly fixedIpAddress?: string | null;
}

/** Reserves an address of an external network; with `portId` it is associated at once. */
export function createFloatingIp(records: NetworkRecords, spec: FloatingIpSpec): FloatingIpRecord {
  return records.store.transaction(() => {
    const network = requireNetwork(records, spec.floatingNetworkId);
    if (!network.isExternal) throw badRequest('floatingip', `Network ${network.id} is not a valid external network`);
    const id = randomUUID();
    const port = createPort(records, {
      networkId: network.id, projectId: null, deviceId: id, deviceOwner: 'network:floatingip',
      fixedIps: [{ ipVersion: 4, ...(spec.subnetId !== undefined && { subnetId: spec.subnetId }), ...(spec.floatingIpAddress !== undefined && { ipAddress: spec.floatingIpAddress }) }],
    });
    const address = port.fixedIps.find((fixed) => parseIp(fixed.ipAddress)?.version === 4);
    if (!address) throw new NetworkFault(409, 'ExternalIpAddressExhausted', `Unable to find any IP address on external network ${network.id}.`);
    const floatingIp: FloatingIpRecord = {
      id, projectId: spec.projectId, floatingNetworkId: network.id, floatingIpAddress: address.ipAddress, floatingPortId: port.id,
      portId: null, fixedIpAddress: null, ...described(spec.description),
    };
    return records.floatingIps.put({ ...floatingIp, ...association(records, floatingIp, spec.portId ?? null, spec.fixedIpAddress ?? null) });
  });
}

export interface FloatingIpChange { readonly description?: string; readonly portId?: string | null; readonly fixedIpAddress?: string | null }

/** Changes the description or the association; `portId` null takes it off. */
export function updateFloatingIp(records: NetworkRecords, id: string, change: FloatingIpChange): FloatingIpRecord {
  return records.store.transaction(() => {
    const floatingIp = requireFloatingIp(records, id);
    const changesPort = change.portId !== undefined || change.fixedIpAddress !== undefined;
    const portId = change.portId === undefined ? floatingIp.portId : change.portId;
    return records.floatingIps.put({
      ...floatingIp, description: change.description ?? floatingIp.description,
      ...(changesPort && association(records, floatingIp, portId, change.fixedIpAddress ?? null)), updatedAt: timestamp(),
    });
  });
}

export function deleteFloatingIp(records: NetworkRecords, id: string): void {
  records.store.transaction(() => {
    const floatingIp = requireFloatingIp(records, id);
    records.floatingIps.delete(id);
    if (records.ports.get(floatingIp.floatingPortId)) deletePort(records, floatingIp.floatingPortId, { asOwner: true });
  });
}

export function requireFloatingIp(records: NetworkRecords, id: string): FloatingIpRecord {
  const floatingIp = records.floatingIps.get(id);
  if (!floatingIp) throw notFound('floatingip', id);
  return floatingIp;
}

function association(records: NetworkRecords, floatingIp: FloatingIpRecord, portId: string | null, wanted: string | null): Pick<FloatingIpRecord, 'portId' | 'fixedIpAddress'> {
  if (portId === null) return { portId: null, fixedIpAddress: null };
  const port = requirePort(records, portId);
  const candidates = port.fixedIps.map((fixed) => fixed.ipAddress).filter((address) => parseIp(address)?.version === 4);
  const fixedIpAddress = wanted === null ? candidates[0] : candidates.find((address) => address === wanted);
  if (fixedIpAddress === undefined) {
    throw badRequest('floatingip', wanted === null
      ? `Cannot add floating IP to port ${portId} that has no fixed IPv4 addresses`
      : `Port ${portId} does not have fixed ip ${wanted}`);
  }
  const holder = records.floatingIps.find((other) => other.id !== floatingIp.id && other.portId === portId && other.fixedIpAddress === fixedIpAddress && other.floatingNetworkId === floatingIp.floatingNetworkId);
  if (holder) {
    throw new NetworkFault(409, 'FloatingIPPortAlreadyAssociated', `Cannot associate floating IP ${floatingIp.floatingIpAddress} (${floatingIp.id}) with port ${portId} using fixed IP ${fixedIpAddress}, as that fixed IP already has a floating IP on external network ${floatingIp.floatingNetworkId}.`);
  }
  return { portId, fixedIpAddress };
}
