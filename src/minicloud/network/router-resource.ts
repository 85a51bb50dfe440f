import type { FastifyInstance, FastifyRequest } from 'fastify';
import { notFound } from '../../drivers/network/local/network-faults.ts';
import type { NetworkRecords, PortRecord, RouterRecord } from '../../drivers/network/local/network-records.ts';
import { addInterface, createRouter, deleteRouter, removeInterface, requireRouter, updateRouter, type GatewaySpec } from '../../drivers/network/local/routers.ts';
import { isVisible } from '../../drivers/network/local/visibility.ts';
import { present, readFields, type Fields } from '../http/fields.ts';
import { malformed } from './network-fault-style.ts';
import { fixedIpsOf } from './port-resource.ts';
import { ownerOf, type NetworkApiCaller } from './network-caller.ts';
import { mustOwn, writer, type NetworkResource, type NetworkService } from './resource-routes.ts';
import { routerView } from './views.ts';

export function routerResource({ records }: NetworkService): NetworkResource<RouterRecord> {
  const changes = (fields: Fields) => present({
    name: fields.text('name'), description: fields.text('description'), adminStateUp: fields.flag('admin_state_up'), gateway: gatewayOf(fields),
    routes: fields.objects('routes')?.map((route) => ({ destination: route.requiredText('destination'), nexthop: route.requiredText('nexthop') })),
  });
  return {
    path: 'routers', singular: 'router', plural: 'routers', collection: records.routers, notFound: (id) => notFound('router', id), view: (router) => routerView(records, router),
    create: (fields, caller) => createRouter(records, { ...changes(fields), projectId: ownerOf(fields, caller, 'create_router') }),
    update: (router, fields) => updateRouter(records, router.id, changes(fields)),
    remove: (router) => deleteRouter(records, router.id),
  };
}

/** `PUT /v2.0/routers/<id>/add_router_interface` and `remove_router_interface`. */
export function registerRouterInterfaces(scope: FastifyInstance, service: NetworkService): void {
  const { records } = service;
  const act = (path: string, change: (routerId: string, target: { subnetId?: string; portId?: string }) => PortRecord) => {
    scope.put(`/v2.0/routers/:id/${path}`, async (request: FastifyRequest) => {
      const caller = await writer(request, service, path);
      const router = requireRouter(records, (request.params as { id: string }).id);
      mustOwn(router, caller, path);
      const fields = readFields(request.body, malformed);
      const target = present({ subnetId: fields.text('subnet_id'), portId: fields.text('port_id') });
      if (target.subnetId === undefined && target.portId === undefined) throw malformed('Either subnet_id or port_id must be specified');
      requireVisible(records, target, caller);
      const port = change(router.id, target);
      await service.fabric.settled();
      const subnetIds = port.fixedIps.map((fixed) => fixed.subnetId);
      return {
        id: router.id, project_id: router.projectId ?? '', tenant_id: router.projectId ?? '', port_id: port.id, network_id: port.networkId, subnet_id: subnetIds[0] ?? null, subnet_ids: subnetIds,
      };
    });
  };
  act('add_router_interface', (routerId, target) => addInterface(records, routerId, target));
  act('remove_router_interface', (routerId, target) => removeInterface(records, routerId, target));
}

/** A stranger's network stays invisible: an interface would take its gateway's address, or a port of it for the router. */
function requireVisible(records: NetworkRecords, { subnetId, portId }: { subnetId?: string; portId?: string }, caller: NetworkApiCaller): void {
  const seesNetwork = (networkId: string) => {
    const network = records.networks.get(networkId);
    return network !== undefined && isVisible(network, caller);
  };
  const [port, subnet] = [portId === undefined ? undefined : records.ports.get(portId), subnetId === undefined ? undefined : records.subnets.get(subnetId)];
  if (portId !== undefined && !(port && isVisible(port, caller))) throw notFound('port', portId);
  if (subnetId !== undefined && !(subnet && (isVisible(subnet, caller) || seesNetwork(subnet.networkId)))) throw notFound('subnet', subnetId);
}

function gatewayOf(fields: Fields): GatewaySpec | null | undefined {
  const info = fields.nullableObject('external_gateway_info');
  if (info === null || info === undefined) return info;
  const networkId = info.text('network_id');
  return networkId === undefined ? null : { networkId, ...present({ enableSnat: info.flag('enable_snat'), fixedIps: fixedIpsOf(info, 'external_fixed_ips') }) };
}
