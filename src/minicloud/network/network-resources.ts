import { NetworkFault, notFound } from '../../drivers/network/local/network-faults.ts';
import { createNetwork, createSubnet, deleteNetwork, deleteSubnet, requireNetwork, subnetsInTheWay, updateNetwork, updateSubnet } from '../../drivers/network/local/networks.ts';
import type { AllocationPool, Ipv6Mode, NetworkRecord, SubnetRecord } from '../../drivers/network/local/network-records.ts';
import { isVisible } from '../../drivers/network/local/visibility.ts';
import { reasonOf } from '../../lib/errors.ts';
import { present, type Fields } from '../http/fields.ts';
import { malformed } from './network-fault-style.ts';
import { adminOnly, forbidden, ownerOf } from './network-caller.ts';
import type { NetworkResource, NetworkService } from './resource-routes.ts';
import { networkView, subnetView } from './views.ts';
import { requireVisibleReferences } from './visible-references.ts';

const ADMIN_FIELDS = ['shared', 'router:external', 'provider:network_type', 'provider:physical_network', 'provider:segmentation_id'];

export function networkResource({ records }: NetworkService): NetworkResource<NetworkRecord> {
  const changes = (fields: Fields) => present({
    name: fields.text('name'), description: fields.text('description'), mtu: fields.integer('mtu'), adminStateUp: fields.flag('admin_state_up'), shared: fields.flag('shared'),
    isExternal: fields.flag('router:external'), portSecurityEnabled: fields.flag('port_security_enabled'), qosPolicyId: fields.nullableText('qos_policy_id'),
  });
  return {
    path: 'networks', singular: 'network', plural: 'networks', collection: records.networks, notFound: (id) => notFound('network', id),
    view: (network) => networkView(records, network),
    create: (fields, caller) => {
      if (fields.flag('shared') === true || fields.flag('router:external') === true) adminOnly(fields, caller, ADMIN_FIELDS, 'create_network');
      const wanted = changes(fields);
      requireVisibleReferences(records, wanted, caller);
      return createNetwork(records, { ...wanted, projectId: ownerOf(fields, caller, 'create_network') });
    },
    update: (network, fields, caller) => {
      adminOnly(fields, caller, ADMIN_FIELDS, 'update_network');
      const change = changes(fields);
      requireVisibleReferences(records, change, caller, network);
      return updateNetwork(records, network.id, change);
    },
    remove: (network) => deleteNetwork(records, network.id),
  };
}

export function subnetResource({ records, fabric }: NetworkService): NetworkResource<SubnetRecord> {
  const changes = (fields: Fields) => present({
    name: fields.text('name'), description: fields.text('description'), gatewayIp: fields.nullableText('gateway_ip'), enableDhcp: fields.flag('enable_dhcp'),
    dnsNameservers: fields.texts('dns_nameservers'), allocationPools: fields.objects('allocation_pools')?.map(poolOf),
    hostRoutes: fields.objects('host_routes')?.map((route) => ({ destination: route.requiredText('destination'), nexthop: route.requiredText('nexthop') })),
    ipv6RaMode: ipv6Mode(fields, 'ipv6_ra_mode'), ipv6AddressMode: ipv6Mode(fields, 'ipv6_address_mode'),
  });
  return {
    path: 'subnets', singular: 'subnet', plural: 'subnets', collection: records.subnets, notFound: (id) => notFound('subnet', id), view: subnetView,
    isVisible: (subnet, caller) => {
      const network = records.networks.get(subnet.networkId);
      return isVisible(subnet, caller) || (network !== undefined && isVisible(network, caller));
    },
    create: async (fields, caller) => {
      const networkId = fields.requiredText('network_id');
      const network = requireNetwork(records, networkId);
      if (!isVisible(network, caller)) throw notFound('network', networkId);
      if (!caller.isAdmin && network.projectId !== caller.projectId) throw forbidden('create_subnet');
      const cidr = fields.text('cidr');
      if (cidr === undefined) throw new NetworkFault(400, 'BadRequest', 'Bad subnets request: a subnetpool must be specified in the absence of a cidr.');
      const ipVersion = fields.integer('ip_version') ?? (cidr.includes(':') ? 6 : 4);
      if (ipVersion !== 4 && ipVersion !== 6) throw malformed(`'${ipVersion}' is not in [4, 6]`);
      const wanted = changes(fields);
      await refuseHostRoute(cidr);
      if (wanted.gatewayIp !== null) refuseOverlap(networkId, cidr);
      const subnet = createSubnet(records, { ...wanted, networkId, cidr, ipVersion, projectId: ownerOf(fields, caller, 'create_subnet') });
      await requireOnHost(subnet);
      return subnet;
    },
    update: (subnet, fields) => {
      const change = changes(fields);
      if (subnet.gatewayIp === null && typeof change.gatewayIp === 'string') refuseOverlap(subnet.networkId, subnet.cidr);
      return updateSubnet(records, subnet.id, change);
    },
    remove: (subnet) => deleteSubnet(records, subnet.id),
  };

  /** The bridge would take the host's own route: better to say so than to cut the host off. */
  async function refuseHostRoute(cidr: string): Promise<void> {
    const route = await fabric.conflictingRoute(cidr);
    if (route !== null) throw new NetworkFault(409, 'Conflict', `The subnet ${cidr} overlaps a route of this host (${route}); choose another range.`);
  }

  /** Neutron gives each router tables of its own; here all networks share those of the host. */
  function refuseOverlap(networkId: string, cidr: string): void {
    const [other] = subnetsInTheWay(records, networkId, cidr);
    if (!other) return;
    throw new NetworkFault(409, 'Conflict', `The subnet ${cidr} overlaps ${other.cidr} of another network, and this host routes for all of them: traffic would go to the wrong one. Choose another range, or give the subnet no gateway.`);
  }

  /** A subnet that this machine cannot have (IPv6 switched off, an address that the kernel refuses) is not kept: nothing could be plugged into it. */
  async function requireOnHost(subnet: SubnetRecord): Promise<void> {
    try {
      await fabric.settled();
    } catch (error) {
      if (records.subnets.get(subnet.id)) deleteSubnet(records, subnet.id);
      throw new NetworkFault(409, 'Conflict', `This host cannot have the subnet ${subnet.cidr}: ${reasonOf(error)}`);
    }
  }
}

function poolOf(fields: Fields): AllocationPool {
  return { start: fields.requiredText('start'), end: fields.requiredText('end') };
}

function ipv6Mode(fields: Fields, key: string): Ipv6Mode | null | undefined {
  const mode = fields.nullableText(key);
  if (mode === undefined || mode === null) return mode;
  if (mode === 'slaac' || mode === 'dhcpv6-stateful' || mode === 'dhcpv6-stateless') return mode;
  throw malformed(`'${mode}' is not in ['dhcpv6-stateful', 'dhcpv6-stateless', 'slaac']`);
}
