import { isIPv4, isIPv6 } from 'node:net';
import type { Amphora, LoadBalancerGraph } from '../../model/graph.ts';
import { KeepalivedWriter } from './keepalived-writer.ts';

/** Where one VIP lives: its subnet, for the routes that answers to clients take. */
export interface VrrpVip {
  readonly ipAddress: string;
  readonly cidr: string;
  readonly gateway: string | null;
  readonly hostRoutes: readonly { readonly destination: string; readonly nexthop: string }[];
}

/** Settings of VRRP in an ACTIVE_STANDBY pair; names in brackets are the original's options of [keepalived_vrrp]. */
export interface VrrpOptions {
  /** Interface that carries the VRRP address, `eth1` in an amphora (GET interface/{vrrp_ip}). */
  readonly interface: string;
  /** Primary VIP first, then the additional ones. */
  readonly vips: readonly VrrpVip[];
  /** Milliseconds between advertisements; below a second only with `isOurs`. [vrrp_advert_int, seconds] */
  readonly advertIntervalMs: number;
  /**
   * True only when every amphora of the pair answers with our own agent. Advertisements then use VRRP version 3, which
   * knows fractions of a second and has no authentication; the pair's unicast addresses and the security group's
   * VRRP rule take its place. A version 2 node would not hear it, so one foreign agent is enough to say false.
   */
  readonly isOurs: boolean;
  /** [vrrp_check_interval] @default 5 */
  readonly checkIntervalSeconds?: number;
  /** [vrrp_fail_count] @default 2 */
  readonly failCount?: number;
  /** [vrrp_success_count] @default 2 */
  readonly successCount?: number;
  /** [vrrp_garp_refresh_interval] seconds @default 5 */
  readonly garpRefreshSeconds?: number;
  /** [vrrp_garp_refresh_count] @default 2 */
  readonly garpRefreshCount?: number;
  /** Directory of the amphora's files. @default '/var/lib/octavia' */
  readonly basePath?: string;
}

/** Second line only: our agent restarts a dead haproxy within milliseconds, and one miss in that moment must not move the VIP. */
const OUR_CHECK = { intervalSeconds: 2, fail: 2, success: 1 };

/**
 * octavia-keepalived.conf of one amphora of a pair (contracts section 14). There is no `state` line: with `nopreempt`
 * both nodes must start as backup. Throws KeepalivedTextRejected for values that are no addresses or names.
 */
export function renderVrrp(graph: LoadBalancerGraph, amphora: Amphora, options: VrrpOptions): string {
  const basePath = options.basePath ?? '/var/lib/octavia';
  const writer = new KeepalivedWriter();
  if (options.isOurs) writeOwnSettings(writer, basePath);
  writeCheckScript(writer, options, basePath);
  writer.blank();
  writer.open('vrrp_instance', KeepalivedWriter.name(groupName(graph)));
  writeTiming(writer, graph, amphora, options);
  writePeers(writer, graph, amphora);
  writeAddresses(writer, amphora, options);
  writeRoutes(writer, options);
  writer.open('track_script');
  writer.line('check_script');
  writer.close();
  if (options.isOurs) {
    writer.blank();
    writer.open('track_file');
    writer.line('agent_verdict');
    writer.close();
  }
  writer.close();
  return writer.toString();
}

/** File in which our agent hands a dying node's role over at once: -254 means fault, 0 means well. */
export function agentVerdictPath(basePath: string): string {
  return `${basePath}/vrrp/agent_verdict`;
}

/** File that keepalived runs as check. */
export function checkScriptPath(basePath: string): string {
  return `${basePath}/vrrp/check_script.sh`;
}

function writeOwnSettings(writer: KeepalivedWriter, basePath: string): void {
  writer.open('global_defs');
  writer.line('script_user', 'root');
  writer.close();
  writer.blank();
  writer.open('track_file', 'agent_verdict');
  writer.line('file', KeepalivedWriter.path(agentVerdictPath(basePath)));
  writer.line('weight', 1);
  writer.line('init_file', 0);
  writer.close();
  writer.blank();
}

function writeCheckScript(writer: KeepalivedWriter, options: VrrpOptions, basePath: string): void {
  const defaults = options.isOurs ? OUR_CHECK : { intervalSeconds: 5, fail: 2, success: 2 };
  writer.open('vrrp_script', 'check_script');
  writer.line('script', KeepalivedWriter.path(checkScriptPath(basePath)));
  writer.line('interval', options.checkIntervalSeconds ?? defaults.intervalSeconds);
  writer.line('fall', options.failCount ?? defaults.fail);
  writer.line('rise', options.successCount ?? defaults.success);
  writer.close();
}

function writeTiming(writer: KeepalivedWriter, graph: LoadBalancerGraph, amphora: Amphora, options: VrrpOptions): void {
  writer.line('interface', KeepalivedWriter.name(options.interface));
  writer.line('virtual_router_id', amphora.vrrpId ?? 1);
  writer.line('priority', amphora.vrrpPriority ?? (amphora.role === 'BACKUP' ? 90 : 100));
  if (options.isOurs) writer.line('version', 3);
  writer.line('nopreempt');
  writer.line('accept');
  writer.line('garp_master_refresh', options.garpRefreshSeconds ?? 5);
  writer.line('garp_master_refresh_repeat', options.garpRefreshCount ?? 2);
  writer.line('advert_int', advertInterval(options));
  const { authType, authPass } = graph.vrrpGroup ?? { authType: null, authPass: null };
  if (!options.isOurs && authType !== null && authPass !== null) {
    writer.open('authentication');
    writer.line('auth_type', authType);
    writer.line('auth_pass', KeepalivedWriter.secret(authPass));
    writer.close();
  }
  writer.blank();
}

function writePeers(writer: KeepalivedWriter, graph: LoadBalancerGraph, amphora: Amphora): void {
  const own = KeepalivedWriter.address(amphora.vrrpIp);
  writer.line('unicast_src_ip', own);
  writer.open('unicast_peer');
  for (const peer of graph.amphorae) {
    if (peer.status === 'ALLOCATED' && peer.vrrpIp !== null && peer.vrrpIp !== own) writer.line(KeepalivedWriter.address(peer.vrrpIp));
  }
  writer.close();
  writer.blank();
}

/** keepalived counts addresses of the other family among the excluded ones, which it sets without advertising them. */
function writeAddresses(writer: KeepalivedWriter, amphora: Amphora, options: VrrpOptions): void {
  const isSameFamily = (address: string): boolean => isIPv6(address) === isIPv6(amphora.vrrpIp ?? '');
  const addresses = options.vips.map((vip) => KeepalivedWriter.address(vip.ipAddress));
  writer.open('virtual_ipaddress');
  for (const address of addresses.filter(isSameFamily)) writer.line(address);
  writer.close();
  writer.blank();
  writer.open('virtual_ipaddress_excluded');
  for (const address of addresses.filter((candidate) => !isSameFamily(candidate))) writer.line(address);
  writer.close();
  writer.blank();
}

function writeRoutes(writer: KeepalivedWriter, options: VrrpOptions): void {
  const device = ['dev', KeepalivedWriter.name(options.interface)];
  writer.open('virtual_routes');
  for (const vip of options.vips) {
    writer.line(KeepalivedWriter.cidr(vip.cidr), ...device, 'src', vip.ipAddress, 'scope', 'link', 'table', 1);
    if (vip.gateway !== null) writer.line('default', 'via', KeepalivedWriter.address(vip.gateway), ...device, 'onlink', 'table', 1);
    for (const route of vip.hostRoutes) {
      // The original writes `gateway` here, which keepalived 2 does not know: it drops the route.
      writer.line(KeepalivedWriter.cidr(route.destination), 'via', KeepalivedWriter.address(route.nexthop), ...device, 'onlink', 'table', 1);
    }
  }
  writer.close();
  writer.blank();
  writer.open('virtual_rules');
  for (const vip of options.vips) writer.line('from', `${vip.ipAddress}/${isIPv4(vip.ipAddress) ? 32 : 128}`, 'table', 1, 'priority', 100);
  writer.close();
  writer.blank();
}

function groupName(graph: LoadBalancerGraph): string {
  return graph.vrrpGroup?.name ?? graph.id.replaceAll('-', '');
}

/** Seconds; version 3 counts in hundredths, version 2 in whole seconds of at least one. */
function advertInterval(options: VrrpOptions): number {
  if (!options.isOurs) return Math.max(1, Math.round(options.advertIntervalMs / 1000));
  return Math.max(1, Math.round(options.advertIntervalMs / 10)) / 100;
}
