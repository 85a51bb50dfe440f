import type { Trx } from '../store/database.ts';
import { flatDict } from './provider-models.ts';
import type { ProviderDict } from './provider-driver.ts';

/**
 * Arguments of `batch_update_members`: what goes, what comes, what changes. `members` is the whole wanted set; rows made by
 * this very request are PENDING_CREATE, rows not named any more are on their way out.
 */
export async function planMemberBatch(trx: Trx, poolId: string, members: readonly ProviderDict[]): Promise<ProviderDict> {
  const rows = await trx.selectFrom('member').selectAll().where('pool_id', '=', poolId).orderBy('created_at').orderBy('id').execute();
  const existing = new Set(rows.filter((row) => row.provisioning_status !== 'PENDING_CREATE').map((row) => row.id));
  const wanted = new Set(members.map((member) => member['member_id']));
  return {
    old_members: rows.filter((row) => !wanted.has(row.id)).map(databaseDict),
    new_members: members.filter((member) => !existing.has(String(member['member_id']))).map(flatDict),
    updated_members: members.filter((member) => existing.has(String(member['member_id']))).map(updateDict),
  };
}

type MemberRow = Awaited<ReturnType<typeof readMember>>;
const readMember = (trx: Trx) => trx.selectFrom('member').selectAll().executeTakeFirstOrThrow();

// The original sends removed members as its database model prints itself.
function databaseDict(row: MemberRow): ProviderDict {
  return {
    id: row.id, project_id: row.project_id, pool_id: row.pool_id, ip_address: row.ip_address, protocol_port: row.protocol_port, weight: row.weight,
    backup: row.backup, enabled: row.enabled, subnet_id: row.subnet_id, operating_status: row.operating_status, pool: null,
    created_at: isoDatetime(row.created_at), updated_at: isoDatetime(row.updated_at), provisioning_status: row.provisioning_status, name: row.name,
    monitor_address: row.monitor_address, monitor_port: row.monitor_port, tags: [], vnic_type: row.vnic_type,
  };
}

function isoDatetime(text: string | null): string | null {
  return text === null ? null : text.replace(' ', 'T');
}

function updateDict(member: ProviderDict): ProviderDict {
  const { member_id: id, address, admin_state_up: enabled, ...rest } = flatDict(member);
  return { ...rest, id, ...(address !== undefined && { ip_address: address }), ...(enabled !== undefined && { enabled }) };
}
