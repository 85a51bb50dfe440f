import type { View } from '../http/listing.ts';

/** Only what this network really does: clients decide by these which attributes to send. */
const OFFERED: Readonly<Record<string, string>> = {
  'allowed-address-pairs': 'Allowed Address Pairs',
  binding: 'Port Binding',
  'ext-gw-mode': 'Neutron L3 Configurable external gateway mode',
  'external-net': 'Neutron external network',
  extraroute: 'Neutron Extra Route',
  'fip-port-details': 'Floating IP Port Details Extension',
  'net-mtu': 'Network MTU',
  'net-mtu-writable': 'Network MTU (writable)',
  'network-ip-availability': 'Network IP Availability',
  pagination: 'Pagination support',
  'port-security': 'Port Security',
  'project-id': 'project_id field enabled',
  qos: 'Quality of Service',
  'qos-bw-limit-direction': 'Direction for QoS bandwidth limit rule',
  'qos-default': 'QoS default policy',
  router: 'Neutron L3 Router',
  'security-group': 'security-group',
  sorting: 'Sorting support',
  'standard-attr-description': 'standard-attr-description',
  'standard-attr-tag': 'Tag support for resources with standard attribute',
  'standard-attr-timestamp': 'Resource timestamps',
};

/** `GET /v2.0/extensions`. */
export function extensionViews(): readonly View[] {
  return Object.entries(OFFERED).map(([alias, name]) => ({ alias, name, description: name, updated: '2016-01-01T00:00:00-00:00', links: [] }));
}
