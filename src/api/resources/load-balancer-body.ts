import type { Kysely } from 'kysely';
import { healthMonitor } from '../../model/resources/health-monitor.ts';
import { l7policy } from '../../model/resources/l7policy.ts';
import { l7rule } from '../../model/resources/l7rule.ts';
import { listener } from '../../model/resources/listener.ts';
import { loadBalancer } from '../../model/resources/load-balancer.ts';
import { member } from '../../model/resources/member.ts';
import { pool } from '../../model/resources/pool.ts';
import type { Resource } from '../../model/resources/resource.ts';
import { serialise, type Computed, type Row } from '../../model/resources/serialise.ts';
import type { Database } from '../../store/database.ts';
import {
  healthMonitorRelations, l7policyRelations, l7ruleRelations, listenerRelations, loadBalancerRelations, memberRelations, poolRelations, type Relations,
} from '../../store/resources/relations.ts';
import { selectRow, selectRows, type SortKey } from '../../store/resources/row-query.ts';
import { notFound } from '../machinery/faults.ts';

type Db = Kysely<Database>;

/** The answer of a create: the load balancer with every child in full instead of by id. */
export async function fullLoadBalancerBody(db: Db, id: string): Promise<Record<string, unknown>> {
  const row = await selectRow(db, loadBalancer, id);
  if (!row) throw notFound('Load Balancer', id);
  const computed = (await loadBalancerRelations.load(db, [row])).get(id) ?? {};
  const hasListeners = isFilled(computed['listeners']);
  const hasPools = isFilled(computed['pools']);
  const listeners = hasListeners ? await inFull(db, listener, listenerRelations, { column: 'load_balancer_id', value: id }, (child, known) => listenerExtras(db, child, known)) : [];
  const pools = hasPools ? await inFull(db, pool, poolRelations, { column: 'load_balancer_id', value: id }, (child, known) => poolExtras(db, child, known)) : [];
  return { [loadBalancer.root]: serialise(loadBalancer, row, { ...computed, listeners, pools }) };
}

const isFilled = (list: unknown) => Array.isArray(list) && list.length > 0;

interface Extras {
  /** Replace what the plain answer shows; undefined leaves a key out. */
  readonly computed: Computed;
  /** Keys only full answers have. */
  readonly added?: Computed;
}

async function inFull(db: Db, resource: Resource, relations: Relations, filter: { column: string; value: string }, extras: (row: Row, known: Computed) => Promise<Extras>): Promise<unknown[]> {
  const sort = ORDER[resource.table] ?? CREATION_ORDER;
  const rows = await selectRows(db, resource, { filters: [filter], tags: {}, sort, marker: null, isReversed: false, limit: null });
  if (rows === 'unknown-marker') return [];
  const related = await relations.load(db, rows);
  const bodies: unknown[] = [];
  for (const row of rows) {
    const known = related.get(String(row['id'])) ?? {};
    const { computed, added } = await extras(row, known);
    bodies.push({ ...serialise(resource, row, { ...known, ...computed }), ...added });
  }
  return bodies;
}

const CREATION_ORDER: readonly SortKey[] = [{ column: 'created_at', direction: 'asc' }, { column: 'id', direction: 'asc' }];
const ORDER: Readonly<Record<string, readonly SortKey[]>> = { l7policy: [{ column: 'position', direction: 'asc' }] };

const plain = async (): Promise<Extras> => ({ computed: {} });

/** What the plain answer shows to be empty is not looked for: a request may bring thousands of listeners. */
async function listenerExtras(db: Db, row: Row, known: Computed): Promise<Extras> {
  const policies = !isFilled(known['l7policies']) ? [] : await inFull(db, l7policy, l7policyRelations, { column: 'listener_id', value: String(row['id']) }, (policy, of) => policyExtras(db, policy, of));
  return { computed: { l7policies: policies, loadbalancers: undefined } };
}

async function policyExtras(db: Db, row: Row, known: Computed): Promise<Extras> {
  return { computed: { rules: !isFilled(known['rules']) ? [] : await inFull(db, l7rule, l7ruleRelations, { column: 'l7policy_id', value: String(row['id']) }, plain) } };
}

async function poolExtras(db: Db, row: Row, known: Computed): Promise<Extras> {
  const own = { column: 'pool_id', value: String(row['id']) };
  const members = !isFilled(known['members']) ? [] : await inFull(db, member, memberRelations, own, plain);
  const [monitor] = known['healthmonitor_id'] === undefined ? [] : await inFull(db, healthMonitor, healthMonitorRelations, own, async () => ({ computed: { pools: undefined } }));
  return { computed: { members, loadbalancers: undefined, healthmonitor_id: undefined }, added: { healthmonitor: monitor ?? null } };
}
