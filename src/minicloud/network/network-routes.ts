import type { FastifyInstance } from 'fastify';
import { notFound, NetworkFault } from '../../drivers/network/local/network-faults.ts';
import { isVisible } from '../../drivers/network/local/visibility.ts';
import { listView } from '../http/listing.ts';
import { queryOf, requireToken } from '../http/service-scope.ts';
import { extensionViews } from './extensions.ts';
import { floatingIpResource } from './floating-ip-resource.ts';
import { networkCaller } from './network-caller.ts';
import { networkResource, subnetResource } from './network-resources.ts';
import { portResource } from './port-resource.ts';
import { qosPolicyResource, registerQosRules } from './qos-resource.ts';
import { registerResource, registerTags, type NetworkService } from './resource-routes.ts';
import { registerRouterInterfaces, routerResource } from './router-resource.ts';
import { securityGroupResource, securityGroupRuleResource } from './security-group-resources.ts';
import { availabilityView } from './views.ts';

/** Neutron v2.0, as far as load balancers and their users need it. Mounted under /network. */
export function registerNetworkRoutes(scope: FastifyInstance, service: NetworkService, baseUrl: string): void {
  const versions = { versions: [{ id: 'v2.0', status: 'CURRENT', links: [{ rel: 'self', href: `${baseUrl}/network/v2.0/` }] }] };
  scope.get('/', async () => versions);
  for (const path of ['/v2.0', '/v2.0/']) scope.get(path, async () => ({ resources: [] }));

  const networks = networkResource(service);
  const subnets = subnetResource(service);
  const ports = portResource(service);
  const groups = securityGroupResource(service);
  const floatingIps = floatingIpResource(service);
  const routers = routerResource(service);
  const policies = qosPolicyResource(service);
  registerResource(scope, service, networks);
  registerTags(scope, service, networks);
  registerResource(scope, service, subnets);
  registerTags(scope, service, subnets);
  registerResource(scope, service, ports);
  registerTags(scope, service, ports);
  registerResource(scope, service, groups);
  registerTags(scope, service, groups);
  registerResource(scope, service, securityGroupRuleResource(service));
  registerResource(scope, service, floatingIps);
  registerTags(scope, service, floatingIps);
  registerResource(scope, service, routers);
  registerTags(scope, service, routers);
  registerRouterInterfaces(scope, service);
  registerResource(scope, service, policies);
  registerTags(scope, service, policies);
  registerQosRules(scope, service);
  registerReadOnly(scope, service);
}

function registerReadOnly(scope: FastifyInstance, service: NetworkService): void {
  const { records, tokens } = service;
  scope.get('/v2.0/extensions', async (request) => {
    await requireToken(request, tokens);
    return { extensions: extensionViews() };
  });
  scope.get('/v2.0/extensions/:alias', async (request) => {
    await requireToken(request, tokens);
    const { alias } = request.params as { alias: string };
    const extension = extensionViews().find((view) => view['alias'] === alias);
    if (!extension) throw new NetworkFault(404, 'ExtensionNotFound', `Extension with alias ${alias} does not exist`);
    return { extension };
  });
  scope.get('/v2.0/network-ip-availabilities', async (request) => {
    const caller = networkCaller(await requireToken(request, tokens));
    return { network_ip_availabilities: listView(records.networks.filter((network) => isVisible(network, caller)).map((network) => availabilityView(records, network)), queryOf(request)) };
  });
  scope.get('/v2.0/network-ip-availabilities/:id', async (request) => {
    const caller = networkCaller(await requireToken(request, tokens));
    const { id } = request.params as { id: string };
    const network = records.networks.get(id);
    if (!network || !isVisible(network, caller)) throw notFound('network', id);
    return { network_ip_availability: availabilityView(records, network) };
  });
}
