import type { L7policy, Listener, Member, Pool } from '../../api/schema.ts';
import type { Condition } from '../../data/figures.ts';
import type { StatusTree } from '../../data/objects.ts';
import type { MessageKey } from '../../i18n/i18n.tsx';

type TreeMember = StatusTree['listeners'][number]['pools'][number]['members'][number];

/** A pool as drawn: what the list of pools says, and its members as far as they are known. */
export interface PoolNode {
  readonly pool: Pool;
  /** Names and statuses; null while they are not known. */
  readonly members: readonly TreeMember[] | null;
  /** Ids of those to show; absent: all. */
  readonly only?: readonly string[];
}

/** Everything that is drawn, in the order in which traffic passes it. */
export interface Topology {
  readonly listeners: readonly { readonly listener: Listener; readonly policies: readonly L7policy[]; /** Default pool and pools of policies. */ readonly poolIds: readonly string[] }[];
  readonly pools: readonly PoolNode[];
}

interface Named {
  readonly id: string;
  readonly name?: string;
}

/** An explanation in the reader's language, or in the words of whoever found it. */
export type Reason = { readonly key: MessageKey; readonly values?: Readonly<Record<string, string | number>> } | { readonly text: string };

interface Judged {
  readonly operating_status: string;
  readonly provisioning_status: string;
}

const WELL = new Set(['ONLINE', 'NO_MONITOR']);

/** False for what needs somebody's eye; unmonitored members are no trouble. */
const isWell = ({ operating_status: operating, provisioning_status: provisioning }: Judged) => WELL.has(operating) && provisioning !== 'ERROR';

/** Listeners by port, pools in the order in which listeners lead to them, so that lines seldom cross. */
export function topologyOf(parts: { readonly listeners: readonly Listener[]; readonly policies: ReadonlyMap<string, readonly L7policy[]>; readonly pools: readonly Pool[]; readonly tree: StatusTree | undefined; readonly members: ReadonlyMap<string, readonly Member[]> }): Topology {
  const inTree = new Map(parts.tree?.listeners.flatMap(({ pools }) => pools.map((pool) => [pool.id, pool.members] as const)));
  const listeners = parts.listeners.toSorted((a, b) => a.protocol_port - b.protocol_port).map((listener) => {
    const policies = parts.policies.get(listener.id) ?? [];
    return { listener, policies, poolIds: [...new Set([...policies.map(({ redirect_pool_id: id }) => id), listener.default_pool_id])].filter((id) => id !== null && id !== undefined) };
  });
  const order = listeners.flatMap(({ poolIds }) => poolIds);
  const placeOf = ({ id }: Pool) => (order.includes(id) ? order.indexOf(id) : order.length);
  const pools = parts.pools.toSorted((a, b) => placeOf(a) - placeOf(b) || byName(a, b));
  return { listeners, pools: pools.map((pool) => ({ pool, members: inTree.get(pool.id) ?? parts.members.get(pool.id)?.map(asTreeMember) ?? (pool.members.length === 0 ? [] : null) })) };
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** Names as people count: `web2` before `web10`. */
export const byName = (a: Named, b: Named) => collator.compare(nameOf(a), nameOf(b));

const asTreeMember = (member: Member): TreeMember => ({
  id: member.id, name: member.name, address: member.address, protocol_port: member.protocol_port, operating_status: member.operating_status, provisioning_status: member.provisioning_status,
});

/** Only what is not well, and what leads there. */
export function unhealthyOnly({ listeners, pools }: Topology): Topology {
  const troubled = pools.filter(({ pool, members }) => !isWell(pool) || members?.some((member) => !isWell(member)));
  const ids = new Set(troubled.map(({ pool }) => pool.id));
  return {
    listeners: listeners.filter(({ listener, policies, poolIds }) => !isWell(listener) || policies.some((policy) => !isWell(policy)) || poolIds.some((id) => ids.has(id))),
    pools: troubled.map(({ pool, members }) => ({ pool, members, ...(members !== null && { only: members.filter((member) => !isWell(member)).map(({ id }) => id) }) })),
  };
}

/** How many of them are in which status, the worst first. */
export function countStatuses(members: readonly Judged[]): readonly (readonly [status: string, count: number])[] {
  const order = ['ERROR', 'DEGRADED', 'OFFLINE', 'DRAINING', 'NO_MONITOR', 'ONLINE'];
  const counts = Map.groupBy(members, ({ operating_status: status }) => status);
  return [...counts].map(([status, found]) => [status, found.length] as const).toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b));
}

interface Explained extends Judged {
  readonly id: string;
  readonly admin_state_up?: boolean;
  readonly created_at?: string;
  readonly updated_at?: string | null;
}

/** Since when (a time of the API) and why an object is not green; null for one that is. */
export function explain(object: Explained, conditions: ReadonlyMap<string, Condition>, below: readonly (Judged & { readonly name: string })[] = []): { readonly since: string | null; readonly reason: Reason } | null {
  if (object.operating_status === 'ONLINE' && object.provisioning_status !== 'ERROR') return null;
  const condition = conditions.get(object.id);
  const isCurrent = condition?.operating_status === object.operating_status;
  const since = (isCurrent ? condition.since : null) ?? object.updated_at ?? object.created_at ?? null;
  return { since, reason: isCurrent && condition.reason !== null ? { text: condition.reason } : reasonOf(object, below) };
}

function reasonOf(object: Explained, below: readonly (Judged & { readonly name: string })[]): Reason {
  if (object.provisioning_status === 'ERROR') return { key: 'topology.reason.provisioning' };
  if (object.admin_state_up === false) return { key: 'topology.reason.admin-down' };
  if (object.operating_status === 'NO_MONITOR') return { key: 'topology.reason.no-monitor' };
  if (object.operating_status === 'DRAINING') return { key: 'topology.reason.draining' };
  const troubled = below.filter((one) => !isWell(one));
  if (troubled.length > 0) return { key: 'topology.reason.below', values: { count: troubled.length, all: below.length, names: troubled.slice(0, 3).map(({ name }) => name).join(', ') } };
  if (object.provisioning_status.startsWith('PENDING')) return { key: 'topology.reason.pending' };
  return { key: object.operating_status === 'OFFLINE' ? 'topology.reason.not-reported' : 'topology.reason.check-failed' };
}

/** What people call an object that may have no name. */
export const nameOf = (object: Named) => (object.name === undefined || object.name === '' ? object.id.slice(0, 8) : object.name);
