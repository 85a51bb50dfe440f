import { describe, expect, test } from 'vitest';
import { InvalidAddress, memberInterface, vipInterface } from './interface-file.ts';
import { planInterface } from './plan-interface.ts';
import type { InterfaceState } from './plan-interface.ts';

const BODY = { subnet_cidr: '10.0.0.0/24', gateway: '10.0.0.1', vrrp_ip: '10.0.0.5', host_routes: [{ destination: '192.0.2.0/24', nexthop: '10.0.0.9' }] };
const REQUEST = { name: 'eth1', vip: '10.0.0.2', body: BODY, mtu: 1450 };
const DOWN: InterfaceState = { isUp: false, mtu: 1500, addresses: [], routes: [], rules: [] };

describe('the file of the VIP interface', () => {
  test('alone, the agent owns the VIP and its routing table', () => {
    expect(vipInterface({ ...REQUEST, topology: 'SINGLE' })).toEqual({
      name: 'eth1', if_type: 'vip', mtu: 1450, is_sriov: false,
      addresses: [{ address: '10.0.0.5', prefixlen: 24 }, { address: '10.0.0.2', prefixlen: 32, octavia_owned: true }],
      routes: [
        { dst: '0.0.0.0/0', gateway: '10.0.0.1', flags: ['onlink'] },
        { dst: '0.0.0.0/0', gateway: '10.0.0.1', flags: ['onlink'], table: 1 },
        { dst: '10.0.0.0/24', scope: 'link' },
        { dst: '10.0.0.0/24', prefsrc: '10.0.0.2', scope: 'link', table: 1 },
        { dst: '192.0.2.0/24', gateway: '10.0.0.9', flags: ['onlink'] },
        { dst: '192.0.2.0/24', gateway: '10.0.0.9', flags: ['onlink'], table: 1 },
      ],
      rules: [{ src: '10.0.0.2', src_len: 32, table: 1 }],
      scripts: { up: [{ command: '/usr/local/bin/lvs-masquerade.sh add ipv4 eth1' }], down: [{ command: '/usr/local/bin/lvs-masquerade.sh delete ipv4 eth1' }] },
    });
  });

  test('in a pair, keepalived does', () => {
    const file = vipInterface({ ...REQUEST, topology: 'ACTIVE_STANDBY' });
    expect(file.addresses).toContainEqual({ address: '10.0.0.2', prefixlen: 32, octavia_owned: false });
    expect(file.rules).toEqual([]);
    expect(file.routes.filter((route) => route.table === 1 && route.prefsrc !== undefined)).toEqual([]);
  });

  test('takes VIPs of both families and addresses for members', () => {
    const file = vipInterface({
      ...REQUEST, topology: 'SINGLE',
      body: { ...BODY, is_sriov: true, additional_vips: [{ ip_address: '2001:db8::2', subnet_cidr: '2001:db8::/64', gateway: '2001:db8::1', host_routes: [] }] },
      fixedIps: [{ ip_address: '10.0.0.77', subnet_cidr: '10.0.0.0/24' }],
    });
    expect(file.addresses).toContainEqual({ address: '2001:db8::2', prefixlen: 128, octavia_owned: true });
    expect(file.addresses).toContainEqual({ address: '10.0.0.77', prefixlen: 24 });
    expect(file.scripts.up.map((script) => script.command)).toEqual(['/usr/local/bin/lvs-masquerade.sh add ipv4 eth1 sriov', '/usr/local/bin/lvs-masquerade.sh add ipv6 eth1 sriov']);
  });

  test('without a VRRP address asks DHCP', () => {
    expect(vipInterface({ ...REQUEST, topology: 'SINGLE', body: { subnet_cidr: '10.0.0.0/24', gateway: null } }).addresses[0]).toEqual({ dhcp: true });
  });

  test.each([['vip', { ...REQUEST, vip: '10.0.0' }], ['subnet', { ...REQUEST, body: { ...BODY, subnet_cidr: 'x' } }], ['vrrp_ip', { ...REQUEST, body: { ...BODY, vrrp_ip: '10.0.0.999' } }]])('refuses a wrong %s', (_name, request) => {
    expect(() => vipInterface({ ...request, topology: 'SINGLE' })).toThrow(InvalidAddress);
  });
});

describe('the plan', () => {
  test('gives a new interface its addresses before it goes up', () => {
    const plan = planInterface(vipInterface({ ...REQUEST, topology: 'SINGLE' }), DOWN);
    expect(plan.required).toEqual([
      'link set dev eth1 mtu 1450', 'address add 10.0.0.5/24 dev eth1', 'address add 10.0.0.2/32 dev eth1', 'link set dev eth1 up',
      'rule add from 10.0.0.2/32 table 1 protocol static',
    ]);
    expect(plan.lenient).toContain('route replace 10.0.0.0/24 src 10.0.0.2 scope link table 1 dev eth1 proto static');
  });

  test('changes nothing where everything is right, and leaves to keepalived what is its own', () => {
    const file = vipInterface({ ...REQUEST, topology: 'ACTIVE_STANDBY' });
    const state: InterfaceState = {
      isUp: true, mtu: 1450, addresses: ['10.0.0.5/24', '10.0.0.2/32'], rules: [],
      routes: file.routes.map((route) => ({ dst: route.dst, gateway: route.gateway ?? null, prefsrc: null, table: route.table === undefined ? 'main' : '1' })),
    };
    expect(planInterface(file, state)).toEqual({ required: [], lenient: [] });
    expect(planInterface(file, { ...state, addresses: ['10.0.0.5/24'] })).toEqual({ required: [], lenient: [] });
  });

  test('takes away what the file no longer has', () => {
    const file = memberInterface('eth2', { fixed_ips: [{ ip_address: '2001:db8:1::5', subnet_cidr: '2001:db8:1::/64' }] });
    const state: InterfaceState = {
      isUp: true, mtu: 1500, addresses: ['2001:db8:1:0::5/64', '10.1.0.5/24'], rules: [{ source: '10.9.9.9', table: '1' }],
      routes: [{ dst: '2001:db8:9::/64', gateway: '2001:db8:1::1', prefsrc: null, table: 'main' }],
    };
    expect(planInterface(file, state)).toEqual({
      required: [],
      lenient: ['route del 2001:db8:9::/64 via 2001:db8:1::1 table main dev eth2 proto static', 'address del 10.1.0.5/24 dev eth2'],
    });
  });

  test('skips the duplicate check of IPv6 addresses', () => {
    const file = memberInterface('eth2', { fixed_ips: [{ ip_address: '2001:db8:1::5', subnet_cidr: '2001:db8:1::/64' }] });
    expect(planInterface(file, DOWN).required).toEqual(['address add 2001:db8:1::5/64 dev eth2 nodad', 'link set dev eth2 up']);
  });
});
