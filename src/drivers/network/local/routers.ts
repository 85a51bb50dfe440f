import { randomUUID } from 'node:crypto';
import { badRequest, NetworkFault, notFound } from './network-faults.ts';
import { requireNetwork, requireSubnet } from './networks.ts';
import { described, timestamp, type NetworkRecords, type PortRecord, type RouterRecord } from './network-records.ts';
import { createPort, deletePort, requirePort, updatePort, type FixedIpRequest } from './ports.ts';

export interface RouterSpec {
  readonly name?: string; readonly projectId: string | null; readonly description?: string; readonly adminStateUp?: boolean;
  readonly gateway?: GatewaySpec | null;
  readonly routes?: RouterRecord['routes'];
}

export interface GatewaySpec {
  readonly networkId: string; readonly enableSnat?: boolean;
  /** Absent or empty: those it has, or any of the network. */
  readonly fixedIps?: readonly FixedIpRequest[];
}

/** Routers are records: the host routes between all networks anyway. */
export function createRouter(records: NetworkRecords, spec: RouterSpec): RouterRecord {
  return records.store.transaction(() => {
    const router: RouterRecord = {
      id: randomUUID(), name: spec.name ?? '', projectId: spec.projectId, adminStateUp: spec.adminStateUp ?? true, gateway: null,
      routes: spec.routes ?? [], ...described(spec.description),
    };
    return records.routers.put({ ...router, gateway: newGateway(records, router, spec.gateway ?? null) });
  });
}

export function updateRouter(records: NetworkRecords, id: string, change: Partial<Omit<RouterSpec, 'projectId'>>): RouterRecord {
  return records.store.transaction(() => {
    const router = requireRouter(records, id);
    const { gateway, ...plain } = change;
    const next = { ...router, ...plain, updatedAt: timestamp() };
    if (gateway === undefined) return records.routers.put(next);
    if (gateway && gateway.networkId === router.gateway?.networkId) {
      if (gateway.fixedIps?.length) updatePort(records, router.gateway.portId, { fixedIps: gateway.fixedIps });
      return records.routers.put({ ...next, gateway: { ...router.gateway, enableSnat: gateway.enableSnat ?? router.gateway.enableSnat } });
    }
    dropGateway(records, router);
    return records.routers.put({ ...next, gateway: newGateway(records, router, gateway) });
  });
}

export function deleteRouter(records: NetworkRecords, id: string): void {
  records.store.transaction(() => {
    const router = requireRouter(records, id);
    if (interfacesOf(records, id).length > 0) throw new NetworkFault(409, 'RouterInUse', `Router ${id} still has ports`);
    dropGateway(records, router);
    records.routers.delete(id);
  });
}

/** Gives the router a port with the subnet's gateway address, or takes over a port that exists. */
export function addInterface(records: NetworkRecords, routerId: string, target: { readonly subnetId?: string; readonly portId?: string }): PortRecord {
  return records.store.transaction(() => {
    const router = requireRouter(records, routerId);
    if (target.portId !== undefined) {
      const port = requirePort(records, target.portId);
      if (port.deviceId !== '' && port.deviceId !== router.id) {
        throw new NetworkFault(409, 'PortInUse', `Unable to complete operation on port ${port.id} for network ${port.networkId}. Port already has an attached device ${port.deviceId}.`);
      }
      return updatePort(records, target.portId, { deviceId: router.id, deviceOwner: 'network:router_interface' });
    }
    const subnet = requireSubnet(records, target.subnetId ?? '');
    if (subnet.gatewayIp === null) throw badRequest('router', 'Subnet for router interface must have a gateway IP');
    if (interfacesOf(records, routerId).some((port) => port.fixedIps.some((fixed) => fixed.subnetId === subnet.id))) {
      throw badRequest('router', `Router already has a port on subnet ${subnet.id}`);
    }
    return createPort(records, {
      networkId: subnet.networkId, projectId: router.projectId, deviceId: router.id, deviceOwner: 'network:router_interface',
      fixedIps: [{ subnetId: subnet.id, ipAddress: subnet.gatewayIp }],
    });
  });
}

export function removeInterface(records: NetworkRecords, routerId: string, target: { readonly subnetId?: string; readonly portId?: string }): PortRecord {
  return records.store.transaction(() => {
    requireRouter(records, routerId);
    const port = interfacesOf(records, routerId).find((candidate) => candidate.id === target.portId || candidate.fixedIps.some((fixed) => fixed.subnetId === target.subnetId));
    if (!port) throw new NetworkFault(404, 'RouterInterfaceNotFound', `Router ${routerId} does not have an interface with id ${target.portId ?? target.subnetId}`);
    deletePort(records, port.id, { asOwner: true });
    return port;
  });
}

export function requireRouter(records: NetworkRecords, id: string): RouterRecord {
  const router = records.routers.get(id);
  if (!router) throw notFound('router', id);
  return router;
}

function interfacesOf(records: NetworkRecords, routerId: string): readonly PortRecord[] {
  return records.ports.filter((port) => port.deviceId === routerId && port.deviceOwner === 'network:router_interface');
}

function newGateway(records: NetworkRecords, router: RouterRecord, gateway: RouterSpec['gateway']): RouterRecord['gateway'] {
  if (!gateway) return null;
  const network = requireNetwork(records, gateway.networkId);
  if (!network.isExternal) throw badRequest('router', `Network ${network.id} is not an external network`);
  const port = createPort(records, { networkId: network.id, projectId: null, deviceId: router.id, deviceOwner: 'network:router_gateway', ...(gateway.fixedIps?.length && { fixedIps: gateway.fixedIps }) });
  return { networkId: network.id, enableSnat: gateway.enableSnat ?? true, portId: port.id };
}

function dropGateway(records: NetworkRecords, router: RouterRecord): void {
  if (router.gateway && records.ports.get(router.gateway.portId)) deletePort(records, router.gateway.portId, { asOwner: true });
}
