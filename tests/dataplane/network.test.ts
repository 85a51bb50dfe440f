import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../src/processes/embedded/cloud-client.ts';
import { get } from '../../src/processes/embedded/traffic.ts';
import { until } from '../harness/until.ts';
import { NetworkWorld, SILENCE_MS, tally, type Balancer, type Subnet } from './network-world.ts';

const NETWORK = '/network/v2.0';
let world: NetworkWorld;
let subnet4: Subnet;
let subnet6: Subnet;
const made: Balancer[] = [];

beforeAll(async () => {
  world = await NetworkWorld.start();
  subnet4 = await world.subnet('net', '10.0.10.0/24');
  subnet6 = await world.subnet('net', 'fd00:10::/64');
  await Promise.all([
    world.serve('m4', 'net', '10.0.10.11', 'http:80', 'udp:53'), world.serve('m6', 'net', 'fd00:10::11', 'http:80', 'udp:53'),
    world.client('c1', 'net', '10.0.10.21'), world.client('c2', 'net', '10.0.10.22'), world.client('c6', 'net', 'fd00:10::21'),
  ]);
});

afterAll(() => world?.stop());

afterEach(async () => {
  for (const lb of made.splice(0)) await world.delete(lb);
});

const member = (name: 'm4' | 'm6', port = 80): Json => ({ name, address: name === 'm4' ? '10.0.10.11' : 'fd00:10::11', protocol_port: port });

function http(port: number, ...members: Json[]): Json {
  return { name: `http${port}`, protocol: 'HTTP', protocol_port: port, default_pool: { name: `pool${port}`, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: members.length > 0 ? members : [member('m4')] } };
}

async function create(fields: Json): Promise<Balancer> {
  const lb = await world.balancer({ vip_subnet_id: subnet4.id, listeners: [http(80)], ...fields });
  made.push(lb);
  return lb;
}

/** The body, or null when no answer comes in a second, which is no proof that none would: that one comes is waited for. */
async function fetched(client: string, url: string): Promise<string | null> {
  return world.inside(client, 'curl', '-sg', '-m', '1', url).then(({ stdout }) => stdout, () => null);
}

const untilFetched = (client: string, url: string, wanted: string | null): Promise<void> => until(`${client} gets ${wanted} from ${url}`, async () => (await fetched(client, url)) === wanted);

async function listenerId(lb: Balancer): Promise<string> {
  return String((await world.cloud.list(`/v2/lbaas/listeners?loadbalancer_id=${lb.id}`, 'listeners'))[0]?.['id']);
}

describe('addresses', () => {
  it('a VIP of IPv6 serves HTTP and UDP to IPv6 members', async () => {
    const udp = { protocol: 'UDP', protocol_port: 53, default_pool: { name: 'udp', protocol: 'UDP', lb_algorithm: 'ROUND_ROBIN', members: [member('m6', 53)] } };
    const lb = await create({ vip_subnet_id: subnet6.id, listeners: [http(80, member('m6')), udp] });
    expect(lb.vip).toMatch(/^fd00:10::/);
    await untilFetched('c6', `http://[${lb.vip}]/`, 'm6');
    expect(tally(await world.udp('c6', lb.vip, 53, 3))).toEqual({ m6: 3 });
  });

  it('a VIP of each family answers with members of both', async () => {
    const udp = { protocol: 'UDP', protocol_port: 53, default_pool: { name: 'udp', protocol: 'UDP', lb_algorithm: 'ROUND_ROBIN', members: [member('m4', 53), member('m6', 53)] } };
    const lb = await create({ additional_vips: [{ subnet_id: subnet6.id }], listeners: [http(80, member('m4'), member('m6')), udp] });
    const [second] = lb.body['additional_vips'] as { ip_address: string }[];
    for (const [client, address] of [['c1', lb.vip], ['c6', second?.ip_address ?? '']] as const) {
      const url = `http://${address.includes(':') ? `[${address}]` : address}/`;
      const met = new Set<string | null>();
      await until(`both members answer at ${url}`, async () => met.add(await fetched(client, url)).has('m4') && met.has('m6'));
    }
    expect(tally(await world.udp('c1', lb.vip, 53, 2))).toEqual({ m4: 2 });
    expect(tally(await world.udp('c6', second?.ip_address ?? '', 53, 2))).toEqual({ m6: 2 });
  });

  it('a VIP may be a port of the user, which stays when the load balancer goes', async () => {
    const port = await world.cloud.create(`${NETWORK}/ports`, 'port', { network_id: subnet4.networkId, fixed_ips: [{ subnet_id: subnet4.id, ip_address: '10.0.10.250' }] });
    const lb = await world.balancer({ vip_port_id: port.id, listeners: [http(80)] });
    expect(lb.vip).toBe('10.0.10.250');
    await untilFetched('c1', 'http://10.0.10.250/', 'm4');
    await world.delete(lb);
    expect(await world.cloud.show(`${NETWORK}/ports/${port.id}`, 'port')).toMatchObject({ id: port.id, device_id: '' });
  });

  it('a VIP may be given by network, or by subnet and address', async () => {
    const byNetwork = await create({ vip_subnet_id: undefined, vip_network_id: subnet4.networkId });
    expect(byNetwork.vip).toMatch(/^10\.0\.10\./);
    await untilFetched('c1', `http://${byNetwork.vip}/`, 'm4');
    const byAddress = await create({ vip_address: '10.0.10.240' });
    expect(byAddress.vip).toBe('10.0.10.240');
    await untilFetched('c1', 'http://10.0.10.240/', 'm4');
  });

  it('several listeners of two load balancers share one network; one goes without the other', async () => {
    const [first, second] = [await create({ listeners: [http(80), http(8080)] }), await create({ listeners: [http(80)] })];
    for (const url of [`http://${first.vip}/`, `http://${first.vip}:8080/`, `http://${second.vip}/`]) await untilFetched('c1', url, 'm4');
    await world.delete(first);
    made.splice(made.indexOf(first), 1);
    expect(await fetched('c1', `http://${first.vip}/`)).toBeNull();
    await untilFetched('c1', `http://${second.vip}/`, 'm4');
  });
});

describe('who may connect', () => {
  it('allowed_cidrs let only their clients in, and change while traffic flows', async () => {
    const lb = await create({ listeners: [{ ...http(80), allowed_cidrs: ['10.0.10.21/32'] }] });
    const allow = async (cidrs: string[] | null): Promise<Json> => world.change(lb, 'PUT', `listeners/${await listenerId(lb)}`, { listener: { allowed_cidrs: cidrs } });
    await untilFetched('c1', `http://${lb.vip}/`, 'm4');
    expect(await fetched('c2', `http://${lb.vip}/`)).toBeNull();
    await allow(['10.0.10.22/32']);
    await untilFetched('c2', `http://${lb.vip}/`, 'm4');
    expect(await fetched('c1', `http://${lb.vip}/`)).toBeNull();
    await allow(null);
    await untilFetched('c1', `http://${lb.vip}/`, 'm4');
    await untilFetched('c2', `http://${lb.vip}/`, 'm4');
  });

  it('allowed_cidrs hold for UDP as well', async () => {
    const pool = { name: 'udp', protocol: 'UDP', lb_algorithm: 'ROUND_ROBIN', members: [member('m4', 53)] };
    const lb = await create({ listeners: [{ protocol: 'UDP', protocol_port: 53, allowed_cidrs: ['10.0.10.21/32'], default_pool: pool }] });
    await until('c1 is answered', async () => (await world.udp('c1', lb.vip, 53, 1, { waitMs: SILENCE_MS }))[0] === 'm4');
    expect(tally(await world.udp('c2', lb.vip, 53, 2, { waitMs: SILENCE_MS }))).toEqual({ null: 2 });
  });

  it('the user\'s security groups decide when vip_sg_ids are given', async () => {
    const group = await world.cloud.create(`${NETWORK}/security-groups`, 'security_group', { name: 'mine' });
    const rule = (cidr: string): Promise<Json> => world.cloud.create(`${NETWORK}/security-group-rules`, 'security_group_rule', {
      security_group_id: group.id, direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', port_range_min: 80, port_range_max: 80, remote_ip_prefix: cidr,
    });
    await rule('10.0.10.21/32');
    const lb = await create({ vip_sg_ids: [group.id] });
    await untilFetched('c1', `http://${lb.vip}/`, 'm4');
    expect(await fetched('c2', `http://${lb.vip}/`)).toBeNull();
    await rule('10.0.10.22/32');
    await untilFetched('c2', `http://${lb.vip}/`, 'm4');
    await world.change(lb, 'PUT', `loadbalancers/${lb.id}`, { loadbalancer: { vip_sg_ids: [] } });
    await untilFetched('c1', `http://${lb.vip}/`, 'm4');
  });
});

describe('bandwidth', () => {
  const BYTES = 3_000_000;

  async function bytesPerSecond(lb: Balancer): Promise<number> {
    const { stdout } = await world.inside('c1', 'curl', '-s', '-o', '/dev/null', '-w', '%{size_download} %{speed_download}', `http://${lb.vip}/bytes?n=${BYTES}`);
    const [size, speed] = stdout.split(' ').map(Number);
    expect(size).toBe(BYTES);
    return speed ?? 0;
  }

  it('is limited by the QoS policy of the VIP, and free again without it', async () => {
    const policy = await world.cloud.create(`${NETWORK}/qos/policies`, 'policy', { name: 'slow' });
    await world.cloud.create(`${NETWORK}/qos/policies/${policy.id}/bandwidth_limit_rules`, 'bandwidth_limit_rule', { max_kbps: 8_000, max_burst_kbps: 800, direction: 'egress' });
    const lb = await create({ vip_qos_policy_id: policy.id });
    await untilFetched('c1', `http://${lb.vip}/`, 'm4');
    const limited = await bytesPerSecond(lb);
    expect(limited).toBeGreaterThan(300_000);
    expect(limited).toBeLessThan(1_500_000);
    await world.change(lb, 'PUT', `loadbalancers/${lb.id}`, { loadbalancer: { vip_qos_policy_id: null } });
    await until('it is fast again', async () => (await bytesPerSecond(lb)) > 3_000_000);
    await world.change(lb, 'PUT', `loadbalancers/${lb.id}`, { loadbalancer: { vip_qos_policy_id: policy.id } });
    expect(await bytesPerSecond(lb)).toBeLessThan(1_500_000);
  });
});

describe('a floating IP', () => {
  it('leads to the VIP until it is taken away', async () => {
    const external = await world.cloud.create(`${NETWORK}/networks`, 'network', { name: 'public', 'router:external': true });
    await world.cloud.create(`${NETWORK}/subnets`, 'subnet', { network_id: external.id, ip_version: 4, cidr: '172.16.50.0/24' });
    const lb = await create({});
    const floating = await world.cloud.create(`${NETWORK}/floatingips`, 'floatingip', { floating_network_id: external.id, port_id: String(lb.body['vip_port_id']) });
    const url = `http://${String(floating['floating_ip_address'])}/`;
    await until('the floating IP answers', () => get(url, 1_000).then((text) => text === 'm4', () => false));
    await untilFetched('c1', url, 'm4');
    await world.cloud.request('PUT', `${NETWORK}/floatingips/${floating.id}`, { floatingip: { port_id: null } });
    await expect(get(url, 500)).rejects.toThrow();
  });
});
