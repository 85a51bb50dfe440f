import { objectOf, textOf } from '../json.ts';

/** One URL of the service catalog. */
export interface CatalogEndpoint {
  readonly serviceType: string;
  readonly serviceName: string | null;
  /** `public`, `internal` or `admin` */
  readonly interface: string;
  readonly region: string | null;
  readonly url: string;
}

export interface EndpointWanted {
  /** Accepted types, best first: `['key-manager']`, `['block-storage', 'volumev3', 'volume']`. */
  readonly serviceTypes: readonly string[];
  readonly serviceName?: string | null;
  readonly region?: string | null;
  /** Best first; `publicURL` and `public` are the same. @default ['public'] */
  readonly interfaces?: readonly string[];
}

/** The first URL that fits: interface counts before type, as keystoneauth does. */
export function findEndpoint(catalog: readonly CatalogEndpoint[], wanted: EndpointWanted): string | null {
  for (const wantedInterface of wanted.interfaces ?? ['public']) {
    const plain = wantedInterface.replace(/URL$/, '');
    for (const type of wanted.serviceTypes) {
      const found = catalog.find((endpoint) =>
        endpoint.interface === plain && endpoint.serviceType === type
        && (!wanted.serviceName || endpoint.serviceName === wanted.serviceName)
        && (!wanted.region || endpoint.region === wanted.region));
      if (found !== undefined) return found.url.replace(/\/+$/, '');
    }
  }
  return null;
}

/** Decodes the `catalog` list of a token; entries that make no sense are left out. */
export function decodeCatalog(raw: unknown): readonly CatalogEndpoint[] {
  if (!Array.isArray(raw)) return [];
  return raw.flatMap((service: unknown) => {
    const { type, name, endpoints } = objectOf(service);
    if (typeof type !== 'string' || !Array.isArray(endpoints)) return [];
    return endpoints.flatMap((endpoint: unknown): CatalogEndpoint[] => {
      const { interface: kind, region, region_id: regionId, url } = objectOf(endpoint);
      if (typeof url !== 'string' || typeof kind !== 'string') return [];
      return [{ serviceType: type, serviceName: textOf(name), interface: kind.replace(/URL$/, ''), region: textOf(regionId) ?? textOf(region), url }];
    });
  });
}
