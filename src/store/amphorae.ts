import type { Kysely } from 'kysely';
import type { AmphoraStatus } from '../model/enums.ts';
import type { Amphora } from '../model/graph.ts';
import { databaseNow } from './database-clock.ts';
import type { Database, Trx } from './database.ts';
import { toAmphora } from './graph-rows.ts';

/** What can be written of an amphora; absent fields keep their value, null clears. */
export type AmphoraFields = { readonly [K in keyof Omit<Amphora, 'id' | 'createdAt'>]?: Amphora[K] };

const COLUMNS = {
  loadBalancerId: 'load_balancer_id', computeId: 'compute_id', status: 'status', role: 'role', lbNetworkIp: 'lb_network_ip', vrrpIp: 'vrrp_ip', haIp: 'ha_ip',
  vrrpPortId: 'vrrp_port_id', haPortId: 'ha_port_id', vrrpInterface: 'vrrp_interface', vrrpId: 'vrrp_id', vrrpPriority: 'vrrp_priority',
  certExpiration: 'cert_expiration', certBusy: 'cert_busy', cachedZone: 'cached_zone', imageId: 'image_id', computeFlavor: 'compute_flavor',
} as const satisfies Readonly<Record<keyof AmphoraFields, keyof Database['amphora']>>;

/** Adds an amphora's row. */
export async function insertAmphora(trx: Trx, amphora: AmphoraFields & { readonly id: string; readonly status: AmphoraStatus }): Promise<void> {
  await trx
    .insertInto('amphora')
    .values({ cert_busy: false, ...toColumns(amphora), id: amphora.id, status: amphora.status, created_at: databaseNow(trx) })
    .execute();
}

/** Changes fields of an amphora; with `from` only while it has one of these statuses. Says whether the row was there. */
export async function updateAmphora(trx: Trx, id: string, fields: AmphoraFields, from?: readonly AmphoraStatus[]): Promise<boolean> {
  const updated = await trx
    .updateTable('amphora')
    .set({ ...toColumns(fields), updated_at: databaseNow(trx) })
    .where('id', '=', id)
    .$if(from !== undefined, (query) => query.where('status', 'in', from ?? []))
    .executeTakeFirst();
  return updated.numUpdatedRows > 0n;
}

/** One amphora, whatever its status; null when there is no row. */
export async function findAmphora(db: Kysely<Database>, id: string): Promise<Amphora | null> {
  const row = await db.selectFrom('amphora').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? toAmphora(row) : null;
}

/** The amphorae of a load balancer that are not DELETED, oldest first. */
export async function listAmphorae(db: Kysely<Database>, loadBalancerId: string): Promise<readonly Amphora[]> {
  const rows = await db.selectFrom('amphora').selectAll().where('load_balancer_id', '=', loadBalancerId).where('status', '<>', 'DELETED').orderBy('created_at').orderBy('id').execute();
  return rows.map(toAmphora);
}

/** Amphorae with one of the statuses, oldest first; `isOrphan` keeps only those without a load balancer. */
export async function listAmphoraeByStatus(
  db: Kysely<Database>, statuses: readonly AmphoraStatus[], options: { readonly limit: number; readonly isOrphan?: boolean },
): Promise<readonly Amphora[]> {
  const rows = await db
    .selectFrom('amphora').selectAll().where('status', 'in', statuses)
    .$if(options.isOrphan === true, (query) => query.where('load_balancer_id', 'is', null))
    .orderBy('created_at').orderBy('id').limit(options.limit).execute();
  return rows.map(toAmphora);
}

/** Removes an amphora's row with its health, ports and build request. */
export async function purgeAmphora(trx: Trx, id: string): Promise<void> {
  for (const table of ['amphora_health', 'amphora_member_port', 'amphora_build_request'] as const) await trx.deleteFrom(table).where('amphora_id', '=', id).execute();
  await trx.deleteFrom('amphora').where('id', '=', id).execute();
}

function toColumns(fields: AmphoraFields): Partial<Database['amphora']> {
  const known = new Map<string, unknown>(Object.entries(fields));
  return Object.fromEntries(Object.entries(COLUMNS).flatMap(([name, column]) => (known.get(name) === undefined ? [] : [[column, known.get(name)]])));
}
