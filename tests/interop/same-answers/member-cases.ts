import { exchange, single, type Case } from './exchange.ts';

const MEMBERS = '/lbaas/pools/$pool-http/members';
const UNKNOWN = '11111111-2222-4333-8444-555555555555';
const base = { address: '192.0.2.50', protocol_port: 80 };
const create = (fields: object, pool = '$pool-http') => single('POST', `/lbaas/pools/${pool}/members`, { member: { ...base, ...fields } });
const update = (fields: object) => single('PUT', `${MEMBERS}/$member-11`, { member: fields });

const ADDRESSES: readonly unknown[] = ['192.0.2.50', '2001:db8::1', '2001:DB8:0::1', '192.0.2', '192.0.2.256', 'a.example', '', null, 5, '192.0.2.50/24', '127.0.0.1', '0.0.0.0', '169.254.169.254', '::1', ' 192.0.2.50', '192.0.2.050', 'fe80::1%eth0', '::ffff:192.0.2.1'];
const PORTS: readonly unknown[] = [0, 1, 65_535, 65_536, -1, '80', 'x', null, 1.5];
const CHANGES: readonly object[] = [
  ...[0, 1, 256, 257, -1, '5', 'x', null, 1.5].map((weight) => ({ weight })), ...[true, false, null, 'yes', 'x'].map((backup) => ({ backup })), ...[...ADDRESSES.slice(0, 9), '169.254.169.254'].map((monitor_address) => ({ monitor_address })), ...PORTS.map((monitor_port) => ({ monitor_port })),
  { name: 'n', tags: ['a'], admin_state_up: false, weight: 7 }, { name: null, tags: null, admin_state_up: null }, { name: 'x'.repeat(256) }, { tags: [] }, { colour: 1 }, { description: 'd' },
];

const creates: readonly Case[] = [
  ...ADDRESSES.map((address) => create({ address })), ...PORTS.map((protocol_port) => create({ protocol_port })), ...CHANGES.map((given) => create(given)), ...['address', 'protocol_port'].map((name) => single('POST', MEMBERS, { member: Object.fromEntries(Object.entries(base).filter(([key]) => key !== name)) })),
  ...['$subnet', UNKNOWN, 'no-uuid', null, ''].map((subnet_id) => create({ subnet_id })), create({ address: '192.0.2.10' }), create({ address: '192.0.2.10', protocol_port: 81 }), create({ project_id: '$other-project' }), create({ id: UNKNOWN }), create({ pool_id: '$pool-http' }), create({ ip_address: '192.0.2.1' }),
  ...['$pool-tcp', '$pool-udp', '$pool-sctp', '$noop-pool', '$busy-pool', UNKNOWN, 'no-uuid'].flatMap((pool) => [create({}, pool), create({ address: '2001:db8::1' }, pool)]),
];

const updates: readonly Case[] = [
  update({}), ...CHANGES.map(update), update({ address: '192.0.2.60' }), update({ protocol_port: 81 }), update({ subnet_id: '$subnet' }), update({ pool_id: '$pool-tcp' }),
  ...[[`$pool-http`, UNKNOWN], ['$pool-tcp', '$member-11'], [UNKNOWN, '$member-11'], ['no-uuid', '$member-11'], ['$pool-http', 'no-uuid']].flatMap(([pool, member]) => [single('PUT', `/lbaas/pools/${pool}/members/${member}`, { member: { weight: 1 } }), single('DELETE', `/lbaas/pools/${pool}/members/${member}`)]),
  single('DELETE', `${MEMBERS}/$member-11`),
];

const batch = (name: string, members: unknown, query = ''): Case => ({ name: `batch ${name}${query}`, exchanges: [exchange('PUT', `${MEMBERS}${query}`, { members }), exchange('GET', MEMBERS)] });
const OLD = ['10', '11', '12'].map((end) => ({ address: `192.0.2.${end}`, protocol_port: 80, weight: Number(end) }));
const BATCHES: Readonly<Record<string, unknown>> = {
  nothing: [], 'what is there': OLD, 'one of those': OLD.slice(0, 1), 'a new one': [base], 'all and a new one': [...OLD, base], 'another weight': [{ ...OLD[0], weight: 99 }], 'a twice named one': [base, base], 'an unknown field': [{ ...base, colour: 1 }], 'no address': [{ protocol_port: 80 }], 'no port': [{ address: '192.0.2.50' }],
  'a bad address': [{ ...base, address: 'x' }], 'a bad subnet': [{ ...base, subnet_id: UNKNOWN }], 'a reserved address': [{ ...base, address: '169.254.169.254' }], 'null weight': [{ ...OLD[0], weight: null }], 'null members': null, 'no list': {}, 'text in the list': ['x'], 'an id': [{ ...base, id: UNKNOWN }],
  'only the address of an old one': [{ address: '192.0.2.10', protocol_port: 80 }], 'a name, tags and a state': [{ ...base, name: 'n', tags: ['t'], admin_state_up: false, backup: true, monitor_address: '192.0.2.9', monitor_port: 81 }], 'a name for an old one': [{ ...OLD[0], name: 'renamed', tags: ['other'] }], 'a foreign project': [{ ...base, project_id: '$other-project' }],
};
const batches: readonly Case[] = [
  ...Object.entries(BATCHES).flatMap(([name, members]) => [batch(name, members), batch(name, members, '?additive_only=true')]), ...['True', '1', 'false', 'yes', 'x', ''].map((value) => batch('a new one', [base], `?additive_only=${value}`)),
  ...['$pool-udp', '$busy-pool', UNKNOWN, 'no-uuid'].flatMap((pool) => [single('PUT', `/lbaas/pools/${pool}/members`, { members: [base] }), single('PUT', `/lbaas/pools/${pool}/members`, { members: [] }), single('PUT', `/lbaas/pools/${pool}/members`, { members: [{ ...base, address: '2001:db8::1' }] })]),
  single('PUT', `${MEMBERS}?colour=red`, { members: [base] }),
];

export const memberCases: readonly Case[] = [...creates, ...updates, ...batches];
