import type { RecordChange } from '../../../../lib/records/record-store.ts';
import { portKey, type FloatingIpRecord, type NetworkRecord, type NetworkRecords, type PortRecord, type SecurityGroupRule, type SubnetRecord } from '../network-records.ts';

/** Parts of the host that no longer show what the records say. */
export interface Stale {
  /** Networks whose bridge or addresses changed. */
  readonly networks: ReadonlySet<string>;
  readonly removedNetworks: ReadonlySet<string>;
  readonly floatingNat: boolean;
  /** Namespaces whose firewall changed. */
  readonly firewalls: ReadonlySet<string>;
  /** Ports whose bandwidth limit changed. */
  readonly shapers: ReadonlySet<string>;
  /** Ports that were deleted while plugged. */
  readonly orphans: readonly PortRecord[];
}

/** What a commit makes stale. Plugging itself is left out: whoever plugs builds the interface with its rules. */
export function staleAfter(records: NetworkRecords, changes: readonly RecordChange[]): Stale {
  const networks = new Set<string>();
  const removedNetworks = new Set<string>();
  const groups = new Set<string>();
  const firewalls = new Set<string>();
  const shapers = new Set<string>();
  const orphans: PortRecord[] = [];
  let floatingNat = false;

  for (const change of changes) {
    const present = change.after ?? change.before;
    if (change.collection === 'network') {
      (change.after ? networks : removedNetworks).add(change.id);
      if (change.after && (change.before as NetworkRecord | null)?.qosPolicyId !== (change.after as NetworkRecord).qosPolicyId) {
        for (const port of records.ports.list()) if (port.pluggedInto !== null && port.networkId === change.id && port.qosPolicyId === null) shapers.add(port.id);
      }
    }
    if (change.collection === 'subnet') networks.add((present as SubnetRecord).networkId);
    if (change.collection === 'floating_ip') {
      networks.add((present as FloatingIpRecord).floatingNetworkId);
      floatingNat = true;
    }
    if (change.collection === 'security_group_rule') groups.add((present as SecurityGroupRule).securityGroupId);
    if (change.collection === 'qos_policy') {
      for (const port of records.ports.list()) if (port.pluggedInto !== null && policyOf(records, port) === change.id) shapers.add(port.id);
    }
    if (change.collection === 'port') {
      const [before, after] = [change.before as PortRecord | null, change.after as PortRecord | null];
      if (guardOf(before) !== guardOf(after)) {
        for (const id of [...(before?.securityGroupIds ?? []), ...(after?.securityGroupIds ?? [])]) for (const rule of records.rulesNamingGroup(id)) groups.add(rule.securityGroupId);
        if (after?.pluggedInto) firewalls.add(after.pluggedInto);
        if (records.floatingIps.find((floatingIp) => floatingIp.portId === change.id)) floatingNat = true;
      }
      if (before && after?.pluggedInto && before.qosPolicyId !== after.qosPolicyId) shapers.add(after.id);
      if (before?.pluggedInto && !after) orphans.push(before);
    }
  }
  for (const id of groups) {
    for (const port of records.portsBy(portKey.group(id))) if (port.pluggedInto !== null) firewalls.add(port.pluggedInto);
  }
  for (const id of removedNetworks) networks.delete(id);
  return { networks, removedNetworks, floatingNat, firewalls, shapers, orphans };
}

/** The policy that limits a port: its own, else its network's. */
export function policyOf(records: NetworkRecords, port: PortRecord): string | null {
  return port.qosPolicyId ?? records.networks.get(port.networkId)?.qosPolicyId ?? null;
}

/** Everything of a port that firewalls depend on, its own and those that name its groups. */
function guardOf(port: PortRecord | null): string {
  if (!port) return '';
  return JSON.stringify([port.securityGroupIds, port.portSecurityEnabled, port.vnicType, port.fixedIps, port.allowedAddressPairs]);
}
