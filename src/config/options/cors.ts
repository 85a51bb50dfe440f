import { bool, int, list } from './option.ts';

/** [cors]: browsers of other origins. */
export const corsOptions = {
  allowed_origin: list(null, 'Origins that may call the API from a browser; * for all.'),
  allow_credentials: bool(true, 'Allow credentials.'),
  expose_headers: list(['X-Auth-Token', 'X-Openstack-Request-Id'], 'Response headers a page may read.'),
  max_age: int(3600, 'Seconds a preflight answer is remembered.'),
  allow_methods: list(['GET', 'PUT', 'POST', 'DELETE'], 'Methods a page may use.'),
  allow_headers: list(['X-Auth-Token', 'X-Openstack-Request-Id'], 'Request headers a page may send.'),
};
