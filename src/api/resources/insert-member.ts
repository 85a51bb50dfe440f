import { type CreateBody, type NestedBody } from '../../model/resources/resource.ts';
import { member } from '../../model/resources/member.ts';
import { RuleViolation } from '../../model/violation.ts';
import type { Trx } from '../../store/database.ts';
import { DuplicateKey } from '../../store/errors.ts';
import { findFlavor } from '../../store/resources/flavors-and-zones.ts';
import { insertRow, replaceTags, toColumns } from '../../store/resources/write-rows.ts';
import type { Change } from '../machinery/change-tree.ts';
import { duplicateMember } from '../machinery/faults.ts';
import { newChild } from './child-rows.ts';

export interface MemberParent {
  readonly poolId: string;
  readonly hasMonitor: boolean;
  readonly allowsSriov: boolean;
}

type MemberBody = CreateBody<typeof member> | NestedBody<typeof member>;

/** Inserts one member and answers its id. A taken address and port is 409. */
export async function insertMember(change: Change, parent: MemberParent, body: MemberBody): Promise<string> {
  if (body.request_sriov && !parent.allowsSriov) throw new RuleViolation('The load balancer flavor does not allow SR-IOV member ports.');
  const columns = {
    ...toColumns(member, body), ...newChild(change, parent.hasMonitor ? 'OFFLINE' : 'NO_MONITOR'), pool_id: parent.poolId, vnic_type: body.request_sriov ? 'direct' : 'normal',
  };
  try {
    await insertRow(change.trx, 'member', columns);
  } catch (error) {
    if (error instanceof DuplicateKey) throw duplicateMember(body.address, body.protocol_port);
    throw error;
  }
  await replaceTags(change.trx, columns.id, body.tags, true);
  return columns.id;
}

/** Whether the flavor of a load balancer permits SR-IOV member ports. */
export async function flavorAllowsSriov(trx: Trx, flavorId: string | null): Promise<boolean> {
  const flavor = flavorId === null ? undefined : await findFlavor(trx, flavorId);
  return flavor?.data.allow_member_sriov === true;
}
