import { bool, int, str } from './option.ts';

const READ_ONLY = 'secrets are read only';

/** [key_manager]: back end of castellan_cert_manager, and how it logs in. */
export const keyManagerOptions = {
  backend: str('barbican', 'Key manager behind castellan: barbican, also spelled as its class.', { deprecatedNames: ['api_class'] }),
  auth_type: str(null, 'How to log in: keystone_password or keystone_token. As [service_auth] says when not set.'),
  auth_url: str(null, 'URL of the identity service.'),
  username: str(null, 'User name.'),
  user_id: str(null, 'User id.'),
  password: str(null, 'Password.', { isSecret: true }),
  user_domain_id: str(null, 'Domain id of the user.'),
  user_domain_name: str(null, 'Domain name of the user.'),
  project_id: str(null, 'Project id.'),
  project_name: str(null, 'Project name.'),
  project_domain_id: str(null, 'Domain id of the project.'),
  project_domain_name: str(null, 'Domain name of the project.'),
  domain_id: str(null, 'Domain id to be scoped to.'),
  domain_name: str(null, 'Domain name to be scoped to.'),
  trust_id: str(null, 'Trust to be used.'),
  token: str(null, 'Token to be used.', { isSecret: true }),
};

/** [barbican]: castellan's way to Barbican. */
export const barbicanOptions = {
  barbican_endpoint: str(null, 'URL of Barbican, instead of the catalog\'s.'),
  barbican_api_version: str(null, 'Version of the API.', { unused: 'version 1 is spoken' }),
  auth_endpoint: str('http://localhost/identity/v3', 'URL of the identity service for the log-in of [key_manager], where that has no auth_url.'),
  retry_delay: int(1, 'Seconds between looks at a new secret.', { unused: READ_ONLY }),
  number_of_retries: int(60, 'Looks at a new secret.', { unused: READ_ONLY }),
  verify_ssl: bool(true, 'Check the certificates of Barbican and of the identity service that [key_manager] logs in to.'),
  verify_ssl_path: str(null, 'CA file that proves them.'),
  barbican_endpoint_type: str('public', 'Interface of Barbican in the catalog.'),
  barbican_region_name: str(null, 'Region of Barbican in the catalog.'),
  send_service_user_token: bool(false, 'Send a service token too.', { unused: 'the token of the log-in is enough' }),
};
