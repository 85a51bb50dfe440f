import { type Kysely, sql } from 'kysely';
import { toSqlDatetime } from '../../lib/clock.ts';
import type { Database, Trx } from '../database.ts';
import { dialectOf } from '../dialect-of.ts';
import type { Rollout, Step, StepFacts } from './rollout.ts';

const CHUNK = 500;

/** The rollout with this id, or the newest, unfinished or not; null when there is none. */
export async function readRollout(db: Kysely<Database>, id?: string): Promise<Rollout | null> {
  const all = db.selectFrom('ts_rollout').selectAll().orderBy('created_at', 'desc').orderBy('id').limit(1);
  const row = await (id === undefined ? all : all.where('id', '=', id)).executeTakeFirst();
  return row === undefined ? null : toRollout(row);
}

/** Locks the one rollout that is not over, so that one housekeeper at a time moves it; null when there is none. */
export async function lockOpenRollout(trx: Trx): Promise<Rollout | null> {
  const query = trx.selectFrom('ts_rollout').selectAll().where('state', 'in', ['running', 'paused', 'halted', 'aborted']).orderBy('created_at', 'desc').limit(1);
  const row = await (dialectOf(trx) === 'sqlite' ? query : query.forUpdate()).executeTakeFirst();
  return row === undefined ? null : toRollout(row);
}

/**
 * Lets one rollout begin at a time, until the transaction ends: where there is none yet, there is no row of its own to lock.
 * First in its transaction: on MySQL a plain read would fix the picture of all later ones.
 */
export async function lockStart(trx: Trx): Promise<void> {
  // On PostgreSQL an error would end the transaction, so a racing insert must not be one.
  const insert = trx.insertInto('ts_counter').values({ name: 'rollout', value: 0n });
  await (dialectOf(trx) === 'mysql' ? insert.ignore() : insert.onConflict((conflict) => conflict.doNothing())).execute();
  await trx.updateTable('ts_counter').set({ value: sql<bigint>`value + 1` }).where('name', '=', 'rollout').execute();
}

/** In the order in which they are taken. */
export async function readSteps(db: Kysely<Database>, rolloutId: string): Promise<readonly Step[]> {
  const rows = await db.selectFrom('ts_rollout_step').selectAll().where('rollout_id', '=', rolloutId).orderBy('position').execute();
  return rows.map((row) => ({
    amphoraId: row.amphora_id, loadBalancerId: row.load_balancer_id, isCanary: row.is_canary, state: row.state, operatingBefore: row.operating_before,
    startedAtMs: fromSqlDatetime(row.started_at), endedAtMs: fromSqlDatetime(row.ended_at), reason: row.reason,
  }));
}

/** What the rows say of these steps now. */
export async function readFacts(trx: Trx, rollout: Rollout, steps: readonly Step[]): Promise<(step: Step) => StepFacts> {
  const amphorae = new Map<string, { status: string; image_id: string | null }>();
  const newImages = new Map<string, (string | null)[]>();
  const loadBalancers = new Map<string, { provisioning_status: string; operating_status: string }>();
  const wished = new Set<string>();
  const stepIds = new Set((await trx.selectFrom('ts_rollout_step').select('amphora_id').where('rollout_id', '=', rollout.id).execute()).map((row) => row.amphora_id));
  for (let start = 0; start < steps.length; start += CHUNK) {
    const part = steps.slice(start, start + CHUNK);
    const amphoraIds = part.map(({ amphoraId }) => amphoraId);
    const loadBalancerIds = part.flatMap(({ loadBalancerId }) => loadBalancerId ?? []);
    for (const row of await trx.selectFrom('amphora').select(['id', 'status', 'image_id']).where('id', 'in', amphoraIds).execute()) amphorae.set(row.id, row);
    for (const row of await trx.selectFrom('ts_request').select('amphora_id').where('amphora_id', 'in', amphoraIds).execute()) if (row.amphora_id !== null) wished.add(row.amphora_id);
    if (loadBalancerIds.length === 0) continue;
    for (const row of await trx.selectFrom('load_balancer').select(['id', 'provisioning_status', 'operating_status']).where('id', 'in', loadBalancerIds).execute()) loadBalancers.set(row.id, row);
    const present = await trx.selectFrom('amphora').select(['id', 'load_balancer_id', 'image_id']).where('load_balancer_id', 'in', loadBalancerIds).where('status', '=', 'ALLOCATED').execute();
    for (const { id, load_balancer_id: owner, image_id: image } of present) if (owner !== null && !stepIds.has(id)) newImages.set(owner, [...(newImages.get(owner) ?? []), image]);
  }
  return ({ amphoraId, loadBalancerId }) => {
    const amphora = amphorae.get(amphoraId);
    const loadBalancer = loadBalancerId === null ? undefined : loadBalancers.get(loadBalancerId);
    return {
      amphoraStatus: amphora?.status ?? null, amphoraImageId: amphora?.image_id ?? null, isWished: wished.has(amphoraId),
      provisioningStatus: loadBalancer?.provisioning_status ?? null, operatingStatus: loadBalancer?.operating_status ?? null,
      newImageIds: loadBalancerId === null ? [] : (newImages.get(loadBalancerId) ?? []),
    };
  };
}

/** Changes one step; `at` is when. */
export async function writeStep(trx: Trx, rolloutId: string, step: Step, change: Partial<Pick<Database['ts_rollout_step'], 'state' | 'started_at' | 'ended_at' | 'reason' | 'operating_before'>>): Promise<void> {
  await trx.updateTable('ts_rollout_step').set(change).where('rollout_id', '=', rolloutId).where('amphora_id', '=', step.amphoraId).execute();
}

export async function writeState(trx: Trx, rolloutId: string, state: Rollout['state'], reason: string | null, nowMs: number): Promise<void> {
  await trx.updateTable('ts_rollout').set({ state, reason, updated_at: toSqlDatetime(nowMs) }).where('id', '=', rolloutId).execute();
}

function toRollout(row: Database['ts_rollout']): Rollout {
  return {
    id: row.id, kind: row.kind, state: row.state, imageId: row.image_id, canary: row.canary, perMinute: row.per_minute, parallel: row.parallel, soakSeconds: row.soak_seconds,
    createdAtMs: fromSqlDatetime(row.created_at) ?? 0, reason: row.reason,
  };
}

function fromSqlDatetime(text: string | null): number | null {
  return text === null ? null : Date.parse(`${text.replace(' ', 'T')}Z`);
}
