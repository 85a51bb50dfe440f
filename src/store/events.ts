import { type Kysely, sql } from 'kysely';
import { compiledOnce } from './compiled-once.ts';
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
  const numberAt = dialectOf(trx) === 'mysql' ? await takeUnseen(trx, events.length) : await take(trx, events.length);
  const rows = events.map((event, index) => valuesOf(event, numberAt(index)));
  const [row, ...more] = rows;
  if (row) await executeLater(trx, more.length === 0 ? insertOne(trx, row) : insertOf(trx, rows).compile());
}

/**
 * Waits for the transactions that have appended and not ended: what they wrote can be seen afterwards, or never will be. Takes
 * a number that no event gets, so that a node of Galera notices what another one is committing.
 */
export async function awaitAppended(trx: Trx): Promise<void> {
  await (dialectOf(trx) === 'mysql' ? takeUnseen(trx, 1) : take(trx, 1));
}

/** In the order of `insertOf`. */
function valuesOf(event: NewEvent, number: number | bigint): readonly unknown[] {
  return [
    event.id, number, event.loadBalancerId ?? null, event.projectId ?? null, event.userId ?? null, event.requestId ?? null, event.objectType, event.objectId ?? null,
    event.action, event.outcome, event.reason?.slice(0, MAX_REASON) ?? null,
  ];
}

/** Nearly always it is one. */
const insertOne = compiledOnce((db, slot) => insertOf(db, [Array.from({ length: 11 }, (_, index) => slot(index))]).compile());

function insertOf(db: Kysely<Database>, rows: readonly (readonly unknown[])[]) {
  const isMysql = dialectOf(db) === 'mysql';
  const values = rows.map(([id, number, load_balancer_id, project_id, user_id, request_id, object_type, object_id, action, outcome, reason]) => ({
    id: sql<string>`${id}`, seq: isMysql ? sql<bigint>`last_insert_id() - ${number}` : sql<bigint>`${number}`, created_at: databaseNow(db),
    load_balancer_id: sql<string | null>`${load_balancer_id}`, project_id: sql<string | null>`${project_id}`, user_id: sql<string | null>`${user_id}`,
    request_id: sql<string | null>`${request_id}`, object_type: sql<string>`${object_type}`, object_id: sql<string | null>`${object_id}`, action: sql<string>`${action}`,
    outcome: sql<string>`${outcome}`, reason: sql<string | null>`${reason}`,
  }));
  return db.insertInto('ts_event').values(values);
}

/** The numbers of one call follow each other. On MySQL they are known to its session only: this is how far each is from the last. */
type NumberAt = (index: number) => number | bigint;

const COUNTER = 'event';

/** MySQL has no UPDATE ... RETURNING, but its session keeps what LAST_INSERT_ID() was set to: the numbers need not come here first. */
async function takeUnseen(trx: Trx, count: number): Promise<NumberAt> {
  await executeLater(trx, advanceUnseen(trx, [count]));
  return (index) => count - 1 - index;
}

const advanceUnseen = compiledOnce((db, slot) =>
  sql`insert into ts_counter (name, value) values (${COUNTER}, last_insert_id(${slot(0)})) on duplicate key update value = last_insert_id(value + ${slot(0)})`.compile(db),
);

async function take(trx: Trx, count: number): Promise<NumberAt> {
  const wanted = BigInt(count);
  let last = await advance(trx, wanted);
  if (last === null) {
    await trx.insertInto('ts_counter').values({ name: COUNTER, value: 0n }).onConflict((conflict) => conflict.doNothing()).execute();
    last = (await advance(trx, wanted)) ?? wanted;
  }
  const first = last - wanted + 1n;
  return (index) => first + BigInt(index);
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

/** Events forgotten in one transaction, so that none holds its locks for long. */
const PURGE_BATCH = 1000;

/** Forgets some of the events that are older than so many seconds, oldest first; returns how many. Call again until there are none. */
export async function purgeEvents(trx: Trx, olderThanSeconds: number): Promise<number> {
  // Only the oldest are looked at: numbers grow with time, and there is no index on the time.
  const rows = await trx
    .selectFrom(trx.selectFrom('ts_event').select(['id', 'created_at']).orderBy('seq').limit(PURGE_BATCH).as('oldest'))
    .select('id').where('created_at', '<', databaseNowPlus(trx, -olderThanSeconds)).execute();
  if (rows.length > 0) await trx.deleteFrom('ts_event').where('id', 'in', rows.map((row) => row.id)).execute();
  return rows.length;
}

function toEvent(row: Database['ts_event']): StoredEvent {
  return {
    id: row.id, seq: row.seq, createdAt: row.created_at, loadBalancerId: row.load_balancer_id, projectId: row.project_id, userId: row.user_id, requestId: row.request_id,
    objectType: row.object_type, objectId: row.object_id, action: row.action, outcome: row.outcome, reason: row.reason,
  };
}
