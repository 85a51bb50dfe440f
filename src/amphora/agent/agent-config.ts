import { OctaviaError } from '../../lib/errors.ts';

/** Content of amphora-agent.conf that the agent acts on; names as in the file (contracts section 12). */
export interface AgentConfig {
  readonly amphoraId: string;
  readonly topology: 'SINGLE' | 'ACTIVE_STANDBY';
  readonly bindHost: string;
  readonly bindPort: number;
  readonly basePath: string;
  readonly baseCertDir: string;
  readonly haproxyCommand: string;
  readonly agentServerCa: string;
  readonly agentServerCert: string;
  /** Directory of the interface files. */
  readonly networkDir: string;
  readonly tlsProtocol: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  readonly requestReadTimeoutSeconds: number;
  readonly udpDriver: string;
  readonly userLogFacility: number;
  readonly administrativeLogFacility: number;
  /** Health managers, `host:port` or `[host]:port`. */
  readonly controllers: readonly ControllerAddress[];
  readonly heartbeatIntervalSeconds: number;
  readonly heartbeatKey: string;
  readonly isDebug: boolean;
}

export interface ControllerAddress { readonly host: string; readonly port: number }

/** amphora-agent.conf that cannot be used; the message names the option. */
export class InvalidAgentConfig extends OctaviaError {
  constructor(message: string) {
    super('invalid-agent-config', message);
  }
}

type Section = ReadonlyMap<string, string>;

/** Reads amphora-agent.conf (oslo.config INI). Absent options take Octavia's defaults; throws InvalidAgentConfig. */
export function parseAgentConfig(ini: string): AgentConfig {
  const sections = parseIni(ini);
  const section = (name: string): Section => sections.get(name) ?? new Map();
  const haproxy = section('haproxy_amphora');
  const agent = section('amphora_agent');
  const health = section('health_manager');
  return {
    amphoraId: agent.get('amphora_id') ?? '',
    topology: section('controller_worker').get('loadbalancer_topology') === 'ACTIVE_STANDBY' ? 'ACTIVE_STANDBY' : 'SINGLE',
    bindHost: haproxy.get('bind_host') ?? '::',
    bindPort: number(haproxy, 'bind_port', 9443),
    basePath: haproxy.get('base_path') ?? '/var/lib/octavia',
    baseCertDir: haproxy.get('base_cert_dir') ?? '/var/lib/octavia/certs',
    haproxyCommand: haproxy.get('haproxy_cmd') ?? '/usr/sbin/haproxy',
    agentServerCa: agent.get('agent_server_ca') ?? '/etc/octavia/certs/client_ca.pem',
    agentServerCert: agent.get('agent_server_cert') ?? '/etc/octavia/certs/server.pem',
    networkDir: agent.get('agent_server_network_dir') || '/etc/octavia/interfaces',
    tlsProtocol: tlsProtocol(agent.get('agent_tls_protocol') ?? 'TLSv1.2'),
    requestReadTimeoutSeconds: number(agent, 'agent_request_read_timeout', 180),
    udpDriver: agent.get('amphora_udp_driver') ?? 'keepalived_lvs',
    userLogFacility: number(haproxy, 'user_log_facility', 0),
    administrativeLogFacility: number(haproxy, 'administrative_log_facility', 1),
    controllers: controllerList(health.get('controller_ip_port_list') ?? ''),
    heartbeatIntervalSeconds: number(health, 'heartbeat_interval', 10),
    heartbeatKey: health.get('heartbeat_key') ?? '',
    isDebug: /^(true|1|yes|on)$/i.test(section('DEFAULT').get('debug') ?? ''),
  };
}

/** The file a new amphora boots with. */
export function renderAgentConfig(config: AgentConfig): string {
  const address = ({ host, port }: ControllerAddress): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
  const sections: readonly (readonly [string, Readonly<Record<string, string | number>>])[] = [
    ['DEFAULT', { debug: config.isDebug ? 'True' : 'False', use_syslog: 'True', syslog_log_facility: `LOG_LOCAL${config.administrativeLogFacility}` }],
    ['haproxy_amphora', {
      base_cert_dir: config.baseCertDir, base_path: config.basePath, bind_host: config.bindHost, bind_port: config.bindPort,
      haproxy_cmd: config.haproxyCommand, user_log_facility: config.userLogFacility, administrative_log_facility: config.administrativeLogFacility,
    }],
    ['health_manager', {
      controller_ip_port_list: config.controllers.map(address).join(', '),
      heartbeat_interval: config.heartbeatIntervalSeconds, heartbeat_key: config.heartbeatKey,
    }],
    ['amphora_agent', {
      agent_server_ca: config.agentServerCa, agent_server_cert: config.agentServerCert, agent_server_network_dir: config.networkDir,
      agent_request_read_timeout: config.requestReadTimeoutSeconds, amphora_id: config.amphoraId,
      amphora_udp_driver: config.udpDriver, agent_tls_protocol: config.tlsProtocol,
    }],
    ['controller_worker', { loadbalancer_topology: config.topology }],
  ];
  return sections.map(([name, options]) => `[${name}]\n${Object.entries(options).map(([key, value]) => `${key} = ${oneLine(key, String(value))}\n`).join('')}`).join('\n');
}

function parseIni(ini: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let current = new Map<string, string>();
  for (const line of ini.split(/\r?\n/)) {
    const text = line.trim();
    if (text === '' || text.startsWith('#') || text.startsWith(';')) continue;
    const heading = /^\[(.+)\]$/.exec(text)?.[1];
    if (heading !== undefined) {
      current = sections.get(heading) ?? new Map();
      sections.set(heading, current);
      continue;
    }
    const equals = text.search(/[=:]/);
    if (equals > 0) current.set(text.slice(0, equals).trim(), text.slice(equals + 1).trim());
  }
  return sections;
}

function controllerList(text: string): ControllerAddress[] {
  return text.split(',').map((entry) => entry.trim()).filter((entry) => entry !== '').map((entry) => {
    const match = /^(?:\[(?<bracketed>[^\]]+)\]|(?<plain>.+)):(?<port>\d+)$/.exec(entry);
    const host = match?.groups?.['bracketed'] ?? match?.groups?.['plain'];
    if (host === undefined) throw new InvalidAgentConfig(`controller_ip_port_list has "${entry}", which is not address:port.`);
    return { host, port: Number(match?.groups?.['port']) };
  });
}

function number(section: Section, name: string, standard: number): number {
  const text = section.get(name);
  if (text === undefined || text === '') return standard;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new InvalidAgentConfig(`${name} is "${text}", which is not a number.`);
  return value;
}

function tlsProtocol(text: string): AgentConfig['tlsProtocol'] {
  if (text === 'TLSv1' || text === 'TLSv1.1' || text === 'TLSv1.2' || text === 'TLSv1.3') return text;
  throw new InvalidAgentConfig(`agent_tls_protocol is "${text}"; use TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3.`);
}

function oneLine(name: string, value: string): string {
  if (/[\r\n]/.test(value)) throw new InvalidAgentConfig(`${name} must be one line.`);
  return value;
}
