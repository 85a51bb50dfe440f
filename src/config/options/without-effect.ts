/**
 * Options that the original, its older releases or the libraries below it read and that mean nothing here. Their values
 * are not looked at; each that is set is named in the log with the reason.
 */
const NAMES: Readonly<Record<string, string>> = {
  DEFAULT: `
    octavia_plugins state_path run_external_periodic_tasks backdoor_port backdoor_socket log_options graceful_shutdown_timeout api_paste_config
    wsgi_log_format tcp_keepidle wsgi_default_pool_size max_header_line wsgi_keep_alive client_socket_timeout wsgi_server_debug use_eventlog
    logging_default_format_string logging_debug_format_suffix logging_exception_prefix logging_user_identity_format instance_format instance_uuid_format
  `,
  amphora_agent: 'agent_server_network_file',
  haproxy_amphora: 'use_upstart',
  health_manager: 'health_update_driver',
  database: 'mysql_enable_ndb',
  oslo_messaging_rabbit: 'ssl_enforce_hostname_verification',
  oslo_middleware: 'secure_proxy_ssl_header',
  keystone_authtoken: `
    memcache_pool_dead_retry memcache_pool_maxsize memcache_pool_socket_timeout memcache_pool_unused_timeout memcache_pool_conn_get_timeout
    memcache_use_advanced_pool
  `,
  key_manager: 'reauthenticate',
  barbican_service_user: 'cafile certfile keyfile insecure timeout collect_timing split_loggers auth_type auth_section',
  vault: 'root_token_id approle_role_id approle_secret_id kv_mountpoint kv_version vault_url ssl_ca_crt_file use_ssl namespace',
  cache: `
    config_prefix expiration_time backend backend_argument proxies enabled debug_cache_backend memcache_servers memcache_dead_retry
    memcache_socket_timeout memcache_pool_maxsize memcache_pool_unused_timeout memcache_pool_connection_get_timeout memcache_pool_flush_on_reconnect
    memcache_sasl_enabled memcache_username memcache_password tls_enabled tls_cafile tls_certfile tls_keyfile tls_allowed_ciphers enable_socket_keepalive
    socket_keepalive_idle socket_keepalive_interval socket_keepalive_count enable_retry_client retry_attempts retry_delay hashclient_retry_attempts
    hashclient_retry_delay dead_timeout
  `,
  ssl: 'ca_file cert_file key_file version ciphers',
  oslo_concurrency: 'disable_process_locking lock_path',
  oslo_messaging_amqp: `
    container_name idle_timeout trace ssl ssl_ca_file ssl_cert_file ssl_key_file ssl_key_password ssl_verify_vhost sasl_mechanisms sasl_config_dir
    sasl_config_name sasl_default_realm connection_retry_interval connection_retry_backoff connection_retry_interval_max link_retry_delay
    default_reply_retry default_reply_timeout default_send_timeout default_notify_timeout default_sender_link_timeout addressing_mode pseudo_vhost
    server_request_prefix broadcast_prefix group_request_prefix rpc_address_prefix notify_address_prefix multicast_address unicast_address anycast_address
    default_notification_exchange default_rpc_exchange reply_link_credit rpc_server_credit notify_server_credit pre_settled
  `,
  oslo_messaging_kafka: `
    kafka_max_fetch_bytes kafka_consumer_timeout pool_size conn_pool_min_size conn_pool_ttl consumer_group producer_batch_timeout producer_batch_size
    compression_codec enable_auto_commit max_poll_records security_protocol sasl_mechanism ssl_cafile ssl_client_cert_file ssl_client_key_file
    ssl_client_key_password
  `,
};

const WHY: Readonly<Record<string, string>> = {
  DEFAULT: 'it belongs to libraries of Python',
  amphora_agent: 'networks are set up by the agent itself',
  haproxy_amphora: 'upstart is gone',
  health_manager: 'statuses go to the database',
  database: 'MySQL Cluster needs nothing special',
  oslo_messaging_rabbit: 'the name of the broker is always checked',
  oslo_middleware: 'X-Forwarded-Proto is read (enable_proxy_headers_parsing)',
  keystone_authtoken: 'each process remembers tokens in its own memory',
  key_manager: 'tokens are always renewed',
  barbican_service_user: 'no service token is sent to Barbican',
  vault: 'certificates are read from Barbican only',
  cache: 'each process keeps what it needs in its own memory',
  ssl: 'the API speaks HTTP; a proxy in front of it speaks TLS',
  audit_middleware_notifications: 'audit events go where [oslo_messaging_notifications] says',
  oslo_concurrency: 'there are no lock files',
  oslo_messaging_amqp: 'the queue is RabbitMQ ([oslo_messaging_rabbit])',
  oslo_messaging_kafka: 'the queue is RabbitMQ ([oslo_messaging_rabbit])',
};

const WITHOUT_EFFECT: ReadonlyMap<string, ReadonlySet<string>> = new Map(Object.entries(NAMES).map(([group, names]) => [group, new Set(names.trim().split(/\s+/))]));

/** Why an option that the original knows and we have no use for does nothing; null for any other. */
export function whyWithoutEffect(group: string, name: string): string | null {
  return WITHOUT_EFFECT.get(group)?.has(name) === true ? (WHY[group] ?? null) : null;
}
