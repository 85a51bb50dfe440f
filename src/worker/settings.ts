import type { Config } from '../config/config.ts';
import { DEFAULT_HAPROXY_OPTIONS, type HaproxyOptions } from '../amphora/haproxy/options.ts';
import type { Topology } from '../model/enums.ts';
import type { BootSettings } from './boot-files.ts';

/** Everything the worker takes from octavia.conf, in its own words. */
export interface WorkerSettings {
  readonly defaultTopology: Topology;
  /** Load balancers worked on at the same time, beside those that only wait for a machine. */
  readonly maxConcurrent: number;
  readonly leaseTtlSeconds: number;
  readonly sweepIntervalMs: number;
  readonly certValiditySeconds: number;
  /** Looks at a new server until it must be active, and the pause between them. */
  readonly computeActiveRetries: number;
  readonly computeActivePauseMs: number;
  readonly computeDeleteRetries: number;
  readonly computeDeletePauseMs: number;
  /** Amphorae that all workers together build at the same time, Infinity without limit; looks at the line until it must move. */
  readonly build: { readonly limit: number; readonly retries: number; readonly pauseMs: number };
  readonly antiAffinity: boolean;
  readonly sparePoolSize: number;
  /** Milliseconds between two VRRP advertisements, where both ends are ours and where they are not. */
  readonly vrrp: {
    readonly advertIntervalMs: number; readonly advertSeconds: number; readonly checkIntervalSeconds: number; readonly failCount: number;
    readonly successCount: number; readonly garpRefreshSeconds: number; readonly garpRefreshCount: number;
  };
  readonly haproxy: HaproxyOptions;
  readonly boot: Omit<BootSettings, 'clientCaPem'>;
  readonly clientCaFile: string;
  readonly notifications: boolean;
  /** The API accepts changes of a load balancer that is worked on. */
  readonly mergesChanges: boolean;
}

export function settingsFrom(config: Config): WorkerSettings {
  const { controller_worker: worker, haproxy_amphora: haproxy, keepalived_vrrp: vrrp } = config;
  return {
    defaultTopology: worker.loadbalancer_topology,
    maxConcurrent: Math.max(1, config.DEFAULT.executor_thread_pool_size),
    leaseTtlSeconds: worker.lease_ttl_seconds,
    sweepIntervalMs: worker.sweep_interval_seconds * 1000,
    certValiditySeconds: config.certificates.cert_validity_time,
    computeActiveRetries: worker.amp_active_retries,
    computeActivePauseMs: worker.amp_active_wait_sec * 1000,
    computeDeleteRetries: worker.amphora_delete_retries,
    computeDeletePauseMs: worker.amphora_delete_retry_interval * 1000,
    build: {
      limit: haproxy.build_rate_limit > 0 ? haproxy.build_rate_limit : Number.POSITIVE_INFINITY,
      retries: haproxy.build_active_retries, pauseMs: haproxy.build_retry_interval * 1000,
    },
    antiAffinity: config.nova.enable_anti_affinity,
    sparePoolSize: config.house_keeping.spare_amphora_pool_size,
    vrrp: {
      advertIntervalMs: vrrp.vrrp_advert_interval_ms > 0 ? vrrp.vrrp_advert_interval_ms : vrrp.vrrp_advert_int * 1000,
      advertSeconds: vrrp.vrrp_advert_int, checkIntervalSeconds: vrrp.vrrp_check_interval, failCount: vrrp.vrrp_fail_count,
      successCount: vrrp.vrrp_success_count, garpRefreshSeconds: vrrp.vrrp_garp_refresh_interval, garpRefreshCount: vrrp.vrrp_garp_refresh_count,
    },
    haproxy: haproxyOptions(config),
    boot: bootSettings(config),
    clientCaFile: worker.client_ca,
    notifications: worker.event_notifications,
    mergesChanges: config.api_settings.merge_pending_updates,
  };
}

function haproxyOptions({ haproxy_amphora: haproxy, amphora_agent: agent, api_settings: api }: Config): HaproxyOptions {
  return {
    ...DEFAULT_HAPROXY_OPTIONS,
    basePath: haproxy.base_path, baseCertDir: haproxy.base_cert_dir, connectionLogging: haproxy.connection_logging, userLogFormat: haproxy.user_log_format,
    userLogFacility: agent.user_log_facility, administrativeLogFacility: agent.administrative_log_facility,
    defaultConnectionLimit: haproxy.default_connection_limit, stickSize: haproxy.haproxy_stick_size, httpReuse: haproxy.http_reuse,
    timeoutClientDataMs: haproxy.timeout_client_data, timeoutMemberConnectMs: haproxy.timeout_member_connect, timeoutMemberDataMs: haproxy.timeout_member_data,
    defaultListenerCiphers: api.default_listener_ciphers, defaultPoolCiphers: api.default_pool_ciphers,
  };
}

function bootSettings({ DEFAULT, haproxy_amphora: haproxy, amphora_agent: agent, health_manager: health }: Config): Omit<BootSettings, 'clientCaPem'> {
  return {
    isDebug: DEFAULT.debug,
    basePath: haproxy.base_path, baseCertDir: haproxy.base_cert_dir, bindHost: haproxy.bind_host, bindPort: haproxy.bind_port, haproxyCommand: haproxy.haproxy_cmd,
    controllers: health.controller_ip_port_list, heartbeatIntervalSeconds: health.heartbeat_interval, heartbeatKey: health.heartbeat_key ?? '',
    agentServerCa: agent.agent_server_ca, agentServerCert: agent.agent_server_cert, agentServerNetworkDir: agent.agent_server_network_dir,
    agentRequestReadTimeoutSeconds: agent.agent_request_read_timeout, agentTlsProtocol: agent.agent_tls_protocol, amphoraUdpDriver: agent.amphora_udp_driver,
    userLogFacility: agent.user_log_facility, administrativeLogFacility: agent.administrative_log_facility,
    logging: {
      adminTargets: agent.admin_log_targets ?? [], tenantTargets: agent.tenant_log_targets ?? [], protocol: agent.log_protocol, retryCount: agent.log_retry_count,
      retryIntervalSeconds: agent.log_retry_interval, queueSize: agent.log_queue_size, forwardAllLogs: agent.forward_all_logs, disableLocalStorage: agent.disable_local_log_storage,
      templateOverride: agent.logging_template_override,
    },
  };
}
