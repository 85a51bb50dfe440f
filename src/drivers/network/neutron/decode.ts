import { numberOf, objectOf, objectsOf, textOf, textsOf, type JsonObject } from '../../../openstack/json.ts';
import type { Network, Port, QosPolicy, SecurityGroup, Subnet } from '../network-driver.ts';

/** Neutron's objects in our words. Fields that only administrators see are taken as their defaults where they are missing. */
export function decodePort(raw: JsonObject): Port {
  return {
    id: textOf(raw['id']) ?? '', name: textOf(raw['name']) ?? '', networkId: textOf(raw['network_id']) ?? '', projectId: projectOf(raw),
    macAddress: textOf(raw['mac_address']) ?? '', deviceId: textOf(raw['device_id']) ?? '', deviceOwner: textOf(raw['device_owner']) ?? '',
    status: textOf(raw['status']) ?? '', adminStateUp: raw['admin_state_up'] !== false, qosPolicyId: textOf(raw['qos_policy_id']),
    securityGroupIds: textsOf(raw['security_groups']), vnicType: raw['binding:vnic_type'] === 'direct' ? 'direct' : 'normal',
    fixedIps: objectsOf(raw['fixed_ips']).map((fixed) => ({ subnetId: textOf(fixed['subnet_id']) ?? '', ipAddress: textOf(fixed['ip_address']) ?? '' })),
    allowedAddressPairs: objectsOf(raw['allowed_address_pairs']).map((pair) => {
      const macAddress = textOf(pair['mac_address']);
      return { ipAddress: textOf(pair['ip_address']) ?? '', ...(macAddress !== null && { macAddress }) };
    }),
  };
}

export function decodeNetwork(raw: JsonObject): Network {
  return {
    id: textOf(raw['id']) ?? '', name: textOf(raw['name']) ?? '', projectId: projectOf(raw), mtu: numberOf(raw['mtu']) ?? 1500,
    subnetIds: textsOf(raw['subnets']), portSecurityEnabled: raw['port_security_enabled'] !== false, isExternal: raw['router:external'] === true,
  };
}

export function decodeSubnet(raw: JsonObject): Subnet {
  return {
    id: textOf(raw['id']) ?? '', name: textOf(raw['name']) ?? '', networkId: textOf(raw['network_id']) ?? '', projectId: projectOf(raw),
    ipVersion: raw['ip_version'] === 6 ? 6 : 4, cidr: textOf(raw['cidr']) ?? '', gatewayIp: textOf(raw['gateway_ip']),
    hostRoutes: objectsOf(raw['host_routes']).map((route) => ({ destination: textOf(route['destination']) ?? '', nexthop: textOf(route['nexthop']) ?? '' })),
  };
}

/** Subnets whose addresses Neutron gives to every port of the network by itself. */
export function isAutomatic(raw: JsonObject): boolean {
  return raw['ipv6_address_mode'] === 'slaac' || raw['ipv6_address_mode'] === 'dhcpv6-stateless';
}

export function decodeQosPolicy(raw: JsonObject): QosPolicy {
  const limit = objectsOf(raw['rules']).find((rule) => rule['type'] === 'bandwidth_limit');
  const maxKbps = numberOf(limit?.['max_kbps']);
  const maxBurstKbps = numberOf(limit?.['max_burst_kbps']);
  return { id: textOf(raw['id']) ?? '', name: textOf(raw['name']) ?? '', ...(maxKbps !== null && { maxKbps }), ...(maxBurstKbps !== null && { maxBurstKbps }) };
}

export function decodeSecurityGroup(raw: JsonObject): SecurityGroup {
  return { id: textOf(raw['id']) ?? '', name: textOf(raw['name']) ?? '', projectId: projectOf(raw) };
}

/** Free addresses by subnet, from an answer of network-ip-availabilities. */
export function decodeFreeAddresses(raw: JsonObject): ReadonlyMap<string, number> {
  return new Map(objectsOf(raw['subnet_ip_availability']).map((subnet) => {
    const { subnet_id: id, total_ips: total, used_ips: used } = objectOf(subnet);
    return [textOf(id) ?? '', (numberOf(total) ?? 0) - (numberOf(used) ?? 0)];
  }));
}

/** Null where the service says nothing of it. */
export function projectOf(raw: JsonObject): string | null {
  return textOf(raw['project_id']) ?? textOf(raw['tenant_id']);
}
