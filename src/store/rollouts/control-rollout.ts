import { randomUUID } from 'node:crypto';
import { toSqlDatetime } from '../../lib/clock.ts';
import { OctaviaError } from '../../lib/errors.ts';
import type { Store, Trx } from '../database.ts';
import type { Rollout, Step, StepState } from './rollout.ts';
import { lockOpenRollout, lockStart, readRollout, readSteps, writeState } from './rollout-rows.ts';

/** An order that does not fit the state of things. */
export class RolloutRefused extends OctaviaError {
  constructor(message: string) {
    super('rollout-refused', message);
  }
}

export type RolloutWish = Pick<Rollout, 'kind' | 'imageId' | 'canary' | 'perMinute' | 'parallel' | 'soakSeconds'>;

/** Begins a rollout over every amphora that needs it: BACKUP before MASTER, so that a pair moves its address once. Throws RolloutRefused. */
export async function startRollout(store: Store, wish: RolloutWish, nowMs: number): Promise<{ readonly id: string; readonly steps: number }> {
  return await store.transaction(async (trx) => {
    await lockStart(trx);
    const open = await lockOpenRollout(trx);
    if (open !== null) throw new RolloutRefused(`rollout ${open.id} is ${open.state}: resume or abort it first`);
    const amphorae = await candidates(trx, wish);
    if (amphorae.length === 0) throw new RolloutRefused('there is no amphora that needs it');
    const id = randomUUID();
    const now = toSqlDatetime(nowMs);
    await trx.insertInto('ts_rollout').values({
      id, kind: wish.kind, state: 'running', image_id: wish.imageId, canary: wish.canary, per_minute: wish.perMinute, parallel: wish.parallel, soak_seconds: wish.soakSeconds, created_at: now, updated_at: now,
    }).execute();
    const rows = amphorae.map((amphora, position) => ({
      rollout_id: id, amphora_id: amphora.id, load_balancer_id: amphora.load_balancer_id, position, is_canary: position < wish.canary, state: 'waiting' as const,
    }));
    for (let start = 0; start < rows.length; start += 500) await trx.insertInto('ts_rollout_step').values(rows.slice(start, start + 500)).execute();
    return { id, steps: rows.length };
  });
}

const TURN: Readonly<Record<string, number>> = { BACKUP: 0, STANDALONE: 1, MASTER: 2 };

async function candidates(trx: Trx, { kind, imageId, canary }: RolloutWish) {
  const rows = await trx.selectFrom('amphora').select(['id', 'load_balancer_id', 'role', 'image_id']).where('status', 'in', ['ALLOCATED', 'READY']).orderBy('created_at').orderBy('id').execute();
  const turnOf = (row: (typeof rows)[number]): number => TURN[row.role ?? ''] ?? 1;
  const needy = rows.filter((row) => kind === 'configure' || imageId === null || row.image_id !== imageId);
  const serving = needy.filter((row) => row.load_balancer_id !== null).toSorted((one, other) => turnOf(one) - turnOf(other));
  // Spare amphorae prove nothing, so canaries go first; but until they are new ones the pool has nothing to give.
  return [...serving.slice(0, canary), ...needy.filter((row) => row.load_balancer_id === null), ...serving.slice(canary)];
}

/** What can be asked of a rollout under way. */
export const ROLLOUT_ORDERS = ['pause', 'resume', 'abort'] as const;
export type RolloutOrder = (typeof ROLLOUT_ORDERS)[number];

/** `resume` tries failed steps again. With an id it is for that rollout only. Throws RolloutRefused. */
export async function orderRollout(store: Store, order: RolloutOrder, nowMs: number, id?: string): Promise<Rollout> {
  return await store.transaction(async (trx) => {
    const rollout = await lockOpenRollout(trx);
    if (rollout === null || rollout.state === 'aborted' || (id !== undefined && rollout.id !== id)) throw new RolloutRefused('there is no rollout under way');
    if (order === 'pause' && rollout.state !== 'running') throw new RolloutRefused(`the rollout is ${rollout.state}`);
    if (order === 'resume' && rollout.state === 'running') throw new RolloutRefused('the rollout is running');
    if (order === 'resume') await trx.updateTable('ts_rollout_step').set({ state: 'waiting', reason: null, started_at: null, ended_at: null }).where('rollout_id', '=', rollout.id).where('state', '=', 'failed').execute();
    const state = ({ pause: 'paused', resume: 'running', abort: 'aborted' } as const)[order];
    await writeState(trx, rollout.id, state, null, nowMs);
    return { ...rollout, state };
  });
}

export interface RolloutStatus {
  readonly rollout: Rollout;
  readonly counts: Readonly<Record<StepState, number>>;
  /** Steps worth a look: failed, skipped and under way. */
  readonly notable: readonly Step[];
}

/** Of the newest rollout, or the one with this id; null when there is none. */
export async function rolloutStatus(store: Store, id?: string): Promise<RolloutStatus | null> {
  const rollout = await readRollout(store.read, id);
  if (rollout === null) return null;
  const steps = await readSteps(store.read, rollout.id);
  const counts = { waiting: 0, started: 0, soaking: 0, done: 0, failed: 0, skipped: 0 };
  for (const { state } of steps) counts[state] += 1;
  return { rollout, counts, notable: steps.filter(({ state }) => state !== 'waiting' && state !== 'done') };
}
