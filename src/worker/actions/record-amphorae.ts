import { randomUUID } from 'node:crypto';
import { toSqlDatetime } from '../../lib/clock.ts';
import type { Amphora, VrrpGroup } from '../../model/graph.ts';
import type { Trx } from '../../store/database.ts';
import { assertFence } from '../../store/leases.ts';
import { removeRequests } from '../../store/requests.ts';
import type { NewAmphora } from '../plan/action.ts';
import type { RunContext } from '../run-context.ts';

/** VRRP priorities by role, as the original gives them. */
export const PRIORITY = { MASTER: 100, BACKUP: 90, STANDALONE: null } as const;

/**
 * Writes down which amphorae come and which go, before any of it happens: a crash from here on is continued, not
 * repeated. Failover wishes end here, because from now on the rows say the same.
 */
export async function recordAmphorae(context: RunContext, create: readonly NewAmphora[], doom: readonly string[]): Promise<void> {
  const { store, clock } = context.services;
  const { id: loadBalancerId } = context.loaded;
  const now = toSqlDatetime(clock.now());
  const amphorae = create.map((wanted) => newAmphora(wanted, loadBalancerId, now));
  const failovers = context.requests.filter(({ kind }) => kind.startsWith('failover')).map(({ id }) => id);
  const group = context.loaded.vrrpGroup ?? newVrrpGroup(loadBalancerId, context.services.settings().vrrp.advertSeconds);
  await store.transaction(async (trx) => {
    await assertFence(trx, loadBalancerId, context.fence);
    await insertAmphorae(trx, amphorae, now);
    if (doom.length > 0) {
      await trx.updateTable('amphora').set({ status: 'PENDING_DELETE', updated_at: now }).where('id', 'in', doom).execute();
      // Whatever it still reports, nobody shall start a second failover over it.
      await trx.updateTable('amphora_health').set({ busy: true }).where('amphora_id', 'in', doom).execute();
    }
    if (context.loaded.topology === 'ACTIVE_STANDBY' && context.loaded.vrrpGroup === null) await insertVrrpGroup(trx, loadBalancerId, group);
    if (context.isTopologyNew) await trx.updateTable('load_balancer').set({ topology: context.loaded.topology }).where('id', '=', loadBalancerId).execute();
    await removeRequests(trx, failovers);
  });
  for (const amphora of amphorae) context.add(amphora);
  if (context.loaded.topology === 'ACTIVE_STANDBY') context.setVrrpGroup(group);
  for (const id of failovers) context.consumedRequestIds.add(id);
}

function newAmphora({ id, role }: NewAmphora, loadBalancerId: string, now: string): Amphora {
  return {
    id, role, loadBalancerId, status: 'BOOTING', computeId: null, lbNetworkIp: null, vrrpIp: null, haIp: null, vrrpPortId: null, haPortId: null,
    vrrpInterface: null, vrrpId: 1, vrrpPriority: PRIORITY[role], certExpiration: null, certBusy: false, cachedZone: null, imageId: null,
    computeFlavor: null, createdAt: now,
  };
}

async function insertAmphorae(trx: Trx, amphorae: readonly Amphora[], now: string): Promise<void> {
  if (amphorae.length === 0) return;
  await trx.insertInto('amphora').values(amphorae.map((amphora) => ({
    id: amphora.id, load_balancer_id: amphora.loadBalancerId, status: amphora.status, role: amphora.role, vrrp_id: amphora.vrrpId,
    vrrp_priority: amphora.vrrpPriority, cert_busy: false, created_at: now,
  }))).execute();
}

/** Authentication is by password: seven characters, as many as keepalived keeps apart (it reads eight). */
function newVrrpGroup(loadBalancerId: string, advertInt: number): VrrpGroup {
  return { name: loadBalancerId.replaceAll('-', ''), authType: 'PASS', authPass: randomUUID().slice(0, 7), advertInt };
}

async function insertVrrpGroup(trx: Trx, loadBalancerId: string, group: VrrpGroup): Promise<void> {
  await trx.insertInto('vrrp_group').values({
    load_balancer_id: loadBalancerId, vrrp_group_name: group.name, vrrp_auth_type: group.authType, vrrp_auth_pass: group.authPass, advert_int: group.advertInt,
  }).execute();
}
