import { isIPv4, isIPv6 } from 'node:net';
import { Address6 } from 'ip-address';
import type { LbAlgorithm } from '../../model/enums.ts';
import type { HealthMonitor, Listener, LoadBalancerGraph, Member, Pool } from '../../model/graph.ts';
import { expandExpectedCodes } from '../haproxy/expected-codes.ts';
import { servedMembers, servedMonitor } from '../haproxy/served-objects.ts';
import { KeepalivedWriter } from '../keepalived/keepalived-writer.ts';
import { L4ConfigRejected } from './l4-service.ts';

export interface LvsOptions {
  /** Directory of the amphora's files. @default '/var/lib/octavia' */
  readonly basePath?: string;
  /** Network namespace that keepalived enters. @default 'amphora-haproxy' */
  readonly namespace?: string;
}

// SOURCE_IP_PORT belongs to another provider; the original falls back as well.
const ALGORITHMS: Readonly<Record<LbAlgorithm, string>> = { ROUND_ROBIN: 'wrr', LEAST_CONNECTIONS: 'lc', SOURCE_IP: 'sh', SOURCE_IP_PORT: 'wrr' };

const DEFAULT_PERSISTENCE_SECONDS = 360;
/** The script waits a second for a refusal; ended before, it counts as failed. */
const SHORTEST_UDP_CHECK_SECONDS = 2;
/** keepalived cuts lines at 1023 characters, and adds the codes of several lines up. */
const CODES_PER_LINE = 200;
/** keepalived ignores more than 4294, one of which an SCTP check has for itself. */
const LONGEST_TIMEOUT_SECONDS = 4293;
/** keepalived's limit, 31 days; the API takes any number, negative ones too. */
const LONGEST_PERSISTENCE_SECONDS = 2_678_400;

/**
 * octavia-keepalivedlvs-<listener>.conf (contracts section 15). The comment lines carry the ids from which agents, the
 * original's too, build the heartbeat; every enabled member's comment stands right before its real_server.
 * Throws L4ConfigRejected for other protocols and KeepalivedTextRejected for values that cannot be written.
 */
export function renderLvs(graph: LoadBalancerGraph, listener: Listener, options: LvsOptions = {}): string {
  if (listener.protocol !== 'UDP' && listener.protocol !== 'SCTP') throw new L4ConfigRejected(`${listener.protocol} listeners belong to haproxy`);
  const writer = new KeepalivedWriter();
  writer.comment(`Configuration for Loadbalancer ${graph.id}`);
  writer.comment(listener.enabled ? `Configuration for Listener ${listener.id}` : `Listener ${listener.id} is disabled`);
  writer.blank();
  writer.line('net_namespace', KeepalivedWriter.name(options.namespace ?? 'amphora-haproxy'));
  const pool = graph.pools.find((candidate) => candidate.id === listener.defaultPoolId && candidate.provisioningStatus !== 'PENDING_DELETE');
  if (graph.enabled && listener.enabled && pool) {
    const vips = [graph.vip.ipAddress, ...graph.additionalVips.map((vip) => vip.ipAddress)].map((address) => KeepalivedWriter.address(address));
    for (const family of [4, 6] as const) {
      const addresses = vips.filter(family === 4 ? isIPv4 : isIPv6);
      if (addresses.length > 0) writeFamily(writer, { listener, pool, family, addresses, basePath: options.basePath ?? '/var/lib/octavia' });
    }
  }
  return writer.toString();
}

interface FamilyPart {
  readonly listener: Listener;
  readonly pool: Pool;
  readonly family: 4 | 6;
  readonly addresses: readonly string[];
  readonly basePath: string;
}

function writeFamily(writer: KeepalivedWriter, part: FamilyPart): void {
  const { listener, pool, family } = part;
  const group = `ipv${family}-group`;
  writer.blank();
  writer.open('virtual_server_group', group);
  for (const address of part.addresses) writer.line(address, KeepalivedWriter.port(listener.protocolPort));
  writer.close();
  writer.blank();
  writer.open('virtual_server', 'group', group);
  writer.line('lb_algo', ALGORITHMS[pool.lbAlgorithm]);
  writer.line('lb_kind', 'NAT');
  writer.line('protocol', listener.protocol);
  writePersistence(writer, pool, family);
  writeCheckTiming(writer, pool);
  writer.blank();
  // A pool of another protocol forwards nothing: it is not even named, as in the original.
  if (pool.protocol === 'UDP' || pool.protocol === 'SCTP') writeMembers(writer, part);
  writer.close();
}

function writePersistence(writer: KeepalivedWriter, pool: Pool, family: 4 | 6): void {
  const persistence = pool.sessionPersistence;
  if (persistence?.type !== 'SOURCE_IP') return;
  const wanted = persistence.persistenceTimeoutSeconds ?? 0;
  writer.line('persistence_timeout', wanted > 0 ? Math.min(wanted, LONGEST_PERSISTENCE_SECONDS) : DEFAULT_PERSISTENCE_SECONDS);
  writer.line('persistence_granularity', granularity(persistence.persistenceGranularity, family));
}

/** The pool has one granularity for both families; where it does not fit, one address is one client. */
function granularity(text: string | null, family: 4 | 6): string {
  if (family === 4) return text !== null && isIPv4(text) ? text : '255.255.255.255';
  if (text !== null && isIPv6(text)) return prefixOfMask(text);
  return text !== null && /^\d{1,3}$/.test(text) && Number(text) <= 128 ? text : '128';
}

/** The API takes a mask such as `ffff:ffff::` only, keepalived a length only. */
function prefixOfMask(mask: string): string {
  const bits = new Address6(mask).bigInt().toString(2).padStart(128, '0');
  return /^1+0*$/.test(bits) ? String(bits.lastIndexOf('1') + 1) : '128';
}

function writeCheckTiming(writer: KeepalivedWriter, pool: Pool): void {
  const monitor = servedMonitor(pool);
  if (!monitor) return;
  const delay = atLeastOne(monitor.delaySeconds);
  writer.line('delay_loop', delay);
  writer.line('delay_before_retry', delay);
  if (monitor.fallThreshold > 0) writer.line('retry', monitor.fallThreshold);
}

function writeMembers(writer: KeepalivedWriter, part: FamilyPart): void {
  const { pool, family } = part;
  const monitor = servedMonitor(pool);
  writer.comment(pool.enabled ? `Configuration for Pool ${pool.id}` : `Pool ${pool.id} is disabled`);
  if (monitor) writer.comment(`Configuration for HealthMonitor ${monitor.id}`);
  if (!pool.enabled) return;
  for (const member of servedMembers(pool).filter((candidate) => isIPv6(candidate.ipAddress) === (family === 6))) {
    if (!member.enabled) {
      writer.comment(`Member ${member.id} is disabled`);
      continue;
    }
    writer.comment(`Configuration for Member ${member.id}`);
    writer.open('real_server', KeepalivedWriter.address(member.ipAddress), KeepalivedWriter.port(member.protocolPort));
    writer.line('weight', member.weight);
    const limit = part.listener.connectionLimit;
    if (limit !== null && limit > 0) writer.line('uthreshold', limit);
    if (monitor) writeCheck(writer, member, monitor, part.basePath);
    writer.close();
    writer.blank();
  }
}

function writeCheck(writer: KeepalivedWriter, member: Member, monitor: HealthMonitor, basePath: string): void {
  const address = KeepalivedWriter.address(member.monitorAddress ?? member.ipAddress);
  const port = KeepalivedWriter.port(member.monitorPort ?? member.protocolPort);
  const timeout = Math.min(atLeastOne(monitor.timeoutSeconds), LONGEST_TIMEOUT_SECONDS);
  if (monitor.type === 'UDP-CONNECT') {
    const script = KeepalivedWriter.path(`${basePath}/lvs/check/udp_check.sh`);
    writeScriptCheck(writer, `${script} ${address} ${port}`, Math.max(timeout, SHORTEST_UDP_CHECK_SECONDS));
  } else if (monitor.type === 'SCTP') {
    writeScriptCheck(writer, `amphora-health-checker sctp -t ${timeout} ${address} ${port}`, timeout + 1);
  } else if (monitor.type === 'HTTP' && monitor.httpMethod === 'GET') {
    writer.open('HTTP_GET');
    // One block for all codes: keepalived wants each block to be answered as it says, so a block for each code never holds.
    writer.open('url');
    writer.line('path', urlPath(monitor.urlPath ?? '/'));
    const codes = expandExpectedCodes(monitor.expectedCodes ?? '200');
    for (let first = 0; first < codes.length; first += CODES_PER_LINE) writer.line('status_code', ...codes.slice(first, first + CODES_PER_LINE));
    writer.close();
    writeConnect(writer, address, port, timeout);
    writer.close();
  } else if (monitor.type === 'TCP') {
    writer.open('TCP_CHECK');
    writeConnect(writer, address, port, timeout);
    writer.close();
  }
}

/** The API takes 0 seconds; keepalived drops such a line and takes a minute or five seconds instead. */
function atLeastOne(seconds: number): number {
  return Math.max(1, seconds);
}

function writeScriptCheck(writer: KeepalivedWriter, command: string, timeoutSeconds: number): void {
  writer.open('MISC_CHECK');
  writer.line('misc_path', `"${command}"`);
  writer.line('misc_timeout', timeoutSeconds);
  writer.close();
}

function writeConnect(writer: KeepalivedWriter, address: string, port: number, timeoutSeconds: number): void {
  writer.line('connect_ip', address);
  writer.line('connect_port', port);
  writer.line('connect_timeout', timeoutSeconds);
}

/** keepalived reads `#`, `!`, braces, quotes and blanks as its own; percent-encoded they mean the same to the member. */
function urlPath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-._~:/?&=%@+,;*()]/gu, (character) =>
    [...Buffer.from(character, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''));
}
