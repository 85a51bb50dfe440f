import { bool, str } from './option.ts';

/** How one service of the cloud is found: shared by [nova], [cinder] and [glance]. */
export const catalogService = (service: string) => ({
  service_name: str(null, `Name of ${service} in the service catalog.`),
  endpoint: str(null, `URL of ${service}, instead of the catalog's.`),
  region_name: str(null, `Region of ${service} in the catalog.`),
  endpoint_type: str('publicURL', `Interface of ${service} in the catalog.`),
  ca_certificates_file: str(null, `CA file that proves ${service}.`),
  insecure: bool(false, `Do not check the certificate of ${service}.`),
});
