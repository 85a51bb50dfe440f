import type { Trx } from '../../store/database.ts';
import { dialectOf } from '../../store/dialect-of.ts';
import { executeLater } from '../../store/dialects/later.ts';
import type { RunContext } from '../run-context.ts';

/** Records what the run has made of the amphorae, the VIP and the server group: also after a failure, for it is so. */
export async function writeInfrastructure(trx: Trx, context: RunContext, now: string, isComplete: boolean): Promise<void> {
  for (const amphora of context.amphorae.values()) {
    if (!context.changedIds.has(amphora.id)) continue;
    const status = isComplete ? 'ALLOCATED' : amphora.status;
    await executeLater(trx, trx.updateTable('amphora').set({
      status, role: amphora.role, compute_id: amphora.computeId, lb_network_ip: amphora.lbNetworkIp, vrrp_ip: amphora.vrrpIp, ha_ip: amphora.haIp,
      vrrp_port_id: amphora.vrrpPortId, ha_port_id: amphora.haPortId, vrrp_interface: amphora.vrrpInterface, vrrp_id: amphora.vrrpId ?? 1,
      vrrp_priority: amphora.vrrpPriority, cert_expiration: amphora.certExpiration, cached_zone: amphora.cachedZone, image_id: amphora.imageId,
      compute_flavor: amphora.computeFlavor, updated_at: now,
    }).where('id', '=', amphora.id));
  }
  await writeMemberPorts(trx, context, now);
  await writeRemoved(trx, [...context.removedIds], now);
  await writeVip(trx, context);
  if (context.serverGroupId !== context.loaded.serverGroupId) {
    await trx.updateTable('load_balancer').set({ server_group_id: context.serverGroupId }).where('id', '=', context.loaded.id).execute();
  }
}

/** A worker of the original removes with an amphora those ports that it finds here; Nova's go with the server. */
async function writeMemberPorts(trx: Trx, { memberAttachments }: RunContext, now: string): Promise<void> {
  const rows = [...memberAttachments].flatMap(([amphoraId, attachments]) => attachments
    .filter(({ port }) => port.name === `octavia-lb-member-${amphoraId}`)
    .map(({ port }) => ({ port_id: port.id, amphora_id: amphoraId, network_id: port.networkId, created_at: now })));
  if (rows.length === 0) return;
  const insert = trx.insertInto('amphora_member_port').values(rows);
  await executeLater(trx, dialectOf(trx) === 'mysql' ? insert.ignore() : insert.onConflict((conflict) => conflict.doNothing()));
}

/** Rows of removed amphorae stay until housekeeping forgets them: their last heartbeats must still be recognised. */
async function writeRemoved(trx: Trx, ids: readonly string[], now: string): Promise<void> {
  if (ids.length === 0) return;
  await trx.updateTable('amphora').set({ status: 'DELETED', updated_at: now }).where('id', 'in', ids).execute();
  await trx.deleteFrom('amphora_health').where('amphora_id', 'in', ids).execute();
  await trx.deleteFrom('amphora_member_port').where('amphora_id', 'in', ids).execute();
}

async function writeVip(trx: Trx, { loaded, vip }: RunContext): Promise<void> {
  if (vip === null) return;
  await executeLater(trx, trx.updateTable('vip').set({
    ip_address: vip.ipAddress, port_id: vip.portId, subnet_id: vip.subnetId, network_id: vip.networkId, octavia_owned: vip.octaviaOwned,
  }).where('load_balancer_id', '=', loaded.id));
  for (const { subnetId, ipAddress, portId, networkId } of vip.additional) {
    await trx.updateTable('additional_vip').set({ ip_address: ipAddress, port_id: portId, network_id: networkId })
      .where('load_balancer_id', '=', loaded.id).where('subnet_id', '=', subnetId).execute();
  }
}
