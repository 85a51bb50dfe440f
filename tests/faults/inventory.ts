import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { pause } from '../../src/processes/embedded/cloud-client.ts';
import { run } from '../../src/lib/run.ts';
import { until } from '../harness/until.ts';
import type { NamespaceWorld } from './namespace-world.ts';
import { pathsBelow } from './paths-below.ts';

/** How many there are of each kind of thing; ids and numbers in names are blanked. */
export type Inventory = Readonly<Record<string, number>>;

/** Looks in a row that see the same: a busy machine pauses in the middle of what it does. */
const SAME_LOOKS = 5;

/** What there is when nothing changes any more: to compare others with. */
export async function settledInventory(world: NamespaceWorld): Promise<Inventory> {
  let last = await inventoryOf(world);
  let same = 1;
  await until('an inventory that stays', async () => {
    await pause(300);
    const former = last;
    last = await inventoryOf(world);
    same = isDeepStrictEqual(last, former) ? same + 1 : 1;
    return same === SAME_LOOKS;
  });
  return last;
}

/** Everything on this host, in the cloud and on disk that an operation may leave behind. */
async function inventoryOf(world: NamespaceWorld): Promise<Inventory> {
  const names = [
    ...(await json<{ name: string }>('ip', '-j', 'netns', 'list')).map(({ name }) => `namespace ${name}`),
    ...(await json<{ ifname: string }>('ip', '-j', 'link', 'show')).map(({ ifname }) => `link ${ifname.slice(0, 3)}`),
    ...(await json<{ master: string }>('bridge', '-j', 'link', 'show')).map(({ master }) => `bridge port of ${master}`),
    ...(await nftables()),
    ...processes(),
    ...filesBelow(world.dataDir),
    ...(await world.cloud.list('/network/v2.0/ports', 'ports')).map((port) => `port ${String(port['name'])}`),
    ...(await world.cloud.list('/network/v2.0/security-groups', 'security_groups')).map((group) => `security group ${String(group['name'])}`),
  ];
  const counts: Record<string, number> = {};
  for (const name of names.map(blank)) counts[name] = (counts[name] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

function blank(name: string): string {
  return name.replace(/[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}/g, '<id>').replace(/\b[0-9a-f]{40}\b/g, '<sha1>');
}

async function json<T>(command: string, ...args: string[]): Promise<readonly T[]> {
  const { stdout } = await run(command, args);
  return stdout.trim() === '' ? [] : (JSON.parse(stdout) as T[]);
}

async function nftables(): Promise<readonly string[]> {
  const { stdout } = await run('nft', ['list', 'ruleset']);
  return stdout.split('\n').filter((line) => /^\s*(table|chain|set|map) /.test(line)).map((line) => `nft ${line.trim()}`);
}

/** Every inventory settles: old haproxies end with their last connection, and daemons start helpers now and then. */
export async function expectInventory(world: NamespaceWorld, wanted: Inventory, when: string): Promise<void> {
  let last: Inventory = {};
  await until('the inventory', async () => isDeepStrictEqual(last = await inventoryOf(world), wanted)).catch(() => expect(last, when).toEqual(wanted));
}

/** Written when there is something to write, not by an operation. */
const BY_THE_WAY = /\.log|sqlite-(wal|shm)|\.sock|stats_counters\.json(\.tmp)?$|servers-state$/;

/**
 * Supervisors and daemons of this private world. Their own children (workers, checks) come and go, and the dead do not
 * count. Neither do the shells by which the service starts programs: they are made and ended when it has time.
 */
function processes(): readonly string[] {
  const found = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap(readProcess);
  const nameOf = new Map(found.map(({ pid, name }) => [pid, name]));
  return found
    .filter(({ name, parent }) => DAEMONS.includes(name) && ![name, 'keepalived', 'keepalived_vrrp'].includes(nameOf.get(parent) ?? ''))
    .map(({ name }) => `process ${name}`);
}

const DAEMONS = ['haproxy', 'keepalived', 'supervise.sh'];

function readProcess(pid: string): readonly { readonly pid: number; readonly parent: number; readonly name: string }[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const isSupervisor = /^sh\0[^\0]*\/supervise\.sh\0/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    const name = isSupervisor ? 'supervise.sh' : stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    return state === 'Z' ? [] : [{ pid: Number(pid), parent: Number(parent), name }];
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return [];
    throw error;
  }
}

function filesBelow(dataDir: string): readonly string[] {
  return pathsBelow(dataDir).filter((path) => !BY_THE_WAY.test(basename(path))).map((path) => `file ${path}`);
}
