import type { Kysely } from 'kysely';
import type { AmphoraStatus } from '../model/enums.ts';
import { databaseNow } from './database-clock.ts';
import type { Database } from './database.ts';

export interface SweepOptions {
  /** Providers that our worker serves; load balancers without a provider count as the first one's. */
  readonly providers: readonly string[];
  readonly limit: number;
}

/** Amphorae that a finished load balancer does not have. */
const UNFINISHED: readonly AmphoraStatus[] = ['PENDING_CREATE', 'BOOTING', 'PENDING_DELETE'];

/**
 * Load balancers that wait for work and are nobody's: PENDING_*, with a request, with an amphora under way, or with a
 * retry that is due; without a live lease and not backing off. Four index ranges, so the cost follows the work and not
 * the number of load balancers.
 */
export async function findWork(db: Kysely<Database>, options: SweepOptions): Promise<readonly string[]> {
  const rows = await workQuery(db, options).execute();
  return rows.map((row) => row.id);
}

/** The statement of `findWork`. */
export function workQuery(db: Kysely<Database>, options: SweepOptions) {
  const now = databaseNow(db);
  const candidates = db
    .selectFrom('load_balancer').select('load_balancer.id as id').where('load_balancer.provisioning_status', 'in', ['PENDING_CREATE', 'PENDING_UPDATE', 'PENDING_DELETE'])
    .union(db.selectFrom('ts_request').select('load_balancer_id as id').where('load_balancer_id', 'is not', null).$narrowType<{ id: string }>())
    .union(db.selectFrom('amphora').select('load_balancer_id as id').where('status', 'in', UNFINISHED).where('load_balancer_id', 'is not', null).$narrowType<{ id: string }>())
    .union(db.selectFrom('ts_lease').select('load_balancer_id as id').where('next_attempt_at', '<=', now));
  return db
    .selectFrom(candidates.as('candidate'))
    .innerJoin('load_balancer', 'load_balancer.id', 'candidate.id')
    .leftJoin('ts_lease', 'ts_lease.load_balancer_id', 'candidate.id')
    .select('load_balancer.id')
    .where('load_balancer.provisioning_status', '<>', 'DELETED')
    .where((row) => row.or([row('load_balancer.provider', 'is', null), row('load_balancer.provider', 'in', options.providers)]))
    .where((row) => row.or([row('ts_lease.owner', 'is', null), row('ts_lease.expires_at', '<', now)]))
    .where((row) => row.or([row('ts_lease.next_attempt_at', 'is', null), row('ts_lease.next_attempt_at', '<=', now)]))
    .limit(options.limit);
}

/**
 * ACTIVE load balancers with fewer amphorae than their topology needs (rows lost or DELETED behind our back). Looks at
 * every load balancer, so run it far less often than `findWork`.
 */
export async function findIncomplete(db: Kysely<Database>, options: SweepOptions): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('load_balancer')
    .leftJoin('amphora', (join) => join.onRef('amphora.load_balancer_id', '=', 'load_balancer.id').on('amphora.status', '<>', 'DELETED'))
    .select('load_balancer.id')
    .where('load_balancer.provisioning_status', '=', 'ACTIVE')
    .where((row) => row.or([row('load_balancer.provider', 'is', null), row('load_balancer.provider', 'in', options.providers)]))
    .groupBy(['load_balancer.id', 'load_balancer.topology'])
    .having((row) => row(row.fn.count('amphora.id'), '<', row.case().when('load_balancer.topology', '=', 'ACTIVE_STANDBY').then(2).else(1).end()))
    .limit(options.limit)
    .execute();
  return rows.map((row) => row.id);
}
