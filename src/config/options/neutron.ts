import { keystoneAdapter, keystoneLogin, keystoneSession } from './keystone-auth.ts';
import { str } from './option.ts';

/** [neutron]: the network service. What is not set comes from [service_auth] when there is no auth_url here. */
export const neutronOptions = {
  ...keystoneSession,
  ...keystoneLogin,
  ...keystoneAdapter,
  endpoint: str(null, 'URL of neutron.', { deprecatedFor: 'use endpoint_override' }),
  endpoint_type: str(null, 'Interface of neutron in the catalog.', { deprecatedFor: 'use valid_interfaces' }),
  ca_certificates_file: str(null, 'CA file that proves neutron.', { deprecatedFor: 'use cafile' }),
};
