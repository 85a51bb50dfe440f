import type { Kysely } from 'kysely';
import type { Database, Trx } from './database.ts';
import { dialectOf } from './dialect-of.ts';
import { executeLater } from './dialects/later.ts';

/** What is counted, named as the columns of `quotas`. */
export const QUOTA_TYPES = ['load_balancer', 'listener', 'pool', 'health_monitor', 'member', 'l7policy', 'l7rule'] as const;
export type QuotaType = (typeof QUOTA_TYPES)[number];

/** Limits of projects without an own value (`[quotas] default_*_quota`); -1 is unlimited. */
export type QuotaDefaults = Readonly<Record<QuotaType, number>>;

/** Own limits of one project; null follows the default. */
export type QuotaLimits = Readonly<Record<QuotaType, number | null>>;

const UNLIMITED = -1;

/**
 * Takes `count` objects out of a project's quota, or answers false and takes nothing. Call it before the rows are
 * inserted. The project's row stays locked until the transaction ends; with `auth_strategy = noauth` do not call it.
 */
export async function reserveQuota(trx: Trx, projectId: string, type: QuotaType, count: number, defaults: QuotaDefaults): Promise<boolean> {
  const exceeded = await reserveMany(trx, projectId, { [type]: count }, defaults);
  return exceeded.length === 0;
}

/** Takes several kinds at once, all or nothing; answers the kinds that would exceed their limit, in the order of QUOTA_TYPES. */
export async function reserveMany(
  trx: Trx, projectId: string, counts: Readonly<Partial<Record<QuotaType, number>>>, defaults: QuotaDefaults,
): Promise<readonly QuotaType[]> {
  const asked = QUOTA_TYPES.filter((type) => (counts[type] ?? 0) > 0);
  if (asked.length === 0) return [];
  await ensureRow(trx, projectId);
  const row = await readLocked(trx, projectId);
  const exceeded: QuotaType[] = [];
  const usage: Partial<Record<`in_use_${QuotaType}`, number>> = {};
  for (const type of asked) {
    // Null and 0 both mean "never counted": rows from before quotas existed are found by counting.
    const inUse = row?.[`in_use_${type}`] || (await countObjects(trx, projectId, type));
    const wanted = inUse + (counts[type] ?? 0);
    const limit = row?.[type] ?? defaults[type];
    if (limit !== UNLIMITED && wanted > limit) exceeded.push(type);
    usage[`in_use_${type}`] = wanted;
  }
  if (exceeded.length > 0) return exceeded;
  await executeLater(trx, trx.updateTable('quotas').set(usage).where('project_id', '=', projectId));
  return [];
}

/** Gives `count` objects back; never below zero, and nothing when the project was never counted. */
export async function releaseQuota(trx: Trx, projectId: string, type: QuotaType, count = 1): Promise<void> {
  const row = await readLocked(trx, projectId);
  const inUse = row?.[`in_use_${type}`] ?? 0;
  if (inUse <= 0) return;
  await trx.updateTable('quotas').set({ [`in_use_${type}`]: Math.max(0, inUse - count) }).where('project_id', '=', projectId).execute();
}

/** Counts objects whatever the limit: they take the place of others, which count until they are gone. */
export async function countReplacements(trx: Trx, projectId: string, type: QuotaType, count: number): Promise<void> {
  const row = await readLocked(trx, projectId);
  const inUse = row?.[`in_use_${type}`] ?? 0;
  if (inUse > 0 && count > 0) await trx.updateTable('quotas').set({ [`in_use_${type}`]: inUse + count }).where('project_id', '=', projectId).execute();
}

/** A project's own limits; null when it has no row. */
export async function readQuotaLimits(db: Kysely<Database>, projectId: string): Promise<QuotaLimits | null> {
  const row = await db.selectFrom('quotas').select([...QUOTA_TYPES]).where('project_id', '=', projectId).executeTakeFirst();
  return row ?? null;
}

/** Sets the given limits (null: back to the default) and makes the row when there is none. Usage is untouched. */
export async function writeQuotaLimits(trx: Trx, projectId: string, limits: Partial<QuotaLimits>): Promise<void> {
  await ensureRow(trx, projectId);
  await readLocked(trx, projectId);
  if (Object.keys(limits).length > 0) await trx.updateTable('quotas').set(limits).where('project_id', '=', projectId).execute();
}

/** Puts every limit back to its default; false when the project has no row. */
export async function resetQuotaLimits(trx: Trx, projectId: string): Promise<boolean> {
  if ((await readLocked(trx, projectId)) === undefined) return false;
  const cleared = Object.fromEntries(QUOTA_TYPES.map((type) => [type, null]));
  await trx.updateTable('quotas').set(cleared).where('project_id', '=', projectId).execute();
  return true;
}

/** What one project has. */
export interface ProjectUsage {
  readonly projectId: string;
  readonly counts: Readonly<Record<QuotaType, number>>;
}

/** What every project has, counted anew: the columns of `quotas` know only projects that have made something since quotas exist. */
export async function quotaUsage(db: Kysely<Database>): Promise<readonly ProjectUsage[]> {
  const none = Object.fromEntries(QUOTA_TYPES.map((type) => [type, 0])) as Record<QuotaType, number>;
  const usage = new Map<string, Record<QuotaType, number>>();
  for (const type of QUOTA_TYPES) {
    const rows = await db.selectFrom(type).select((table) => ['project_id', table.fn.countAll().as('count')])
      .where('provisioning_status', '!=', 'DELETED').where('project_id', 'is not', null).groupBy('project_id').execute();
    for (const { project_id: projectId, count } of rows) if (projectId !== null) usage.set(projectId, { ...none, ...usage.get(projectId), [type]: Number(count) });
  }
  return [...usage].map(([projectId, counts]) => ({ projectId, counts })).toSorted((a, b) => (a.projectId < b.projectId ? -1 : 1));
}

async function ensureRow(trx: Trx, projectId: string): Promise<void> {
  // Locks the row at once, for writing, whether it is new or not: two that make it first never wait for each other in a circle.
  if (dialectOf(trx) === 'mysql') return executeLater(trx, trx.insertInto('quotas').values({ project_id: projectId }).onDuplicateKeyUpdate({ project_id: projectId }));
  const found = await trx.selectFrom('quotas').select('project_id').where('project_id', '=', projectId).executeTakeFirst();
  if (found !== undefined) return;
  await trx.insertInto('quotas').values({ project_id: projectId }).onConflict((conflict) => conflict.doNothing()).execute();
}

// SQLite has no row locks and needs none: its write transactions are serialised.
function readLocked(trx: Trx, projectId: string) {
  const query = trx.selectFrom('quotas').selectAll().where('project_id', '=', projectId);
  return (dialectOf(trx) === 'sqlite' ? query : query.forUpdate()).executeTakeFirst();
}

async function countObjects(trx: Trx, projectId: string, type: QuotaType): Promise<number> {
  const row = await trx.selectFrom(type).select((table) => table.fn.countAll().as('count'))
    .where('project_id', '=', projectId).where('provisioning_status', '!=', 'DELETED').executeTakeFirst();
  return Number(row?.count ?? 0);
}
