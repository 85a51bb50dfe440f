import { bool, list, str } from './option.ts';

/** How one service of the cloud is found: shared by [nova], [cinder] and [glance]. [neutron] has keystoneauth's names for the same things; both are taken. */
export const catalogService = (service: string) => ({
  service_name: str(null, `Name of ${service} in the service catalog.`),
  endpoint: str(null, `URL of ${service}, instead of the catalog's.`),
  region_name: str(null, `Region of ${service} in the catalog.`),
  endpoint_type: str('publicURL', `Interface of ${service} in the catalog.`),
  ca_certificates_file: str(null, `CA file that proves ${service}.`),
  endpoint_override: str(null, 'The same as endpoint, which counts less.', { isAddition: true }),
  valid_interfaces: list(null, `Interfaces of ${service} in the catalog, best first; endpoint_type counts less.`, { isAddition: true }),
  cafile: str(null, 'The same as ca_certificates_file, which counts less.', { isAddition: true }),
  insecure: bool(false, `Do not check the certificate of ${service}.`),
});
