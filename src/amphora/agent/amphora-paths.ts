import { join } from 'node:path';
import type { AgentConfig } from './agent-config.ts';

type PathConfig = Pick<AgentConfig, 'basePath' | 'baseCertDir' | 'networkDir'>;

/**
 * Every file of an amphora (contracts section 21), as the amphora itself names it. `onHost` turns such a name into the
 * path under which this process reaches it.
 */
export class AmphoraPaths {
  readonly root: string;
  readonly base: string;
  readonly #config: PathConfig;

  constructor(root: string, config: PathConfig) {
    this.root = root;
    this.base = config.basePath;
    this.#config = config;
  }

  onHost(path: string): string { return join(this.root, path); }

  loadBalancerDir(id: string): string { return join(this.base, id); }
  haproxyConfig(id: string): string { return join(this.base, id, 'haproxy.cfg'); }
  /** What haproxy reads: the uploaded configuration with the connection limit that this machine allows. */
  effectiveConfig(id: string): string { return join(this.base, id, 'effective.cfg'); }
  haproxyPid(id: string): string { return join(this.base, id, `${id}.pid`); }
  serverState(id: string): string { return join(this.base, id, 'servers-state'); }
  statsSocket(id: string): string { return join(this.base, `${id}.sock`); }
  /** Settings of our own that stand before the uploaded configuration. */
  haproxyPreamble(id: string): string { return join(this.base, id, 'agent.cfg'); }
  adminSocket(id: string): string { return join(this.base, id, 'admin.sock'); }
  /** haproxy's metrics as it names them, and where the agent answers with Octavia's names. */
  rawMetricsSocket(id: string): string { return join(this.base, id, 'metrics.sock'); }
  translatorSocket(id: string): string { return join(this.base, id, 'translator.sock'); }
  get userGroupConfig(): string { return join(this.base, 'haproxy-default-user-group.conf'); }
  get pingWrapper(): string { return join(this.base, 'ping-wrapper.sh'); }
  certificateDir(id: string): string { return join(this.#config.baseCertDir, id); }

  get lvsDir(): string { return join(this.base, 'lvs'); }
  lvsConfig(id: string): string { return join(this.lvsDir, `octavia-keepalivedlvs-${id}.conf`); }
  lvsPid(id: string, kind: 'pid' | 'vrrp.pid' | 'check.pid'): string { return join(this.lvsDir, `octavia-keepalivedlvs-${id}.${kind}`); }
  get lvsCheckScript(): string { return join(this.lvsDir, 'check', 'udp_check.sh'); }

  get vrrpDir(): string { return join(this.base, 'vrrp'); }
  get vrrpConfig(): string { return join(this.vrrpDir, 'octavia-keepalived.conf'); }
  vrrpPid(kind: 'pid' | 'vrrp.pid' | 'check.pid'): string { return join(this.vrrpDir, `octavia-keepalived.${kind}`); }
  get vrrpCheckScript(): string { return join(this.vrrpDir, 'check_script.sh'); }
  get vrrpCheckScripts(): string { return join(this.vrrpDir, 'check_scripts'); }
  get haproxyCheckScript(): string { return join(this.vrrpCheckScripts, 'haproxy_check_script.sh'); }
  get lvsVrrpCheckScript(): string { return join(this.vrrpCheckScripts, 'lvs_udp_check.sh'); }
  /** Present while haproxy runs but does not answer; the check script fails on it. */
  unresponsiveMarker(id: string): string { return join(this.base, id, 'unresponsive'); }

  /** Process id and name of the agent of a whole machine. */
  get agentPid(): string { return join(this.base, 'agent.pid'); }

  get servicesDir(): string { return join(this.base, 'services'); }
  /** Takes haproxy's log where there is no syslog; always among the amphora's own directories. */
  get logSocket(): string { return join(this.base, 'log.sock'); }
  get logDirectory(): string { return '/var/log'; }
  get logRules(): string { return '/etc/rsyslog.d/10-rsyslog.conf'; }
  get pluggedInterfaces(): string { return join(this.base, 'plugged_interfaces'); }
  get statsCounters(): string { return join(this.base, 'stats_counters.json'); }
  get nftablesVipRules(): string { return join(this.base, 'nftables-vip.rules'); }
  interfaceFile(name: string): string { return join(this.#config.networkDir, `${name}.json`); }
  get interfacesDir(): string { return this.#config.networkDir; }
}
