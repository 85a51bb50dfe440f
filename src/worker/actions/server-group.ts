import { assertFence } from '../../store/leases.ts';
import type { RunContext } from '../run-context.ts';

/** The group that keeps a pair on two hosts; written down at once, for whoever goes on after us. */
export async function ensureServerGroup(context: RunContext): Promise<void> {
  const { services, loaded, fence } = context;
  // Where the last run ended badly it may have made one and not written it down.
  const isNew = context.lastRunEndedWell && loaded.provisioningStatus === 'PENDING_CREATE' && loaded.amphorae.length === 0;
  const serverGroupId = await services.compute.ensureServerGroup(loaded.id, loaded.flavor, isNew);
  await services.store.transaction(async (trx) => {
    await assertFence(trx, loaded.id, fence);
    await trx.updateTable('load_balancer').set({ server_group_id: serverGroupId }).where('id', '=', loaded.id).execute();
  });
  context.serverGroupId = serverGroupId;
}

/** Removes the recorded group, or the one that a run was cut off from recording. */
export async function removeServerGroup({ services, loaded }: RunContext): Promise<void> {
  const id = loaded.serverGroupId ?? (await services.compute.findServerGroup?.(loaded.id)) ?? null;
  if (id !== null) await services.compute.removeServerGroup(id);
}
