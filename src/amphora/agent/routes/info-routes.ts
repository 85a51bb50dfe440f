import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism, cpus, hostname } from 'node:os';
import type { AgentState } from '../agent-state.ts';
import { json } from '../http/reply.ts';
import type { Reply } from '../http/reply.ts';
import type { Route } from '../http/router.ts';
import { listInterfaces } from '../interfaces/read-interface.ts';
import { maxOpenFiles } from '../haproxy/preamble.ts';
import { readTextOrNull } from '../../../lib/replace-file.ts';
import { packageVersions } from '../package-versions.ts';

export const infoRoutes: readonly Route<AgentState>[] = [
  { method: 'GET', path: '/', handle: () => json(200, { api_version: '1.0' }) },
  { method: 'GET', path: '/1.0/info', handle: info },
  { method: 'GET', path: '/1.0/details', handle: details },
  { method: 'GET', path: '/1.0/listeners', handle: listeners },
];

async function info(state: AgentState): Promise<Reply> {
  const memory = await memoryFacts(state);
  const sizing = { cpu_count: cpuCount(state), available_memory_kb: (memory['free'] ?? 0) + (memory['buffers'] ?? 0) + (memory['cached'] ?? 0), tuned_profiles: await tunedProfiles() };
  return json(200, { ...(await identity(state)), octavia_ts: { l4_engine: state.lvs.engine.kind, max_open_files: await maxOpenFiles(), ...(state.logRing !== null && { log_ring: state.logRing }), topology: state.config().topology, ...sizing, ...brokenInterfaces(state) } });
}

async function details(state: AgentState): Promise<Reply> {
  const loadBalancers = await state.files.list();
  const lvsListeners = await state.lvs.list();
  const [running, lvsRunning, haproxyListeners, interfaces, memory, cpu, disk, load, profile] = await Promise.all([
    Promise.all(loadBalancers.map((id) => state.haproxy.isRunning(id))),
    Promise.all(lvsListeners.map((id) => state.lvs.engine.isRunning(id))),
    listenersOf(state, loadBalancers),
    listInterfaces(state.world.netns), memoryFacts(state), cpuFacts(), statfs(state.paths.root), readFile('/proc/loadavg', 'utf8'),
    tunedProfiles(),
  ]);
  const ethernet = interfaces.filter((entry) => entry.name.startsWith('eth'));
  return json(200, {
    ...(await identity(state)),
    networks: Object.fromEntries(ethernet.map((entry) => [entry.name, { network_tx: entry.bytes.tx, network_rx: entry.bytes.rx }])),
    active: true,
    haproxy_count: running.filter(Boolean).length,
    cpu_count: cpuCount(state),
    cpu,
    memory,
    disk: { used: (disk.blocks - disk.bfree) * disk.bsize, available: disk.bavail * disk.bsize },
    load: load.split(' ').slice(0, 3),
    active_tuned_profiles: profile,
    topology: 'SINGLE',
    topology_status: 'OK',
    listeners: [...new Set([...haproxyListeners.map((listener) => listener.id), ...lvsListeners])].sort(),
    packages: {},
    lvs_listener_process_count: lvsRunning.filter(Boolean).length,
    ...(Object.keys(state.plugger.broken).length > 0 && { octavia_ts: brokenInterfaces(state) }),
  });
}

/** Left out while all are well. */
function brokenInterfaces({ plugger }: AgentState): { readonly broken_interfaces?: Readonly<Record<string, string>> } {
  return Object.keys(plugger.broken).length === 0 ? {} : { broken_interfaces: plugger.broken };
}

async function listeners(state: AgentState): Promise<Reply> {
  const haproxyListeners = await listenersOf(state, await state.files.list());
  const lvsListeners = await Promise.all((await state.lvs.list()).map(async (id) => ({ status: await state.lvs.status(id), uuid: id, type: 'UDP' })));
  return json(200, [...haproxyListeners.map(({ id, type }) => ({ status: 'ACTIVE', uuid: id, type })), ...lvsListeners]);
}

async function listenersOf(state: AgentState, loadBalancers: readonly string[]): Promise<{ id: string; type: string }[]> {
  const facts = await Promise.all(loadBalancers.map((id) => state.files.facts(id)));
  return facts.flatMap((found) => found?.listeners ?? []);
}

async function identity(state: AgentState): Promise<Record<string, unknown>> {
  const versions = await packageVersions(state.config().haproxyCommand);
  return { hostname: state.world.isWholeMachine ? hostname() : `amphora-${state.amphoraId}`, haproxy_version: versions.haproxy, api_version: '1.0', keepalived_version: versions.keepalived, ipvsadm_version: versions.ipvsadm };
}

/**
 * All processors of a machine, whatever the affinity of this process. A namespace amphora shares the host with others: one
 * thread each without a size of its own, which also costs less per request.
 */
function cpuCount({ world, size }: AgentState): number {
  if (world.isWholeMachine) return cpus().length;
  return Math.min(Math.ceil(size.cpus ?? 1), availableParallelism());
}

async function tunedProfiles(): Promise<string> {
  return ((await readTextOrNull('/etc/tuned/active_profile')) ?? '').trim();
}

/** Kilobytes, no more than the amphora's size; swap_used is the kernel's SwapCached, as in the original. */
async function memoryFacts({ size }: AgentState): Promise<Record<string, number>> {
  const text = await readFile('/proc/meminfo', 'utf8');
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  const facts = {
    total: kilobytes('MemTotal'), free: kilobytes('MemFree'), buffers: kilobytes('Buffers'), cached: kilobytes('Cached'),
    swap_used: kilobytes('SwapCached'), shared: kilobytes('Shmem'), slab: kilobytes('Slab'),
  };
  if (size.memoryKb === null) return facts;
  // The host's buffers and cache are none of a limited amphora's.
  return { ...facts, total: Math.min(size.memoryKb, facts.total), free: Math.min(size.memoryKb, facts.free + facts.buffers + facts.cached), buffers: 0, cached: 0 };
}

/** Jiffies since boot. */
async function cpuFacts(): Promise<Record<string, unknown>> {
  const values = ((await readFile('/proc/stat', 'utf8')).split('\n')[0] ?? '').trim().split(/\s+/).slice(1);
  return { total: values.reduce((sum, value) => sum + Number(value), 0), user: values[0] ?? '0', system: values[2] ?? '0', soft_irq: values[6] ?? '0' };
}
