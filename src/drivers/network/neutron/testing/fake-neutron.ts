import { randomUUID } from 'node:crypto';
import { parseCidr } from '../../../../model/ip.ts';
import type { Script, ScriptedAnswer, SeenCall } from '../../../../openstack/testing/scripted-cloud.ts';
import { eui64Address } from '../../local/allocate-address.ts';

type Row = Record<string, unknown> & { id: string };
type Collection = 'networks' | 'subnets' | 'ports' | 'security-groups' | 'security-group-rules';

/** As much of Neutron as the driver talks to, with its habits: default rules, addresses of automatic subnets, refusals of doubles. */
export interface FakeNeutron {
  readonly script: Script;
  readonly rows: Readonly<Record<Collection, Row[]>>;
  add(collection: Collection, row: Record<string, unknown>): Row;
}

const KEYS: Readonly<Record<Collection, string>> = { networks: 'network', subnets: 'subnet', ports: 'port', 'security-groups': 'security_group', 'security-group-rules': 'security_group_rule' };

/** @param extensions aliases of what it is able to; what belongs to another one it refuses. */
export function createFakeNeutron(extensions: readonly string[] = ['allowed-address-pairs', 'qos', 'security-group']): FakeNeutron {
  const rows: Record<Collection, Row[]> = { networks: [], subnets: [], ports: [], 'security-groups': [], 'security-group-rules': [] };
  let nextHost = 10;
  let nextMac = 0;
  const add = (collection: Collection, given: Record<string, unknown>): Row => {
    const row: Row = { id: randomUUID(), ...given };
    rows[collection].push(row);
    return row;
  };
  const addressFor = (fixed: Record<string, unknown>): Record<string, unknown> => ({ ...fixed, ip_address: fixed['ip_address'] ?? `10.0.0.${(nextHost += 1)}` });
  const makePort = (given: Record<string, unknown>): ScriptedAnswer => {
    const subnets = rows.subnets.filter(({ network_id: id }) => id === given['network_id']);
    const asked = (given['fixed_ips'] ?? subnets.filter(({ ipv6_address_mode: mode }) => mode === undefined).map(({ id }) => ({ subnet_id: id }))) as Record<string, unknown>[];
    const taken = asked.find(({ ip_address: address }) => address !== undefined && rows.ports.some((port) => (port['fixed_ips'] as Record<string, unknown>[]).some((fixed) => fixed['ip_address'] === address)));
    if (taken !== undefined) return refuse(409, 'IpAddressAlreadyAllocated', `IP address ${String(taken['ip_address'])} already allocated in subnet ${String(taken['subnet_id'])}.`);
    const automatic = subnets.filter(({ ipv6_address_mode: mode }) => mode === 'slaac');
    const chosen = asked.filter((fixed) => !automatic.some(({ id }) => id === fixed['subnet_id']));
    const impossible = asked.find((fixed) => !chosen.includes(fixed) && fixed['ip_address'] !== undefined);
    if (impossible !== undefined) return refuse(400, 'AllocationOnAutoAddressSubnet', `IPv6 address ${String(impossible['ip_address'])} cannot be directly assigned to a port on subnet ${String(impossible['subnet_id'])}`);
    const mac = typeof given['mac_address'] === 'string' ? given['mac_address'] : `fa:16:3e:00:00:${(nextMac += 1).toString(16).padStart(2, '0')}`;
    const fixedIps = [...chosen.map(addressFor), ...automatic.map(({ id, cidr }) => ({ subnet_id: id, ip_address: eui64Address(parseCidr(String(cidr)) ?? { version: 6, network: 0n, prefixLength: 64 }, mac) }))];
    return { status: 201, body: { port: add('ports', { mac_address: mac, device_id: '', status: 'DOWN', allowed_address_pairs: [], security_groups: ['default'], ...given, fixed_ips: fixedIps }) } };
  };
  const makeGroup = (given: Record<string, unknown>): ScriptedAnswer => {
    const group = add('security-groups', { project_id: 'service-project', ...given });
    for (const ethertype of ['IPv4', 'IPv6']) add('security-group-rules', { security_group_id: group.id, direction: 'egress', ethertype, protocol: null, port_range_min: null, port_range_max: null, remote_ip_prefix: null });
    return { status: 201, body: { security_group: withRules(group) } };
  };
  const withRules = (group: Row) => ({ ...group, security_group_rules: rows['security-group-rules'].filter(({ security_group_id: id }) => id === group.id) });
  const makeRules = (given: readonly Record<string, unknown>[]): ScriptedAnswer => {
    const twin = given.find((rule) => rows['security-group-rules'].some((known) => Object.entries(rule).every(([name, value]) => known[name] === value)));
    if (twin !== undefined) return refuse(409, 'SecurityGroupRuleExists', 'Security group rule already exists.');
    return { status: 201, body: { security_group_rules: given.map((rule) => add('security-group-rules', rule)) } };
  };
  const remove = (collection: Collection, id: string): ScriptedAnswer => {
    if (!rows[collection].some((row) => row.id === id)) return refuse(404, 'NotFound', `${id} could not be found.`);
    if (collection === 'security-groups' && rows.ports.some((port) => (port['security_groups'] as string[]).includes(id))) return refuse(409, 'SecurityGroupInUse', `Security Group ${id} in use.`);
    rows[collection] = rows[collection].filter((row) => row.id !== id);
    if (collection === 'security-groups') rows['security-group-rules'] = rows['security-group-rules'].filter(({ security_group_id: group }) => group !== id);
    return { status: 204 };
  };
  const post = (collection: Collection, body: Record<string, unknown>): ScriptedAnswer => {
    const given = body[KEYS[collection]] as Record<string, unknown>;
    if (collection === 'ports') return makePort(given);
    return collection === 'security-groups' ? makeGroup(given) : makeRules(body['security_group_rules'] as Record<string, unknown>[]);
  };
  const script = (call: SeenCall): ScriptedAnswer => {
    const url = new URL(call.url, 'http://neutron');
    const [, collection, id] = /^\/neutron\/v2\.0\/([a-z-]+)\/?(.*)$/.exec(url.pathname) as unknown as [string, Collection, string];
    if ((collection as string) === 'extensions') return { body: { extensions: extensions.map((alias) => ({ alias })) } };
    if (!extensions.includes('qos') && JSON.stringify(call.body ?? {}).includes('"qos_policy_id"')) return refuse(400, 'HTTPBadRequest', "Unrecognized attribute(s) 'qos_policy_id'");
    if (!extensions.includes('security-group') && collection.startsWith('security-group')) return refuse(404, 'HTTPNotFound', 'The resource could not be found.');
    if (!extensions.includes('security-group') && JSON.stringify(call.body ?? {}).includes('"security_groups"')) return refuse(400, 'HTTPBadRequest', "Unrecognized attribute(s) 'security_groups'");
    const present = (row: Row) => (collection === 'security-groups' ? withRules(row) : row);
    if (call.method === 'POST') return post(collection, call.body as Record<string, unknown>);
    if (call.method === 'DELETE') return remove(collection, id);
    if (id === '') return { body: { [collection.replaceAll('-', '_')]: rows[collection].filter((row) => matches(row, url.searchParams)).map(present) } };
    const row = rows[collection].find((one) => one.id === id);
    if (row === undefined) return refuse(404, 'NotFound', `${id} could not be found.`);
    if (call.method === 'PUT') Object.assign(row, { ...(call.body as Record<string, Record<string, unknown>>)[KEYS[collection]] });
    if (call.method === 'PUT' && collection === 'ports') row['fixed_ips'] = (row['fixed_ips'] as Record<string, unknown>[]).map(addressFor);
    return { body: { [KEYS[collection]]: present(row) } };
  };
  return { script, get rows() { return rows; }, add };
}

function matches(row: Row, query: URLSearchParams): boolean {
  return [...new Set(query.keys())].every((name) => query.getAll(name).includes(String(row[name])));
}

function refuse(status: number, type: string, message: string): ScriptedAnswer {
  return { status, body: { NeutronError: { type, message, detail: '' } } };
}
