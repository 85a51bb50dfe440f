import { portKey, type NetworkRecords, type PortRecord } from '../network-records.ts';
import type { GuardedPort } from './firewall-ruleset.ts';
import type { FloatingMapping } from './floating-ruleset.ts';
import { bridgeName, interfaceGroup } from './names.ts';

/** Ports in a namespace that security groups hold for, with their rules. */
export function guardedPorts(records: NetworkRecords, netns: string): readonly GuardedPort[] {
  return records.portsBy(portKey.netns(netns))
    .filter((port) => port.portSecurityEnabled && port.vnicType === 'normal')
    .map((port) => {
      const rules = port.securityGroupIds.flatMap((id) => records.rulesOfGroup(id));
      const remoteGroups = new Set(rules.flatMap((rule) => (rule.remoteGroupId === null ? [] : [rule.remoteGroupId])));
      return {
        portId: port.id, interfaceGroup: interfaceGroup(port.id), rules,
        addressesOfGroup: new Map([...remoteGroups].map((id) => [id, addressesBehind(records, id)])),
      };
    });
}

/** Floating IPs that lead to a port. */
export function floatingMappings(records: NetworkRecords): readonly FloatingMapping[] {
  return records.floatingIps.list().flatMap((floatingIp) => {
    const port = floatingIp.portId === null ? undefined : records.ports.get(floatingIp.portId);
    const fixed = port?.fixedIps.find((candidate) => candidate.ipAddress === floatingIp.fixedIpAddress);
    const subnet = fixed && records.subnets.get(fixed.subnetId);
    if (!fixed || !subnet) return [];
    return [{ floatingIp: floatingIp.floatingIpAddress, fixedIp: fixed.ipAddress, subnetCidr: subnet.cidr, externalBridge: bridgeName(floatingIp.floatingNetworkId) }];
  });
}

/** Neutron counts allowed address pairs to a group's members. */
function addressesBehind(records: NetworkRecords, groupId: string): readonly string[] {
  const addressesOf = (port: PortRecord) => [...port.fixedIps.map((fixed) => fixed.ipAddress), ...port.allowedAddressPairs.map((pair) => pair.ipAddress)];
  return records.portsBy(portKey.group(groupId)).flatMap(addressesOf);
}
