import { readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { optionGroups, type Config, type GroupName } from '../../../config/config.ts';
import { missingAsNull } from './missing-as-null.ts';
import { projectVersion } from '../../project.ts';
import type { Fact } from './render-report.ts';

/** Product, version and what it runs on. */
export function packageFacts(): Fact {
  return { product: 'Octavia in TypeScript', version: projectVersion(), node: process.version, v8: process.versions.v8, openssl: process.versions.openssl };
}

/** The process itself, its memory, and programs that it started. */
export function processFacts(): Fact {
  const memory = process.memoryUsage();
  const usage = process.resourceUsage();
  const children = (missingAsNull(() => readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')) ?? '').split(' ').filter((pid) => pid !== '');
  return {
    process: `${process.pid} (under ${process.ppid})`, 'run by': `${userInfo().username} (${userInfo().uid})`, command: process.argv.join(' '), directory: process.cwd(), 'uptime seconds': Math.round(process.uptime()),
    'resident bytes': memory.rss, 'heap used bytes': memory.heapUsed, 'heap total bytes': memory.heapTotal, 'outside the heap bytes': memory.external,
    'user processor seconds': usage.userCPUTime / 1e6, 'system processor seconds': usage.systemCPUTime / 1e6,
    'open files': missingAsNull(() => readdirSync('/proc/self/fd').length), children: children.map((pid) => `${pid} ${commandOf(pid)}`),
  };
}

function commandOf(pid: string): string {
  return (missingAsNull(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? 'ended').replaceAll('\0', ' ').trimEnd();
}

/** What keeps the event loop busy or alive: in place of stacks, which a program without threads does not have while it waits. */
export function eventLoopFacts(): Fact {
  const { idle, active, utilization } = performance.eventLoopUtilization();
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return { 'idle milliseconds': Math.round(idle), 'active milliseconds': Math.round(active), utilization: Number(utilization.toFixed(4)), resources: Object.fromEntries(counts) };
}

interface Handle {
  readonly type: string;
  readonly localEndpoint?: Endpoint | null;
  readonly remoteEndpoint?: Endpoint | null;
}

type Endpoint = string | { readonly ip4?: string; readonly ip6?: string; readonly port?: number; readonly path?: string };

/** Sockets: database, message queue, services, amphorae and clients. */
export function connectionFacts(): Fact {
  // Names would be looked up one by one, while everything waits.
  Object.assign(process.report, { excludeNetwork: true });
  const { libuv } = process.report.getReport() as { readonly libuv: readonly Handle[] };
  return libuv.filter(({ type }) => type === 'tcp' || type === 'udp' || type === 'pipe').map(({ type, localEndpoint, remoteEndpoint }) => `${type} ${shown(localEndpoint)} -> ${shown(remoteEndpoint)}`);
}

function shown(endpoint: Endpoint | null | undefined): string {
  if (endpoint === null || endpoint === undefined || endpoint === '') return '-';
  if (typeof endpoint === 'string') return endpoint;
  return endpoint.path ?? `${endpoint.ip4 ?? `[${endpoint.ip6 ?? ''}]`}:${endpoint.port ?? ''}`;
}

/** Every option with its value; secrets are masked. */
export function configurationFacts(config: Config): Fact {
  const groups = Object.keys(optionGroups) as GroupName[];
  return Object.fromEntries(groups.map((group) => {
    const options: Readonly<Record<string, { readonly isSecret: boolean }>> = optionGroups[group];
    return [group, Object.fromEntries(Object.entries(config[group]).map(([name, value]) => [name, options[name]?.isSecret === true ? '***' : textOf(value)]))];
  }));
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : value instanceof RegExp ? value.source : JSON.stringify(value instanceof Map ? Object.fromEntries(value) : value) ?? '');
