import { type Kysely, type RawBuilder, sql } from 'kysely';
import { databaseNow, databaseNowPlus } from './database-clock.ts';
import type { Database, Trx } from './database.ts';
import { dialectOf } from './dialect-of.ts';
import { executeLater } from './dialects/later.ts';

/** One entry of the history: who did what to which object, with which outcome. */
export interface StoredEvent {
  readonly id: string;
  /** Orders the stream; grows by one with each event. */
  readonly seq: bigint;
  readonly createdAt: string;
  readonly loadBalancerId: string | null;
  readonly projectId: string | null;
  readonly userId: string | null;
  readonly requestId: string | null;
  readonly objectType: string;
  readonly objectId: string | null;
  readonly action: string;
  readonly outcome: string;
  readonly reason: string | null;
}

export type NewEvent = Pick<StoredEvent, 'id' | 'objectType' | 'action' | 'outcome'> & Partial<Omit<StoredEvent, 'seq' | 'createdAt'>>;

/** MySQL's TEXT holds 65,535 bytes; a reason needs far less. */
const MAX_REASON = 4000;

/**
 * Adds events with the next numbers. The counter's row stays locked until the transaction ends, so numbers become visible
 * in order and a reader that pages by `afterSeq` misses none; append last, right before the transaction ends.
 */
export async function appendEvents(trx: Trx, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  const count = events.length;
  const numberAt = dialectOf(trx) === 'mysql' ? await takeUnseen(trx, count) : await take(trx, count);
  await executeLater(trx, insertOf(trx, events, numberAt));
}

function insertOf(trx: Trx, events: readonly NewEvent[], numberAt: NumberAt) {
  return trx.insertInto('ts_event').values(
    events.map((event, index) => ({
      id: event.id, seq: numberAt(index), created_at: databaseNow(trx), load_balancer_id: event.loadBalancerId ?? null, project_id: event.projectId ?? null,
      user_id: event.userId ?? null, request_id: event.requestId ?? null, object_type: event.objectType, object_id: event.objectId ?? null,
      action: event.action, outcome: event.outcome, reason: event.reason?.slice(0, MAX_REASON) ?? null,
    })),
  );
}

const COUNTER = 'event';

/** Numbers of one call, which follow each other. */
type NumberAt = (index: number) => RawBuilder<bigint>;

/** MySQL has no UPDATE ... RETURNING, but its session keeps what LAST_INSERT_ID() was set to: the numbers need not come here first. */
async function takeUnseen(trx: Trx, count: number): Promise<NumberAt> {
  await executeLater(trx, sql`insert into ts_counter (name, value) values (${COUNTER}, last_insert_id(${count})) on duplicate key update value = last_insert_id(value + ${count})`.compile(trx));
  return (index) => sql<bigint>`last_insert_id() - ${count - 1 - index}`;
}

async function take(trx: Trx, count: number): Promise<NumberAt> {
  const wanted = BigInt(count);
  let last = await advance(trx, wanted);
  if (last === null) {
    await trx.insertInto('ts_counter').values({ name: COUNTER, value: 0n }).onConflict((conflict) => conflict.doNothing()).execute();
    last = (await advance(trx, wanted)) ?? wanted;
  }
  const first = last - wanted + 1n;
  return (index) => sql<bigint>`${first + BigInt(index)}`;
}

/** The counter's new value in the statement that changes it; null when there is no counter yet. */
async function advance(trx: Trx, count: bigint): Promise<bigint | null> {
  const rows = await trx.updateTable('ts_counter').set({ value: sql<bigint>`value + ${count}` }).where('name', '=', COUNTER).returning('value').execute();
  return rows[0]?.value ?? null;
}

export interface EventQuery {
  readonly loadBalancerId?: string;
  readonly projectId?: string;
  /** Only events after this number, oldest first. Without it the newest, newest first. */
  readonly afterSeq?: bigint;
  readonly limit: number;
}

export async function listEvents(db: Kysely<Database>, query: EventQuery): Promise<readonly StoredEvent[]> {
  const { loadBalancerId, projectId, afterSeq } = query;
  let select = db.selectFrom('ts_event').selectAll().limit(query.limit).orderBy('seq', afterSeq === undefined ? 'desc' : 'asc').orderBy('id');
  if (loadBalancerId !== undefined) select = select.where('load_balancer_id', '=', loadBalancerId);
  if (projectId !== undefined) select = select.where('project_id', '=', projectId);
  if (afterSeq !== undefined) select = select.where('seq', '>', afterSeq);
  return (await select.execute()).map(toEvent);
}

/** Forgets events older than so many seconds; returns how many. */
export async function purgeEvents(trx: Trx, olderThanSeconds: number): Promise<number> {
  const deleted = await trx.deleteFrom('ts_event').where('created_at', '<', databaseNowPlus(trx, -olderThanSeconds)).executeTakeFirst();
  return Number(deleted.numDeletedRows);
}

function toEvent(row: Database['ts_event']): StoredEvent {
  return {
    id: row.id, seq: row.seq, createdAt: row.created_at, loadBalancerId: row.load_balancer_id, projectId: row.project_id, userId: row.user_id, requestId: row.request_id,
    objectType: row.object_type, objectId: row.object_id, action: row.action, outcome: row.outcome, reason: row.reason,
  };
}
