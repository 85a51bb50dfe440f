import { OPERATING_STATUSES, PROVISIONING_STATUSES, type OperatingStatus, type ProvisioningStatus } from '../model/enums.ts';
import { isJsonObject } from '../model/resources/decode-body.ts';
import type { ObjectKind } from '../store/tree-ids.ts';

/** The lists of a status request, in the order in which they are worked through (upstream driver_updater.py). */
export const STATUS_LISTS = {
  members: 'member', healthmonitors: 'health_monitor', pools: 'pool', l7rules: 'l7rule', l7policies: 'l7policy', listeners: 'listener', loadbalancers: 'load_balancer',
} as const satisfies Readonly<Record<string, ObjectKind>>;

type StatusListName = keyof typeof STATUS_LISTS;

/** What a provider reports of one object. */
export interface StatusRecord {
  readonly list: StatusListName;
  readonly kind: ObjectKind;
  readonly id: string;
  readonly provisioningStatus?: ProvisioningStatus;
  readonly operatingStatus?: OperatingStatus;
}

/** Why a request, or the rest of it, is refused; named as octavia-lib's UpdateStatusError. */
export interface StatusFault {
  readonly reason: string;
  readonly list?: StatusListName;
  readonly id?: string | null;
}

/** The records up to the first that makes no sense, and the fault of that one. */
export interface ParsedStatus {
  readonly records: readonly StatusRecord[];
  readonly fault: StatusFault | null;
}

/** Decodes `{members: [{id, provisioning_status?, operating_status?}], ...}`. Records without a status say nothing and are left out. */
export function parseStatusRequest(request: unknown): ParsedStatus {
  const records: StatusRecord[] = [];
  if (!isJsonObject(request)) return { records, fault: { reason: 'A status update must be an object.' } };
  for (const [name, kind] of Object.entries(STATUS_LISTS)) {
    const list = name as StatusListName;
    const entries = request[list] ?? [];
    if (!Array.isArray(entries)) return { records, fault: { reason: `${list} must be a list.` } };
    for (const entry of entries) {
      const read = parseRecord(list, kind, entry);
      if ('reason' in read) return { records, fault: read };
      if (read.provisioningStatus !== undefined || read.operatingStatus !== undefined) records.push(read);
    }
  }
  return { records, fault: null };
}

function parseRecord(list: StatusListName, kind: ObjectKind, entry: unknown): StatusRecord | StatusFault {
  if (!isJsonObject(entry) || typeof entry['id'] !== 'string') return { reason: `A record of ${list} has no id.`, list, id: null };
  const { id } = entry;
  const provisioning = entry['provisioning_status'];
  const operating = entry['operating_status'];
  const provisioningStatus = PROVISIONING_STATUSES.find((status) => status === provisioning);
  const operatingStatus = OPERATING_STATUSES.find((status) => status === operating);
  if (isGiven(provisioning) && provisioningStatus === undefined) return { reason: `${JSON.stringify(provisioning)} is not a provisioning status.`, list, id };
  if (isGiven(operating) && operatingStatus === undefined) return { reason: `${JSON.stringify(operating)} is not an operating status.`, list, id };
  return { list, kind, id, ...(provisioningStatus !== undefined && { provisioningStatus }), ...(operatingStatus !== undefined && { operatingStatus }) };
}

/** The original passes over everything that Python takes for false. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
