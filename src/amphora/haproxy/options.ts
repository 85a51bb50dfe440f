/** What the operator configures about haproxy in amphorae; names in brackets are the original's options. */
export interface HaproxyOptions {
  /** Directory of the amphora's files [haproxy_amphora] base_path. */
  readonly basePath: string;
  /** [haproxy_amphora] base_cert_dir */
  readonly baseCertDir: string;
  /** Sockets of the amphora's syslog that take the flow log and the administrative log. */
  readonly logHttp: string;
  readonly logServer: string;
  /** [haproxy_amphora] connection_logging */
  readonly connectionLogging: boolean;
  /** [haproxy_amphora] user_log_format: haproxy log-format with {{ project_id }} and {{ lb_id }}. */
  readonly userLogFormat: string;
  /** Syslog facilities local0 to local7. */
  readonly userLogFacility: number;
  readonly administrativeLogFacility: number;
  /** [haproxy_amphora] default_connection_limit, for listeners without a limit of their own. */
  readonly defaultConnectionLimit: number;
  /** [haproxy_amphora] haproxy_stick_size */
  readonly stickSize: string;
  /** [haproxy_amphora] http_reuse, for our own agents. */
  readonly httpReuse: 'safe' | 'aggressive' | 'always';
  /** Milliseconds, for listeners that store 0. */
  readonly timeoutClientDataMs: number;
  readonly timeoutMemberConnectMs: number;
  readonly timeoutMemberDataMs: number;
  /** [api_settings] default_listener_ciphers and default_pool_ciphers: stand in for stored text that is no cipher list. */
  readonly defaultListenerCiphers: string;
  readonly defaultPoolCiphers: string;
}

// OWASP suite B, the original's constant CIPHERS_OWASP_SUITE_B.
const OWASP_CIPHERS = [
  'TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305', 'DHE-RSA-AES128-GCM-SHA256', 'DHE-RSA-AES256-GCM-SHA384', 'DHE-RSA-CHACHA20-POLY1305',
].join(':');

/** The original's defaults. */
export const DEFAULT_HAPROXY_OPTIONS: HaproxyOptions = {
  basePath: '/var/lib/octavia',
  baseCertDir: '/var/lib/octavia/certs',
  logHttp: '/run/rsyslog/octavia/log',
  logServer: '/run/rsyslog/octavia/log',
  connectionLogging: true,
  userLogFormat: '{{ project_id }} {{ lb_id }} %f %ci %cp %t %{+Q}r %ST %B %U %[ssl_c_verify] %{+Q}[ssl_c_s_dn] %b %s %Tt %tsc',
  userLogFacility: 0,
  administrativeLogFacility: 1,
  defaultConnectionLimit: 50_000,
  stickSize: '10k',
  httpReuse: 'aggressive',
  timeoutClientDataMs: 50_000,
  timeoutMemberConnectMs: 5_000,
  timeoutMemberDataMs: 50_000,
  defaultListenerCiphers: OWASP_CIPHERS,
  defaultPoolCiphers: OWASP_CIPHERS,
};
