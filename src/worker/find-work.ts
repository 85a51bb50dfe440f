import { databaseNow } from '../store/database-clock.ts';
import type { Store } from '../store/database.ts';
import type { RequestKind } from '../store/requests.ts';
import type { Place } from './fair-line.ts';

/** Names under which the API stores the amphora provider; rows from before providers existed have none. */
const PROVIDERS = ['amphora', 'octavia', 'amphorav2'] as const;

export function isOctaviaProvider(provider: string | null): boolean {
  return provider === null || PROVIDERS.some((name) => name === provider);
}

/** What is remembered of failures: their retries find it. */
const REMEMBERED: RequestKind[] = ['delete_object', 'announce_creation'];

const PENDING = ['PENDING_CREATE', 'PENDING_UPDATE', 'PENDING_DELETE'] as const;

/** A load balancer that waits, and where it stands in line. */
export interface Work extends Place { readonly id: string }

/** Most load balancers found in one look; the next look finds the rest. */
const BATCH = 500;

/**
 * Load balancers that wait for a worker: PENDING_*, with an unfulfilled wish, with a failed attempt whose successor is
 * due, or with a lease that was not given back; and that no live lease covers. This is what a lost cast or a killed process leaves behind.
 */
export async function findWork(store: Store): Promise<readonly Work[]> {
  const { read } = store;
  const free = read.selectFrom('load_balancer as lb')
    .leftJoin('ts_lease as lease', 'lease.load_balancer_id', 'lb.id')
    .select(['lb.id', 'lb.provisioning_status', 'lb.project_id'])
    .where((row) => row.or([row('lb.provider', 'is', null), row('lb.provider', 'in', [...PROVIDERS])]))
    .where((row) => row.or([row('lease.owner', 'is', null), row('lease.expires_at', '<', databaseNow(read))]))
    .where((row) => row.or([row('lease.next_attempt_at', 'is', null), row('lease.next_attempt_at', '<=', databaseNow(read))]));
  const [pending, retries, wished] = await Promise.all([
    free.where('lb.provisioning_status', 'in', [...PENDING]).orderBy('lb.id').limit(BATCH).execute(),
    // What a process began of an ACTIVE one and died over, as a failover that joined a creation, is told by its lease alone.
    free.where((row) => row.or([row('lease.attempts', '>', 0), row('lease.owner', 'is not', null)])).where('lb.provisioning_status', 'in', ['ACTIVE', 'ERROR']).orderBy('lb.id').limit(BATCH).execute(),
    free.where('lb.id', 'in', read.selectFrom('ts_request').select('load_balancer_id').where('load_balancer_id', 'is not', null).where('kind', 'not in', REMEMBERED).$castTo<{ load_balancer_id: string }>())
      .where('lb.provisioning_status', '<>', 'DELETED').orderBy('lb.id').limit(BATCH).execute(),
  ]);
  const isWished = new Set(wished.map(({ id }) => id));
  const isRetried = new Set(retries.map(({ id }) => id));
  const found = new Map([...pending, ...retries, ...wished].map((row) => [row.id, row]));
  return [...found.values()].map(({ id, provisioning_status, project_id }): Work => {
    const isNew = provisioning_status === 'PENDING_CREATE';
    const urgency = isWished.has(id) ? 'repair' : isNew ? 'creation' : isRetried.has(id) ? 'retry' : 'change';
    return { id, urgency, project: urgency === 'creation' || urgency === 'retry' ? (project_id ?? '') : '' };
  });
}
