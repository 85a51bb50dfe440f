import { bool, int, str } from './option.ts';

/** [key_manager]: back end of castellan_cert_manager. */
export const keyManagerOptions = {
  backend: str('barbican', 'Key manager behind castellan.', { deprecatedNames: ['api_class'] }),
};

/** [barbican]: castellan's way to Barbican. */
export const barbicanOptions = {
  barbican_endpoint: str(null, 'URL of Barbican, instead of the catalog\'s.'),
  barbican_api_version: str(null, 'Version of the API.'),
  auth_endpoint: str('http://localhost/identity/v3', 'URL of the identity service.'),
  retry_delay: int(1, 'Seconds between looks at a new secret.'),
  number_of_retries: int(60, 'Looks at a new secret.'),
  verify_ssl: bool(true, 'Check the certificate of Barbican.'),
  verify_ssl_path: str(null, 'CA file that proves Barbican.'),
  barbican_endpoint_type: str('public', 'Interface of Barbican in the catalog.'),
  barbican_region_name: str(null, 'Region of Barbican in the catalog.'),
  send_service_user_token: bool(false, 'Send a service token too.'),
};
