import { ALPN_PROTOCOLS, TLS_VERSIONS } from '../../model/enums.ts';
import { bool, choice, choiceList, dict, int, ip, port, str } from './option.ts';

/** OWASP suite B without TLS 1.0 and 1.1 suites (upstream octavia/common/constants.py). */
const DEFAULT_CIPHERS = [
  'TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305',
  'DHE-RSA-AES128-GCM-SHA256', 'DHE-RSA-AES256-GCM-SHA384', 'DHE-RSA-CHACHA20-POLY1305',
].join(':');

/** [api_settings]: the REST API and what its users may ask for. */
export const apiSettingsOptions = {
  bind_host: ip('127.0.0.1', 'Address the API listens on.'),
  bind_port: port(9876, 'Port the API listens on.'),
  auth_strategy: choice(['noauth', 'keystone', 'testing'], 'keystone', 'How requests prove who sent them.'),
  allow_pagination: bool(true, 'Honour limit and marker.'),
  allow_sorting: bool(true, 'Honour sort, sort_key and sort_dir.'),
  allow_filtering: bool(true, 'Honour filters in lists.'),
  allow_field_selection: bool(true, 'Honour the fields parameter.'),
  pagination_max_limit: str('1000', "Most items in one response; 'infinite' or a negative number for no limit.", { pattern: /^(infinite|[+-]?\d+)$/ }),
  api_base_uri: str(null, 'Base of links in responses; found from each request when not set.'),
  allow_tls_terminated_listeners: bool(true, 'Accept TERMINATED_HTTPS listeners.'),
  allow_ping_health_monitors: bool(true, 'Accept health monitors of type PING.'),
  allow_prometheus_listeners: bool(true, 'Accept PROMETHEUS listeners.'),
  enabled_provider_drivers: dict(
    { amphora: 'The Octavia Amphora driver.', octavia: 'Deprecated alias of the Octavia Amphora driver.' },
    'Providers on offer with their descriptions, as name:description pairs.',
  ),
  provider_modules: dict({}, 'Providers written in TypeScript or JavaScript, as name:module pairs; a module is an absolute path or an npm package.', { isAddition: true }),
  python_interpreter: str('/usr/bin/python3', 'Python that has octavia-lib and the Python providers among enabled_provider_drivers and enabled_provider_agents.', { isAddition: true }),
  provider_request_timeout: int(60, 'Seconds a Python provider may take for one call.', { min: 1, isAddition: true }),
  default_provider_driver: str('amphora', 'Provider of load balancers that name none.'),
  udp_connect_min_interval_health_monitor: int(3, 'Least delay of UDP-CONNECT health monitors in seconds; negative for no limit.'),
  healthcheck_enabled: bool(false, 'Serve /healthcheck.'),
  healthcheck_refresh_interval: int(5, 'Seconds for which the outcome of a health check is kept.'),
  default_listener_ciphers: str(DEFAULT_CIPHERS, 'OpenSSL ciphers of new TLS listeners, separated by colons.'),
  default_pool_ciphers: str(DEFAULT_CIPHERS, 'OpenSSL ciphers of new TLS pools, separated by colons.'),
  tls_cipher_prohibit_list: str('', 'OpenSSL ciphers nobody may use, separated by colons.', { deprecatedNames: ['tls_cipher_blacklist'] }),
  default_listener_tls_versions: choiceList(TLS_VERSIONS, ['TLSv1.2', 'TLSv1.3'], 'TLS versions of new TLS listeners.'),
  default_pool_tls_versions: choiceList(TLS_VERSIONS, ['TLSv1.2', 'TLSv1.3'], 'TLS versions of new TLS pools.'),
  minimum_tls_version: choice(TLS_VERSIONS, null, 'Oldest TLS version that listeners and pools may use.'),
  default_listener_alpn_protocols: choiceList(ALPN_PROTOCOLS, ['h2', 'http/1.1', 'http/1.0'], 'ALPN protocols of new TLS listeners.'),
  default_pool_alpn_protocols: choiceList(ALPN_PROTOCOLS, ['h2', 'http/1.1', 'http/1.0'], 'ALPN protocols of new TLS pools.'),
  merge_pending_updates: bool(false, 'Accept changes of a load balancer that is still being changed and apply them together, instead of answering 409.', { isAddition: true }),
  dashboard_enabled: bool(true, 'Serve the dashboard below /dashboard.', { isAddition: true }),
};
