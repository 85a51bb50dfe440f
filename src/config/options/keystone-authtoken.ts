import { keystoneLogin } from './keystone-auth.ts';
import { bool, choice, int, list, str } from './option.ts';

const AT_AUTH_URL = 'tokens are checked at auth_url';
const OWN_MEMORY = 'each process remembers tokens in its own memory';

/** [keystone_authtoken]: how tokens of API requests are checked (keystonemiddleware). */
export const keystoneAuthtokenOptions = {
  ...keystoneLogin,
  www_authenticate_uri: str(null, 'Public URL of the identity service, told to clients without a token.', { deprecatedNames: ['auth_uri'] }),
  auth_version: str(null, 'Version of the identity API.', { unused: 'version 3 is spoken' }),
  interface: str('internal', 'Interface of the identity service in the catalog.', { unused: AT_AUTH_URL }),
  delay_auth_decision: bool(false, 'Let requests without a valid token pass.'),
  http_connect_timeout: int(null, 'Seconds a request to the identity service may take.'),
  http_request_max_retries: int(3, 'Retries of a request to the identity service.'),
  cache: str(null, 'Environment key of a cache object.', { unused: OWN_MEMORY }),
  certfile: str(null, 'Client certificate.'),
  keyfile: str(null, 'Key of the client certificate.'),
  cafile: str(null, 'CA file that proves the identity service.'),
  insecure: bool(false, 'Do not check the certificate of the identity service.'),
  region_name: str(null, 'Region of the identity service in the catalog.', { unused: AT_AUTH_URL }),
  memcached_servers: list(null, 'Memcached servers.', { deprecatedNames: ['memcache_servers'], unused: OWN_MEMORY }),
  token_cache_time: int(300, 'Seconds a checked token is remembered; -1 = not at all.'),
  memcache_security_strategy: choice(['None', 'MAC', 'ENCRYPT'], 'None', 'Option of the original.', { unused: OWN_MEMORY }),
  memcache_secret_key: str(null, 'Option of the original.', { isSecret: true, unused: OWN_MEMORY }),
  include_service_catalog: bool(true, 'Ask for the catalog with each token.', { unused: 'tokens of requests are checked without their catalog' }),
  enforce_token_bind: str('permissive', 'Option of the original.', { unused: 'Keystone binds tokens no more' }),
  service_token_roles: list(['service'], 'Roles of which a service token needs one.'),
  service_token_roles_required: bool(false, 'Refuse service tokens without such a role.'),
  service_type: str(null, 'Type of this service in the catalog (load-balancer), by which access rules of application credentials name it. Without it such credentials are refused.'),
};
