/** What becomes of one of haproxy's metrics: its name for users, the help text, and names of labels that change. */
export interface MetricRename {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

const PROXY = [
  'status', 'current_sessions', 'max_sessions', 'limit_sessions', 'sessions_total', 'max_session_rate', 'bytes_in_total', 'bytes_out_total', 'requests_denied_total', 'responses_denied_total',
  'failed_header_rewriting_total', 'http_requests_total', 'http_responses_total', 'http_cache_lookups_total', 'http_cache_hits_total', 'http_comp_bytes_in_total', 'http_comp_bytes_out_total',
  'http_comp_bytes_bypassed_total', 'http_comp_responses_total',
];
const POOL_AND_MEMBER = [
  'last_session_seconds', 'current_queue', 'max_queue', 'connection_attempts_total', 'connection_reuses_total', 'queue_time_average_seconds', 'connect_time_average_seconds', 'response_time_average_seconds',
  'total_time_average_seconds', 'max_queue_time_seconds', 'max_connect_time_seconds', 'max_response_time_seconds', 'max_total_time_seconds', 'connection_errors_total', 'response_errors_total',
  'retry_warnings_total', 'redispatch_warnings_total', 'client_aborts_total', 'check_up_down_total', 'check_last_change_seconds', 'downtime_seconds_total', 'loadbalanced_total',
];
const MEMBER_ONLY = [
  'status', 'current_sessions', 'max_sessions', 'limit_sessions', 'sessions_total', 'max_session_rate', 'bytes_in_total', 'bytes_out_total', 'responses_denied_total', 'failed_header_rewriting_total',
  'http_responses_total', 'queue_limit', 'server_aborts_total', 'weight', 'check_failures_total', 'current_throttle', 'idle_connections_current', 'idle_connections_limit',
];
const LISTENER_ONLY = [
  'limit_session_rate', 'connections_rate_max', 'connections_total', 'request_errors_total', 'denied_connections_total', 'denied_sessions_total', 'http_requests_rate_max', 'intercepted_requests_total',
];
const PROCESS = [
  'max_connections', 'current_connections', 'connections_total', 'requests_total', 'max_ssl_connections', 'current_ssl_connections', 'ssl_connections_total', 'current_connection_rate',
  'limit_connection_rate', 'max_connection_rate', 'current_session_rate', 'limit_session_rate', 'max_session_rate', 'current_ssl_rate', 'limit_ssl_rate', 'max_ssl_rate', 'current_frontend_ssl_key_rate',
  'max_frontend_ssl_key_rate', 'frontend_ssl_reuse', 'current_backend_ssl_key_rate', 'max_backend_ssl_key_rate', 'ssl_cache_lookups_total', 'ssl_cache_misses_total', 'http_comp_bytes_in_total',
  'http_comp_bytes_out_total', 'limit_http_comp', 'listeners', 'dropped_logs_total',
];
const POOL_NAMES: Readonly<Record<string, string>> = { server_aborts_total: 'member_aborts_total', active_servers: 'active_members', backup_servers: 'backup_members' };

/** haproxy's metric names with what Octavia calls them (octavia/cmd/prometheus_proxy.py); others are not for users. */
export const METRIC_RENAMES: ReadonlyMap<string, MetricRename> = new Map([
  ...PROCESS.map((suffix) => renamed(`haproxy_process_${suffix}`, `octavia_loadbalancer_${suffix}`)),
  ...['pool_allocated_bytes', 'pool_used_bytes', 'pool_failures_total'].map((suffix) => renamed(`haproxy_process_${suffix}`, `octavia_memory_${suffix}`)),
  ...[...PROXY, ...LISTENER_ONLY].map((suffix) => renamed(`haproxy_frontend_${suffix}`, `octavia_listener_${suffix}`, { proxy: 'listener' })),
  ...[...PROXY, ...POOL_AND_MEMBER, ...Object.keys(POOL_NAMES)].map((suffix) => renamed(`haproxy_backend_${suffix}`, `octavia_pool_${POOL_NAMES[suffix] ?? suffix}`, { proxy: 'pool' })),
  ...[...MEMBER_ONLY, ...POOL_AND_MEMBER].map((suffix) => renamed(`haproxy_server_${suffix}`, `octavia_member_${suffix}`, { proxy: 'pool', server: 'member' })),
]);

function renamed(from: string, name: string, labels: Readonly<Record<string, string>> = {}): readonly [string, MetricRename] {
  return [from, { name, labels }];
}
