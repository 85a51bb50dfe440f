import { bool, int, list, str } from './option.ts';

const UNLOGGED = 'requests to other services are logged when they fail';
const OWN_VERSION = 'each service is spoken to in the version that is known to do';

/** Session, log-in and catalog options of keystoneauth: shared by [service_auth], [neutron] and [keystone_authtoken]. */
export const keystoneSession = {
  cafile: str(null, 'CA file that proves the service.'),
  certfile: str(null, 'Client certificate.'),
  keyfile: str(null, 'Key of the client certificate.'),
  insecure: bool(false, 'Do not check the certificate of the service.'),
  timeout: int(null, 'Seconds a request may take.'),
  collect_timing: bool(false, 'Collect timing of requests.', { unused: UNLOGGED }),
  split_loggers: bool(false, 'Log requests under several names.', { unused: UNLOGGED }),
};

export const keystoneLogin = {
  auth_type: str(null, 'How to log in: password, v3password, v3applicationcredential, token, v3token, none.', { deprecatedNames: ['auth_plugin'] }),
  auth_section: str(null, 'Another group of this file that holds the log-in options.'),
  auth_url: str(null, 'URL of the identity service.'),
  username: str(null, 'User name.', { deprecatedNames: ['user-name', 'user_name'] }),
  user_id: str(null, 'User id.'),
  password: str(null, 'Password.', { isSecret: true }),
  user_domain_id: str(null, 'Domain id of the user.'),
  user_domain_name: str(null, 'Domain name of the user.'),
  project_id: str(null, 'Project id.', { deprecatedNames: ['tenant-id', 'tenant_id'] }),
  project_name: str(null, 'Project name.', { deprecatedNames: ['tenant-name', 'tenant_name'] }),
  project_domain_id: str(null, 'Domain id of the project.'),
  project_domain_name: str(null, 'Domain name of the project.'),
  domain_id: str(null, 'Domain id to be scoped to.'),
  domain_name: str(null, 'Domain name to be scoped to.'),
  default_domain_id: str(null, 'Domain id of user and project where none is given.'),
  default_domain_name: str(null, 'Domain name of user and project where none is given.'),
  system_scope: str(null, 'System scope (all).'),
  trust_id: str(null, 'Trust to be used.'),
  token: str(null, 'Token to be used.', { isSecret: true }),
  application_credential_id: str(null, 'Application credential id.'),
  application_credential_name: str(null, 'Application credential name.'),
  application_credential_secret: str(null, 'Application credential secret.', { isSecret: true }),
};

export const keystoneAdapter = {
  service_type: str(null, 'Type of the service in the catalog.'),
  service_name: str(null, 'Name of the service in the catalog.'),
  valid_interfaces: list(null, 'Interfaces of the catalog, best first.'),
  region_name: str(null, 'Region of the service in the catalog.'),
  endpoint_override: str(null, 'URL of the service, instead of the catalog\'s.'),
  version: str(null, 'Version of the API.', { unused: OWN_VERSION }),
  min_version: str(null, 'Oldest version of the API.', { unused: OWN_VERSION }),
  max_version: str(null, 'Newest version of the API.', { unused: OWN_VERSION }),
  connect_retries: int(null, 'Retries of a failed connection.'),
  connect_retry_delay: int(null, 'Seconds between such retries.'),
  status_code_retries: int(null, 'Retries of an answer whose status says so.'),
  status_code_retry_delay: int(null, 'Seconds between such retries.'),
  retriable_status_codes: list(null, 'Statuses that are retried (503 when not set).'),
};
