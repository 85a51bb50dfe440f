import type { Placement, Placements } from '../drivers/compute/light/placements.ts';
import { toSqlDatetime } from '../lib/clock.ts';
import type { Store, Trx } from './database.ts';
import { dialectOf } from './dialect-of.ts';

/** Amphorae in these states make room: their place is as good as free. */
const LEAVING = ['PENDING_DELETE', 'DELETED', 'ERROR'] as const;

/** Placements of the light pool in `ts_light_amphora`. */
export function openPlacements(store: Store, now: () => number = Date.now): Placements {
  return {
    async find(amphoraId) {
      const row = await store.read.selectFrom('ts_light_amphora').select(['compute_id', 'host', 'state']).where('compute_id', '=', amphoraId).executeTakeFirst();
      return row === undefined ? null : toPlacement(row);
    },
    async list() {
      return (await store.read.selectFrom('ts_light_amphora').select(['compute_id', 'host', 'state']).orderBy('compute_id').execute()).map(toPlacement);
    },
    async hostsOfPeers(loadBalancerId, amphoraId) {
      const rows = await store.read.selectFrom('ts_light_amphora as light').innerJoin('amphora', 'amphora.id', 'light.compute_id').select('light.host').distinct()
        .where('amphora.load_balancer_id', '=', loadBalancerId).where('amphora.id', '<>', amphoraId).where('amphora.status', 'not in', [...LEAVING])
        .where('light.state', '<>', 'doomed').execute();
      return rows.map(({ host }) => host);
    },
    place: (amphoraId, host) => store.transaction((trx) => write(trx, { amphoraId, host, state: 'placed' }, now())),
    async noteBooted(amphoraId, host) {
      return store.transaction(async (trx) => {
        await trx.updateTable('ts_light_amphora').set({ state: 'booted' }).where('compute_id', '=', amphoraId).where('host', '=', host).where('state', '=', 'placed').execute();
        // MariaDB counts no row that stays as it was.
        const row = await trx.selectFrom('ts_light_amphora').select(['host', 'state']).where('compute_id', '=', amphoraId).executeTakeFirst();
        return row?.host === host && row.state === 'booted';
      });
    },
    doom: (amphoraId) => store.transaction(async (trx) => void (await trx.updateTable('ts_light_amphora').set({ state: 'doomed' }).where('compute_id', '=', amphoraId).execute())),
    forget: (amphoraId, host) => store.transaction(async (trx) => void (await trx.deleteFrom('ts_light_amphora').where('compute_id', '=', amphoraId).where('host', '=', host).execute())),
    adopt: (amphoraId, host) => store.transaction(async (trx) => {
      const amphora = await trx.selectFrom('amphora').select('status').where('id', '=', amphoraId).executeTakeFirst();
      if (amphora === undefined || amphora.status === 'DELETED') return false;
      const insert = trx.insertInto('ts_light_amphora').values({ compute_id: amphoraId, host, state: 'booted', created_at: toSqlDatetime(now()) });
      await (dialectOf(trx) === 'mysql' ? insert.ignore() : insert.onConflict((conflict) => conflict.doNothing())).execute();
      return true;
    }),
  };
}

function toPlacement(row: { readonly compute_id: string; readonly host: string; readonly state: Placement['state'] }): Placement {
  return { amphoraId: row.compute_id, host: row.host, state: row.state };
}

async function write(trx: Trx, { amphoraId, host, state }: Placement, nowMs: number): Promise<void> {
  const changed = await trx.updateTable('ts_light_amphora').set({ host, state }).where('compute_id', '=', amphoraId).executeTakeFirst();
  if (changed.numUpdatedRows > 0n) return;
  const insert = trx.insertInto('ts_light_amphora').values({ compute_id: amphoraId, host, state, created_at: toSqlDatetime(nowMs) });
  await (dialectOf(trx) === 'mysql' ? insert.ignore() : insert.onConflict((conflict) => conflict.doNothing())).execute();
}
