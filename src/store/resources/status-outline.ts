import { type Kysely, type RawBuilder, sql } from 'kysely';
import { selectByKey } from '../by-key.ts';
import type { Database, DialectName } from '../database.ts';
import { dialectOf } from '../dialect-of.ts';
import { integerAsJson, listed, textAsJson, written, type Fragment } from './json-text.ts';

export interface ListenerOutline {
  /** JSON members as the status answer shows them, from `"id"` on, without braces. */
  readonly own: string;
  /** Default pool first, then redirect pools of enabled policies that have rules, by position. */
  readonly poolIds: readonly string[];
}

/** A load balancer's tree reduced to names and statuses. The database writes the JSON: a tree of thousands then costs this process little. */
export interface StatusOutline {
  /** JSON members of the load balancer, without braces. */
  readonly own: string;
  readonly listeners: readonly ListenerOutline[];
  /** Whole JSON objects with monitor and members, by id. */
  readonly pools: ReadonlyMap<string, string>;
}

type Kind = 'load_balancer' | 'listener' | 'pool' | 'health_monitor' | 'member';

/** The two statuses of one object. */
export interface ObjectStatus { readonly kind: Kind; readonly id: string; readonly provisioning: string; readonly operating: string }

/** Reads the statuses of a whole tree with one statement: the load balancer, its listeners, pools, monitors and members; nothing when there is no such load balancer. */
export const readStatuses = selectByKey<ObjectStatus>((db, id) => {
  const dialect = dialectOf(db);
  const select = (kind: Kind) => {
    const column = (name: string) => asText(dialect, sql.ref(`${kind}.${name}`));
    return sql`select ${asText(dialect, sql.lit(kind))} as kind, ${column('id')} as id, ${column('provisioning_status')} as provisioning, ${column('operating_status')} as operating
      from ${within(dialect, kind, id)}`;
  };
  return sql<ObjectStatus>`${sql.join((['load_balancer', 'listener', 'pool', 'health_monitor', 'member'] as const).map(select), sql` union all `)}`.compile(db);
});

/** All columns are text, so that the tables fit into one union on every dialect. `pool` is one to which the line leads. */
interface Line {
  readonly kind: 'load_balancer' | 'listener' | 'l7policy' | 'pool'; readonly id: string; readonly own: string | null; readonly pool: string | null; readonly position: string | null;
}

/** Reads names and statuses of a whole tree with one statement; undefined when there is no such load balancer. */
export async function readStatusOutline(db: Kysely<Database>, id: string): Promise<StatusOutline | undefined> {
  const of = Map.groupBy(await selectLines(db, id), (line) => line.kind);
  const linesOf = (kind: Line['kind']) => of.get(kind) ?? [];
  const [root] = linesOf('load_balancer');
  if (!root) return undefined;
  const redirects = Map.groupBy(linesOf('l7policy').toSorted((a, b) => Number(a.position) - Number(b.position)), (line) => line.id);
  const listenerOf = (line: Line): ListenerOutline => {
    const pools = [line.pool, ...(redirects.get(line.id) ?? []).map((redirect) => redirect.pool)];
    return { own: line.own ?? '', poolIds: [...new Set(pools)].filter((pool) => pool !== null) };
  };
  return { own: root.own ?? '', listeners: linesOf('listener').toSorted(byAge).map(listenerOf), pools: new Map(linesOf('pool').map((line) => [line.id, line.own ?? ''])) };
}

function byAge(a: Line, b: Line): number {
  const [left, right] = [a.position ?? '', b.position ?? ''];
  if (left !== right) return left < right ? -1 : 1;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

type Columns = Partial<Record<'own' | 'pool' | 'position', Fragment>>;

const selectLines = selectByKey<Line>((db, id) => {
  const dialect = dialectOf(db);
  const select = (kind: Line['kind'], line: Fragment, columns: Columns) => {
    const rest = (['own', 'pool', 'position'] as const).map((name) => sql`${asText(dialect, columns[name] ?? sql.lit(null))} as ${sql.id(name)}`);
    return sql`select ${asText(dialect, sql.lit(kind))} as kind, ${asText(dialect, line)} as id, ${sql.join(rest)} from ${within(dialect, kind, id)}`;
  };
  return sql<Line>`${sql.join([
    select('load_balancer', sql`load_balancer.id`, { own: written(dialect, outlineOf(dialect, 'load_balancer')) }),
    select('listener', sql`listener.id`, { own: written(dialect, outlineOf(dialect, 'listener')), pool: sql`listener.default_pool_id`, position: sql`listener.created_at` }),
    select('l7policy', sql`l7policy.listener_id`, { pool: sql`l7policy.redirect_pool_id`, position: sql`l7policy.position` }),
    select('pool', sql`pool.id`, { own: poolText(dialect) }),
  ], sql` union all `)}`.compile(db);
});

/** A pool with its monitor, whose key is left out when there is none, and its members by age. */
function poolText(dialect: DialectName): Fragment {
  const monitor = written(dialect, [sql`',"health_monitor":{'`, ...outlineOf(dialect, 'health_monitor'), sql`',"type":'`, textAsJson(dialect, sql`health_monitor.type`, ''), sql`'}'`]);
  const member = written(dialect, [
    sql`'{'`, ...outlineOf(dialect, 'member'),
    sql`',"address":'`, textAsJson(dialect, sql`member.ip_address`, ''), sql`',"protocol_port":'`, integerAsJson(dialect, sql`member.protocol_port`), sql`'}'`,
  ]);
  return written(dialect, [
    sql`'{'`, ...outlineOf(dialect, 'pool'),
    sql`coalesce((select ${monitor} from health_monitor where health_monitor.pool_id = pool.id), '')`,
    sql`',"members":['`, sql`coalesce((select ${listed(dialect, member, sql`member.created_at`, sql`member.id`)} from member where member.pool_id = pool.id), '')`, sql`']}'`,
  ]);
}

function outlineOf(dialect: DialectName, kind: Kind): Fragment[] {
  const column = (name: string) => textAsJson(dialect, sql.ref(`${kind}.${name}`), '');
  return [sql`'"id":'`, column('id'), sql`',"name":'`, column('name'), sql`',"operating_status":'`, column('operating_status'), sql`',"provisioning_status":'`, column('provisioning_status')];
}

function asText(dialect: DialectName, value: RawBuilder<unknown>): Fragment {
  return sql`cast(${value} as ${sql.raw(dialect === 'mysql' ? 'char' : 'text')})`;
}

/** The rows of a kind that belong to a load balancer; of policies only those that may send a request to another pool. */
function within(dialect: DialectName, kind: Kind | 'l7policy', id: string): Fragment {
  // MariaDB was seen to read every member there is and look up its pool; from the pools of one load balancer it finds the few that count.
  const join = sql.raw(dialect === 'mysql' ? 'straight_join' : 'inner join');
  switch (kind) {
    case 'load_balancer': return sql`load_balancer where load_balancer.id = ${id}`;
    case 'listener': case 'pool': return sql`${sql.table(kind)} where ${sql.ref(`${kind}.load_balancer_id`)} = ${id}`;
    case 'health_monitor': case 'member': return sql`pool ${join} ${sql.table(kind)} on ${sql.ref(`${kind}.pool_id`)} = pool.id where pool.load_balancer_id = ${id}`;
    case 'l7policy': return sql`listener ${join} l7policy on l7policy.listener_id = listener.id
      where listener.load_balancer_id = ${id} and l7policy.enabled and exists (select 1 from l7rule where l7rule.l7policy_id = l7policy.id)`;
  }
}
