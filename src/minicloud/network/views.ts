import type {
  FloatingIpRecord, NetworkRecord, NetworkRecords, PortRecord, QosPolicyRecord, QosRule, RouterRecord, SecurityGroupRecord, SecurityGroupRule, SubnetRecord,
} from '../../drivers/network/local/network-records.ts';
import { poolUsage } from '../../drivers/network/local/allocate-address.ts';
import { subnetsOf } from '../../drivers/network/local/networks.ts';
import { rulesOf } from '../../drivers/network/local/security-groups.ts';
import type { View } from '../http/listing.ts';

export function networkView(records: NetworkRecords, network: NetworkRecord): View {
  return {
    id: network.id, name: network.name, ...owner(network), admin_state_up: network.adminStateUp, mtu: network.mtu, status: 'ACTIVE',
    subnets: subnetsOf(records, network.id).map((subnet) => subnet.id), shared: network.shared, 'router:external': network.isExternal, is_default: false,
    port_security_enabled: network.portSecurityEnabled, qos_policy_id: network.qosPolicyId, availability_zone_hints: [], availability_zones: [],
    ipv4_address_scope: null, ipv6_address_scope: null, 'provider:network_type': 'local', 'provider:physical_network': null, 'provider:segmentation_id': null,
    ...common(network),
  };
}

export function subnetView(subnet: SubnetRecord): View {
  return {
    id: subnet.id, name: subnet.name, ...owner(subnet), network_id: subnet.networkId, ip_version: subnet.ipVersion, cidr: subnet.cidr, gateway_ip: subnet.gatewayIp,
    enable_dhcp: subnet.enableDhcp, dns_nameservers: subnet.dnsNameservers, host_routes: subnet.hostRoutes, allocation_pools: subnet.allocationPools,
    ipv6_ra_mode: subnet.ipv6RaMode, ipv6_address_mode: subnet.ipv6AddressMode, subnetpool_id: null, service_types: [], segment_id: null, ...common(subnet),
  };
}

export function portView(port: PortRecord): View {
  return {
    id: port.id, name: port.name, ...owner(port), network_id: port.networkId, mac_address: port.macAddress, admin_state_up: port.adminStateUp, status: port.status,
    device_id: port.deviceId, device_owner: port.deviceOwner,
    fixed_ips: port.fixedIps.map((fixed) => ({ subnet_id: fixed.subnetId, ip_address: fixed.ipAddress })),
    security_groups: port.securityGroupIds, port_security_enabled: port.portSecurityEnabled, qos_policy_id: port.qosPolicyId,
    allowed_address_pairs: port.allowedAddressPairs.map((pair) => ({ ip_address: pair.ipAddress, mac_address: pair.macAddress ?? port.macAddress })),
    'binding:vnic_type': port.vnicType, 'binding:host_id': '', 'binding:vif_type': port.pluggedInto === null ? 'unbound' : 'bridge', 'binding:vif_details': {}, 'binding:profile': {},
    extra_dhcp_opts: [], ...common(port),
  };
}

export function securityGroupView(records: NetworkRecords, group: SecurityGroupRecord): View {
  return { id: group.id, name: group.name, ...owner(group), stateful: true, shared: false, security_group_rules: rulesOf(records, group.id).map(ruleView), ...common(group) };
}

export function ruleView(rule: SecurityGroupRule): View {
  return {
    id: rule.id, ...owner(rule), security_group_id: rule.securityGroupId, direction: rule.direction, ethertype: rule.ethertype, protocol: rule.protocol,
    port_range_min: rule.portRangeMin, port_range_max: rule.portRangeMax, remote_ip_prefix: rule.remoteIpPrefix, remote_group_id: rule.remoteGroupId,
    remote_address_group_id: null, normalized_cidr: rule.remoteIpPrefix, description: rule.description, created_at: rule.createdAt, updated_at: rule.createdAt,
  };
}

export function floatingIpView(records: NetworkRecords, floatingIp: FloatingIpRecord): View {
  const port = floatingIp.portId === null ? undefined : records.ports.get(floatingIp.portId);
  return {
    id: floatingIp.id, ...owner(floatingIp), floating_network_id: floatingIp.floatingNetworkId, floating_ip_address: floatingIp.floatingIpAddress,
    fixed_ip_address: floatingIp.fixedIpAddress, port_id: floatingIp.portId, router_id: null, status: port ? 'ACTIVE' : 'DOWN',
    dns_domain: '', dns_name: '', qos_policy_id: null, port_forwardings: [],
    port_details: port ? {
      name: port.name, network_id: port.networkId, mac_address: port.macAddress, admin_state_up: port.adminStateUp, status: port.status, device_id: port.deviceId, device_owner: port.deviceOwner,
    } : null,
    ...common(floatingIp),
  };
}

export function routerView(records: NetworkRecords, router: RouterRecord): View {
  const gatewayPort = router.gateway ? records.ports.get(router.gateway.portId) : undefined;
  return {
    id: router.id, name: router.name, ...owner(router), admin_state_up: router.adminStateUp, status: 'ACTIVE', routes: router.routes, distributed: false, ha: false,
    external_gateway_info: router.gateway ? {
      network_id: router.gateway.networkId, enable_snat: router.gateway.enableSnat,
      external_fixed_ips: (gatewayPort?.fixedIps ?? []).map((fixed) => ({ subnet_id: fixed.subnetId, ip_address: fixed.ipAddress })),
    } : null,
    availability_zone_hints: [], availability_zones: [], flavor_id: null, ...common(router),
  };
}

export function qosPolicyView(policy: QosPolicyRecord): View {
  return { id: policy.id, name: policy.name, ...owner(policy), shared: policy.shared, is_default: policy.isDefault, rules: policy.rules.map((rule) => qosRuleView(policy.id, rule)), ...common(policy) };
}

export function qosRuleView(policyId: string, rule: QosRule): View {
  const shared = { id: rule.id, qos_policy_id: policyId, type: rule.kind };
  switch (rule.kind) {
    case 'bandwidth_limit': return { ...shared, max_kbps: rule.maxKbps, max_burst_kbps: rule.maxBurstKbps, direction: rule.direction };
    case 'minimum_bandwidth': return { ...shared, min_kbps: rule.minKbps, direction: rule.direction };
    case 'dscp_marking': return { ...shared, dscp_mark: rule.dscpMark };
  }
}

/** `GET /v2.0/network-ip-availabilities`. */
export function availabilityView(records: NetworkRecords, network: NetworkRecord): View {
  const subnets = subnetsOf(records, network.id).map((subnet) => ({ subnet, usage: poolUsage(records, subnet) }));
  const sum = (key: 'total' | 'used') => subnets.reduce((total, { usage }) => total + usage[key], 0);
  return {
    network_id: network.id, network_name: network.name, ...owner(network), total_ips: sum('total'), used_ips: sum('used'),
    subnet_ip_availability: subnets.map(({ subnet, usage }) => ({
      subnet_id: subnet.id, subnet_name: subnet.name, cidr: subnet.cidr, ip_version: subnet.ipVersion, total_ips: usage.total, used_ips: usage.used,
    })),
  };
}

function owner(record: { readonly projectId: string | null }): View {
  return { project_id: record.projectId ?? '', tenant_id: record.projectId ?? '' };
}

function common(record: { readonly description: string; readonly tags: readonly string[]; readonly createdAt: string; readonly updatedAt: string }): View {
  return { description: record.description, tags: record.tags, created_at: record.createdAt, updated_at: record.updatedAt };
}
