import type { Kysely } from 'kysely';
import { toSqlDatetime } from '../lib/clock.ts';
import type { Database } from './database.ts';

/** An amphora as operators ask for it. */
export interface FleetRow {
  readonly amphoraId: string;
  readonly loadBalancerName: string | null;
  readonly projectId: string | null;
  /** Null: never heard. */
  readonly heardAtMs: number | null;
  /** A failover of it is under way. */
  readonly isBusy: boolean;
}

/** Every amphora that is not deleted, with whom it serves and when it was heard last. */
export async function readFleet(db: Kysely<Database>): Promise<readonly FleetRow[]> {
  const rows = await db
    .selectFrom('amphora')
    .leftJoin('amphora_health', 'amphora_health.amphora_id', 'amphora.id')
    .leftJoin('load_balancer', 'load_balancer.id', 'amphora.load_balancer_id')
    .select(['amphora.id', 'amphora_health.last_update', 'amphora_health.busy', 'load_balancer.name', 'load_balancer.project_id'])
    .where('amphora.status', '<>', 'DELETED')
    .orderBy('amphora.id')
    .execute();
  return rows.map((row) => ({
    amphoraId: row.id, loadBalancerName: row.name, projectId: row.project_id, isBusy: row.busy === true,
    heardAtMs: row.last_update === null ? null : Date.parse(`${row.last_update.replace(' ', 'T')}Z`),
  }));
}

/** Those of these amphorae that were heard since then. */
export async function listHeard(db: Kysely<Database>, amphoraIds: readonly string[], sinceMs: number): Promise<readonly string[]> {
  if (amphoraIds.length === 0) return [];
  const rows = await db.selectFrom('amphora_health').select('amphora_id').where('amphora_id', 'in', amphoraIds).where('last_update', '>=', toSqlDatetime(sinceMs)).execute();
  return rows.map((row) => row.amphora_id);
}

/** Statuses of amphorae that have to be heard: those that serve, and spares that wait to. */
const IN_SERVICE = ['ALLOCATED', 'FAILOVER_STOPPED', 'READY'] as const;

/** Amphorae in service that nobody has heard since `silentSinceMs` and that nobody replaces yet. Those of load balancers whose deletion is tried again are to be silent. */
function silentAmphorae(db: Kysely<Database>, silentSinceMs: number) {
  return db
    .selectFrom('amphora_health')
    .innerJoin('amphora', 'amphora.id', 'amphora_health.amphora_id')
    .where('amphora_health.busy', '=', false)
    .where('amphora_health.last_update', '<', toSqlDatetime(silentSinceMs))
    .where('amphora.status', 'in', [...IN_SERVICE])
    .where((of) => of.not(of.exists(
      of.selectFrom('ts_request').select('ts_request.id').where('ts_request.kind', '=', 'delete_object')
        .whereRef('ts_request.load_balancer_id', '=', 'amphora.load_balancer_id').whereRef('ts_request.amphora_id', '=', 'amphora.load_balancer_id'),
    )));
}

/** A silent amphora; a spare serves no load balancer. */
export interface SilentAmphora {
  readonly amphoraId: string;
  readonly loadBalancerId: string | null;
}

/** Silent amphorae, longest silent first, and how many are in service at all. */
export async function findSilent(db: Kysely<Database>, silentSinceMs: number): Promise<{ readonly silent: readonly SilentAmphora[]; readonly inService: number }> {
  const silent = await silentAmphorae(db, silentSinceMs)
    .select(['amphora.id as amphoraId', 'amphora.load_balancer_id as loadBalancerId'])
    .orderBy('amphora_health.last_update')
    .execute();
  const counted = await db.selectFrom('amphora').select((eb) => eb.fn.countAll<number>().as('n')).where('status', 'in', [...IN_SERVICE]).executeTakeFirst();
  return { silent, inService: Number(counted?.n ?? 0) };
}

/** How many amphorae in service are silent. */
export interface Silence {
  readonly inService: number;
  readonly silent: number;
  /** Of which no failover is begun any more, until they are heard again. */
  readonly stopped: number;
  /** UTC time at which the first of those was stopped. */
  readonly stoppedSince: string | null;
}

/** Counts as the health managers do. */
export async function countSilence(db: Kysely<Database>, silentSinceMs: number): Promise<Silence> {
  const states = await db
    .selectFrom('amphora')
    .select((eb) => ['status', eb.fn.countAll<number>().as('count'), eb.fn.min('updated_at').as('since')])
    .where('status', 'in', [...IN_SERVICE])
    .groupBy('status')
    .execute();
  const silent = await silentAmphorae(db, silentSinceMs).select((eb) => eb.fn.countAll<number>().as('count')).executeTakeFirst();
  const stopped = states.find(({ status }) => status === 'FAILOVER_STOPPED');
  return {
    inService: states.reduce((sum, { count }) => sum + Number(count), 0), silent: Number(silent?.count ?? 0), stopped: Number(stopped?.count ?? 0),
    stoppedSince: stopped?.since?.slice(0, 19).replace(' ', 'T') ?? null,
  };
}
