/** One service of the catalogue. Ids are fixed, so that clients may cache them. */
interface CatalogueService { readonly id: string; readonly type: string; readonly name: string; readonly path: string }

const SERVICES: readonly CatalogueService[] = [
  { id: '1d0000000000000000000000000000a1', type: 'identity', name: 'keystone', path: '/identity' },
  { id: '1d0000000000000000000000000000a2', type: 'network', name: 'neutron', path: '/network' },
  { id: '1d0000000000000000000000000000a3', type: 'key-manager', name: 'barbican', path: '/key-manager' },
  { id: '1d0000000000000000000000000000a4', type: 'load-balancer', name: 'octavia', path: '' },
  { id: '1d0000000000000000000000000000a5', type: 'compute', name: 'nova', path: '/compute/v2.1' },
];

const INTERFACES = ['public', 'internal', 'admin'] as const;

/** The `catalog` of a token. */
export function catalogue(baseUrl: string): readonly unknown[] {
  return SERVICES.map((service) => ({
    id: service.id, type: service.type, name: service.name,
    endpoints: endpointsOf(service, baseUrl).map(({ id, interface: side, region, region_id, url }) => ({ id, interface: side, region, region_id, url })),
  }));
}

/** `GET /v3/services`. */
export function serviceViews(baseUrl: string): readonly { readonly id: string; readonly type: string; readonly name: string }[] {
  return SERVICES.map(({ id, type, name }) => ({ id, type, name, enabled: true, description: '', links: { self: `${baseUrl}/identity/v3/services/${id}` } }));
}

/** `GET /v3/endpoints`. */
export function endpointViews(baseUrl: string): readonly { readonly id: string; readonly service_id: string; readonly interface: string; readonly region: string; readonly region_id: string; readonly url: string }[] {
  return SERVICES.flatMap((service) => endpointsOf(service, baseUrl));
}

function endpointsOf(service: CatalogueService, baseUrl: string) {
  return INTERFACES.map((side, index) => ({
    id: `${service.id.slice(0, -4)}${index}${service.id.slice(-3)}`, service_id: service.id, interface: side, region: 'RegionOne', region_id: 'RegionOne',
    enabled: true, url: `${baseUrl}${service.path}`, links: { self: `${baseUrl}/identity/v3/endpoints/${service.id}` },
  }));
}
