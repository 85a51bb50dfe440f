import type { Topology } from '../model/enums.ts';
import { OctaviaError } from '../lib/errors.ts';
import type { BootFiles } from '../drivers/compute/compute-driver.ts';
import { renderLoggingTemplate, type LoggingTemplateValues } from './logging-template.ts';

/** What amphorae are told at boot; names in brackets are the options of octavia.conf. */
export interface BootSettings {
  readonly isDebug: boolean;
  /** [haproxy_amphora] */
  readonly basePath: string;
  readonly baseCertDir: string;
  readonly bindHost: string;
  readonly bindPort: number;
  readonly haproxyCommand: string;
  /** [health_manager] controller_ip_port_list, heartbeat_interval, heartbeat_key */
  readonly controllers: readonly string[];
  readonly heartbeatIntervalSeconds: number;
  readonly heartbeatKey: string;
  /** [amphora_agent] */
  readonly agentServerCa: string;
  readonly agentServerCert: string;
  readonly agentServerNetworkDir: string | null;
  readonly agentRequestReadTimeoutSeconds: number;
  readonly agentTlsProtocol: string;
  readonly amphoraUdpDriver: string;
  readonly userLogFacility: number;
  readonly administrativeLogFacility: number;
  readonly logging: LogForwarding;
  /** PEM text of [controller_worker] client_ca. */
  readonly clientCaPem: string;
}

/** [amphora_agent] options of log forwarding (contracts section 16). */
export interface LogForwarding {
  readonly adminTargets: readonly string[];
  readonly tenantTargets: readonly string[];
  readonly protocol: 'TCP' | 'UDP';
  readonly retryCount: number;
  readonly retryIntervalSeconds: number;
  readonly queueSize: number;
  readonly forwardAllLogs: boolean;
  readonly disableLocalStorage: boolean;
  /** Directory of the operator's own template. */
  readonly templateOverride: string | null;
}

/** The files of a new amphora (contracts section 12). `serverPem` is the agent's certificate followed by its key. */
export function renderBootFiles(amphoraId: string, topology: Topology, serverPem: string, settings: BootSettings): BootFiles {
  return {
    '/etc/octavia/amphora-agent.conf': renderAgentConf(amphoraId, topology, settings),
    '/etc/octavia/certs/client_ca.pem': settings.clientCaPem,
    '/etc/octavia/certs/server.pem': serverPem,
    '/etc/rsyslog.d/10-rsyslog.conf': renderRsyslog(settings),
  };
}

/** amphora-agent.conf, also what PUT config replaces it with. */
export function renderAgentConf(amphoraId: string, topology: Topology, settings: BootSettings): string {
  const sections: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {
    DEFAULT: {
      debug: settings.isDebug ? 'True' : 'False', use_syslog: 'True', syslog_log_facility: `LOG_LOCAL${settings.administrativeLogFacility}`,
    },
    haproxy_amphora: {
      base_cert_dir: settings.baseCertDir, base_path: settings.basePath, bind_host: settings.bindHost, bind_port: settings.bindPort,
      haproxy_cmd: settings.haproxyCommand, user_log_facility: settings.userLogFacility, administrative_log_facility: settings.administrativeLogFacility,
    },
    health_manager: {
      controller_ip_port_list: settings.controllers.join(', '), heartbeat_interval: settings.heartbeatIntervalSeconds, heartbeat_key: settings.heartbeatKey,
    },
    amphora_agent: {
      agent_server_ca: settings.agentServerCa, agent_server_cert: settings.agentServerCert,
      ...(settings.agentServerNetworkDir !== null && { agent_server_network_dir: settings.agentServerNetworkDir }),
      agent_request_read_timeout: settings.agentRequestReadTimeoutSeconds, amphora_id: amphoraId,
      amphora_udp_driver: settings.amphoraUdpDriver, agent_tls_protocol: settings.agentTlsProtocol,
    },
    controller_worker: { loadbalancer_topology: topology },
  };
  return Object.entries(sections)
    .map(([name, options]) => `[${name}]\n${Object.entries(options).map(([key, value]) => `${key} = ${oneLine(key, String(value))}\n`).join('')}`)
    .join('\n');
}

/** Forwards traffic logs (the user facility, severity info) and the amphora's own logs to their targets. */
function renderRsyslog(settings: BootSettings): string {
  const { logging, userLogFacility, administrativeLogFacility } = settings;
  if (logging.templateOverride !== null) return renderLoggingTemplate(logging.templateOverride, templateValues(settings));
  const tenant = `local${userLogFacility}`;
  const own = logging.forwardAllLogs ? `*.*;${tenant}.none` : `local${administrativeLogFacility}.*`;
  return [
    ...forward(`${tenant}.=info`, logging.tenantTargets, logging, 'tenant_forwarding'),
    ...forward(own, logging.adminTargets, logging, 'admin_forwarding'),
    ...(logging.disableLocalStorage ? ['*.* stop'] : []),
  ].map((line) => `${line}\n`).join('');
}

function templateValues({ logging, userLogFacility, administrativeLogFacility }: BootSettings): LoggingTemplateValues {
  return {
    admin_log_hosts: logging.adminTargets.map(splitTarget), tenant_log_hosts: logging.tenantTargets.map(splitTarget), protocol: logging.protocol,
    retry_count: logging.retryCount, retry_interval: logging.retryIntervalSeconds, queue_size: logging.queueSize, forward_all_logs: logging.forwardAllLogs,
    disable_local_log_storage: logging.disableLocalStorage, admin_log_facility: administrativeLogFacility, user_log_facility: userLogFacility,
  };
}

/**
 * The queue is the ruleset's. An action with one of its own hands its lines over at once and so never counts as suspended:
 * the next target would not be used.
 */
function forward(selector: string, targets: readonly string[], logging: LogForwarding, name: string): string[] {
  if (targets.length === 0) return [];
  const actions = targets.map(splitTarget).map(({ host, port }, index) => [
    'type="omfwd"', `target="${host}"`, `port="${port}"`, `protocol="${logging.protocol.toLowerCase()}"`,
    `action.resumeRetryCount="${logging.retryCount}"`, `action.resumeInterval="${logging.retryIntervalSeconds}"`,
    // Only the first target is used while it answers.
    ...(index > 0 ? ['action.execOnlyWhenPreviousIsSuspended="on"'] : []),
  ]);
  return [
    `ruleset(name="${name}" queue.type="linkedList" queue.size="${logging.queueSize}") {`,
    ...actions.map((settings) => `  action(${settings.join(' ')})`),
    '}',
    `${selector} call ${name}`,
  ];
}

function splitTarget(target: string): { host: string; port: string } {
  const match = /^\[?([0-9A-Za-z:._-]+?)\]?(?::(\d+))?$/.exec(target.trim());
  if (match?.[1] === undefined) throw new OctaviaError('bad-log-target', `Log target "${target}" is not address:port.`);
  return { host: match[1], port: match[2] ?? '514' };
}

function oneLine(name: string, value: string): string {
  if (/[\r\n]/.test(value)) throw new OctaviaError('bad-boot-setting', `${name} must be one line.`);
  return value;
}
