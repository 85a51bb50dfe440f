import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../project.ts';
import { prefixLength, renderNetworkUnits } from './management-network.ts';
import type { LoadBalancerInterfaces } from './management-network.ts';

const LINK = { id: 'tap0', type: 'ovs', ethernet_mac_address: 'FA:16:3E:00:00:01', mtu: 1450 };
const unit = (networks: readonly object[], services: readonly object[] = []): string => {
  const units = renderNetworkUnits({ links: [LINK], networks: networks.map((network) => ({ link: 'tap0', ...network })), services });
  return units.get('/run/systemd/network/20-management-0.network') ?? '';
};

test('an interface is found by its MAC address and gets its MTU', () => {
  expect(unit([{ type: 'ipv4_dhcp' }])).toContain('[Match]\nMACAddress=fa:16:3e:00:00:01\n\n[Link]\nMTUBytes=1450\n');
});

test.each([
  [['ipv4_dhcp'], 'ipv4', 'no'],
  [['ipv4_dhcp', 'ipv6_slaac'], 'ipv4', 'yes'],
  [['ipv6_slaac'], 'no', 'yes'],
  [['ipv6_dhcpv6-stateful'], 'ipv6', 'yes'],
  [['ipv4_dhcp', 'ipv6_dhcp'], 'yes', 'yes'],
  [[], 'ipv4', 'no'],
])('networks of types %j ask DHCP %s and take advertisements: %s', (types, dhcp, adverts) => {
  const text = unit(types.map((type) => ({ type })));
  expect(text).toContain(`DHCP=${dhcp}\nIPv6AcceptRA=${adverts}\n`);
});

test('fixed addresses come with their routes', () => {
  const text = unit([
    { type: 'ipv4', ip_address: '192.0.2.10', netmask: '255.255.255.0', gateway: '192.0.2.1', routes: [{ network: '198.51.100.0', netmask: '255.255.255.128', gateway: '192.0.2.2' }] },
    { type: 'ipv6', ip_address: '2001:db8::10/64', gateway: '2001:db8::1', routes: [] },
  ], [{ type: 'dns', address: '192.0.2.53' }]);
  for (const line of ['Address=192.0.2.10/24', 'Address=2001:db8::10/64', 'DNS=192.0.2.53', 'Destination=0.0.0.0/0\nGateway=192.0.2.1', 'Destination=198.51.100.0/25\nGateway=192.0.2.2', 'Destination=::/0\nGateway=2001:db8::1']) {
    expect(text).toContain(`${line}\n`);
  }
});

const linkOf = (index: number): object => ({ id: `tap${index}`, type: 'ovs', ethernet_mac_address: `fa:16:3e:00:00:0${index}`, mtu: 1450 });
const MANAGED = '20-management-';
const LEFT_ALONE = '20-load-balancer-';

test.each<[string, LoadBalancerInterfaces, string[]]>([
  ['nothing says whose they are: all are the management network\'s', {}, [`${MANAGED}0`, `${MANAGED}1`, `${MANAGED}2`]],
  ['no count that can be used: likewise', { managementLinks: null }, [`${MANAGED}0`, `${MANAGED}1`, `${MANAGED}2`]],
  ['the first is', { managementLinks: 1 }, [`${MANAGED}0`, `${LEFT_ALONE}1`, `${LEFT_ALONE}2`]],
  ['the first two are', { managementLinks: 2 }, [`${MANAGED}0`, `${MANAGED}1`, `${LEFT_ALONE}2`]],
  ['more than there are', { managementLinks: 9 }, [`${MANAGED}0`, `${MANAGED}1`, `${MANAGED}2`]],
  ['one was plugged before this boot', { pluggedMacs: new Set(['fa:16:3e:00:00:01']) }, [`${MANAGED}0`, `${LEFT_ALONE}1`, `${MANAGED}2`]],
  ['both are said', { managementLinks: 2, pluggedMacs: new Set(['fa:16:3e:00:00:02']) }, [`${MANAGED}0`, `${MANAGED}1`, `${LEFT_ALONE}2`]],
])('of three links: %s', (_, whose, expected) => {
  const links = [0, 1, 2].map(linkOf);
  const units = renderNetworkUnits({ links, networks: links.map((_link, index) => ({ link: `tap${index}`, type: 'ipv4_dhcp' })) }, whose);
  expect([...units.keys()]).toEqual(expected.map((name) => `/run/systemd/network/${name}.network`));
  for (const [path, text] of units) {
    if (path.includes(MANAGED)) expect(text).toContain('DHCP=ipv4\n');
    else expect(text).toMatch(/^\[Match\]\nMACAddress=fa:16:3e:00:00:0\d\n\n\[Link\]\nUnmanaged=yes\n$/);
  }
});

test('units of boot data come before the unit of the image, which would ask DHCP on whatever is called eth0', () => {
  const [own = ''] = readdirSync(join(projectRoot, 'deploy/amphora-image/overlay/etc/systemd/network'));
  for (const path of renderNetworkUnits({ links: [0, 1].map(linkOf) }, { managementLinks: 1 }).keys()) expect(basename(path) < own, `${path} < ${own}`).toBe(true);
});

test('text that is no address is refused', () => {
  expect(() => unit([{ type: 'ipv4', ip_address: '1.2.3.4\nDHCP=yes', netmask: '24' }])).toThrow(/where an address belongs/);
});

test.each([['255.255.255.0', 24], ['255.255.252.0', 22], ['0.0.0.0', 0], ['ffff:ffff:ffff:ffff::', 64], ['24', 24]])('netmask %s has %i bits', (mask, bits) => {
  expect(prefixLength(mask)).toBe(bits);
});
