import { type Kysely, type RawBuilder, sql } from 'kysely';
import { selectByKey } from '../by-key.ts';
import type { Database } from '../database.ts';
import { dialectOf } from '../dialect-of.ts';

/** What the status answer shows of one object. */
export interface Outline {
  readonly id: string;
  readonly name: string;
  readonly provisioningStatus: string;
  readonly operatingStatus: string;
}

export interface PoolOutline extends Outline {
  readonly monitor: (Outline & { readonly type: string }) | null;
  readonly members: readonly (Outline & { readonly address: string; readonly port: number })[];
}

export interface ListenerOutline extends Outline {
  /** Default pool first, then redirect pools of enabled policies that have rules, by position. */
  readonly poolIds: readonly string[];
}

/** A load balancer's tree reduced to names and statuses. */
export interface StatusOutline extends Outline {
  readonly listeners: readonly ListenerOutline[];
  readonly pools: ReadonlyMap<string, PoolOutline>;
}

type Kind = 'load_balancer' | 'listener' | 'l7policy' | 'pool' | 'health_monitor' | 'member';

/** All columns are text, so that six tables fit into one union on every dialect; `first` and `second` mean something else for each kind. */
interface Line {
  readonly kind: Kind; readonly id: string; readonly parent: string; readonly name: string | null; readonly provisioning: string; readonly operating: string;
  readonly first: string | null; readonly second: string | null; readonly position: string | null;
}

/** Reads names and statuses of a whole tree with one statement; undefined when there is no such load balancer. */
export async function readStatusOutline(db: Kysely<Database>, id: string): Promise<StatusOutline | undefined> {
  const of = Map.groupBy(await selectLines(db, id), (line) => line.kind);
  const linesOf = (kind: Kind) => of.get(kind) ?? [];
  const [root] = linesOf('load_balancer');
  if (!root) return undefined;
  const monitors = new Map(linesOf('health_monitor').map((line) => [line.parent, { ...outlineOf(line), type: line.first ?? '' }]));
  const members = Map.groupBy(linesOf('member').toSorted(byAge), (line) => line.parent);
  const redirects = Map.groupBy(linesOf('l7policy').toSorted((a, b) => Number(a.position) - Number(b.position)), (line) => line.parent);
  const poolOf = (line: Line): [string, PoolOutline] => [
    line.id,
    {
      ...outlineOf(line), monitor: monitors.get(line.id) ?? null,
      members: (members.get(line.id) ?? []).map((member) => ({ ...outlineOf(member), address: member.first ?? '', port: Number(member.second) })),
    },
  ];
  const listenerOf = (line: Line): ListenerOutline => {
    const pools = [line.first, ...(redirects.get(line.id) ?? []).map((redirect) => redirect.first)];
    return { ...outlineOf(line), poolIds: [...new Set(pools)].filter((pool) => pool !== null) };
  };
  return { ...outlineOf(root), listeners: linesOf('listener').toSorted(byAge).map(listenerOf), pools: new Map(linesOf('pool').map(poolOf)) };
}

function outlineOf(line: Line): Outline {
  return { id: line.id, name: line.name ?? '', provisioningStatus: line.provisioning, operatingStatus: line.operating };
}

function byAge(a: Line, b: Line): number {
  const [left, right] = [a.position ?? '', b.position ?? ''];
  if (left !== right) return left < right ? -1 : 1;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

const selectLines = selectByKey<Line>((db, id) => {
  const type = sql.raw(dialectOf(db) === 'mysql' ? 'char' : 'text');
  const select = (kind: Kind, columns: { parent: string; first?: string; second?: string; position: string }, rest: RawBuilder<unknown>) => {
    const text = (column: string | undefined) => sql`cast(${column === undefined ? sql.lit(null) : sql.ref(`${kind}.${column}`)} as ${type})`;
    return sql`select cast(${sql.lit(kind)} as ${type}) as kind, ${text('id')} as id, ${text(columns.parent)} as parent, ${text('name')} as name, ${text('provisioning_status')} as provisioning,
      ${text('operating_status')} as operating, ${text(columns.first)} as first, ${text(columns.second)} as second, ${text(columns.position)} as position from ${rest}`;
  };
  // MariaDB was seen to read every member there is and look up its pool; from the pools of one load balancer it finds the few that count.
  const join = sql.raw(dialectOf(db) === 'mysql' ? 'straight_join' : 'inner join');
  const below = (kind: Kind) => sql`pool ${join} ${sql.table(kind)} on ${sql.ref(`${kind}.pool_id`)} = pool.id where pool.load_balancer_id = ${id}`;
  return sql<Line>`${sql.join([
    select('load_balancer', { parent: 'id', position: 'created_at' }, sql`load_balancer where load_balancer.id = ${id}`),
    select('listener', { parent: 'load_balancer_id', first: 'default_pool_id', position: 'created_at' }, sql`listener where listener.load_balancer_id = ${id}`),
    select('l7policy', { parent: 'listener_id', first: 'redirect_pool_id', position: 'position' }, sql`listener ${join} l7policy on l7policy.listener_id = listener.id
      where listener.load_balancer_id = ${id} and l7policy.enabled and exists (select 1 from l7rule where l7rule.l7policy_id = l7policy.id)`),
    select('pool', { parent: 'load_balancer_id', position: 'created_at' }, sql`pool where pool.load_balancer_id = ${id}`),
    select('health_monitor', { parent: 'pool_id', first: 'type', position: 'created_at' }, below('health_monitor')),
    select('member', { parent: 'pool_id', first: 'ip_address', second: 'protocol_port', position: 'created_at' }, below('member')),
  ], sql` union all `)}`.compile(db);
});
