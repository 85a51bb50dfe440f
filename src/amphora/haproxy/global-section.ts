import { integer } from './config-writer.ts';
import type { ConfigSection, HaproxyConfigWriter } from './config-writer.ts';
import { globalConnectionLimit, wantedConnections } from './connection-limits.ts';
import { hasVersion } from './render-context.ts';
import type { RenderContext } from './render-context.ts';
import { haproxyListeners, servedMonitor } from './served-objects.ts';

// Compiled into haproxy 2.x as the bound of one process.
const MOST_THREADS = 64;

/**
 * haproxy touches every block at each start and check: a million cost 240 MB and 0.25 s, and namespace amphorae would each
 * take two fifths of their host's memory. Clients resume by tickets, which need no block.
 */
const MOST_OWN_CACHE_BLOCKS = 100_000;

/** Process-wide settings: logs, sockets, limits, TLS cache, threads, permission for external checks. */
export function writeGlobal(writer: HaproxyConfigWriter, context: RenderContext): void {
  const { graph, facts, options } = context;
  const section = writer.section('global');
  section.add('daemon');
  if (context.tls.digest !== undefined) section.add('description', `tls-files-${context.tls.digest}`);
  section.add('user', 'nobody');
  const ring = facts.logRing === undefined ? null : `ring@${facts.logRing}`;
  section.add('log', ring ?? options.logHttp, `local${facility(options.userLogFacility)}`);
  section.add('log', ring ?? options.logServer, `local${facility(options.administrativeLogFacility)}`, 'notice');
  // The first socket is the one that the original's agent and VRRP check find in this file.
  section.add('stats', 'socket', `${options.basePath}/${graph.id}.sock`, 'mode', '0666', 'level', 'user');
  if (facts.isOurs) {
    // Runtime changes need level admin; root alone may connect. expose-fd lets a new process take over the listeners.
    section.add('stats', 'socket', adminSocketPath(options.basePath, graph.id), 'mode', '0600', 'level', 'admin', 'expose-fd', 'listeners');
  }
  if (hasVersion(facts, 1, 6)) section.add('server-state-file', `${options.basePath}/${graph.id}/servers-state`);
  section.add('maxconn', globalConnectionLimit(context));
  // Should the descriptor limit be lower than reported, or unknown, a warning is better than a haproxy that does not start.
  if (facts.isOurs) section.add('no', 'strict-limits');
  addTlsCache(section, context);
  addThreads(section, context);
  addExternalChecks(section, context);
}

/** Where our agent sends runtime commands; only in configurations for our agent. */
export function adminSocketPath(basePath: string, loadBalancerId: string): string {
  return `${basePath}/${loadBalancerId}.admin.sock`;
}

function addTlsCache(section: ConfigSection, context: RenderContext): void {
  if (!haproxyListeners(context.graph).some((listener) => listener.protocol === 'TERMINATED_HTTPS')) return;
  // 32 kB for each connection first; of the rest two fifths, at about 250 bytes a block (LP #2119987).
  const leftKb = context.facts.availableMemoryKb - 32 * wantedConnections(context);
  const cacheKb = Math.floor((leftKb * 2) / 5);
  if (cacheKb > 5000) section.add('tune.ssl.cachesize', context.facts.isOurs ? Math.min(cacheKb * 4, MOST_OWN_CACHE_BLOCKS) : cacheKb * 4);
}

function addThreads(section: ConfigSection, context: RenderContext): void {
  const { cpuCount, hasAmphoraTunedProfile, isOurs } = context.facts;
  if (!hasAmphoraTunedProfile || cpuCount <= 1) {
    // Left alone, haproxy takes a thread for each processor of the host; our agent says how many are this amphora's.
    if (isOurs) section.add('nbthread', integer(Math.min(Math.max(cpuCount, 1), MOST_THREADS), 1, MOST_THREADS));
    return;
  }
  // The profile keeps core 0 for the system.
  section.add('nbthread', cpuCount - 1);
  section.add('cpu-map', `auto:1/1-${cpuCount - 1}`, `1-${cpuCount - 1}`);
}

function addExternalChecks(section: ConfigSection, context: RenderContext): void {
  const pings = context.served.some((served) => served.pools.some((pool) => servedMonitor(pool)?.type === 'PING'));
  if (!pings) return;
  section.add('external-check');
  if (hasVersion(context.facts, 2, 2)) section.add('insecure-fork-wanted');
}

function facility(number: number): number {
  return integer(number, 0, 7);
}
