import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { amphoraNamespaces } from '../../src/processes/embedded/amphora-namespaces.ts';
import type { Json } from '../../src/processes/embedded/cloud-client.ts';
import { get } from '../../src/processes/embedded/traffic.ts';
import { run } from '../../src/lib/run.ts';
import { until } from '../harness/until.ts';
import { NetworkWorld, tally, type Balancer, type Subnet } from './network-world.ts';

let world: NetworkWorld;
let subnets: readonly [Subnet, Subnet];
let lb: Balancer | null = null;

beforeAll(async () => {
  world = await NetworkWorld.start();
  subnets = [await world.subnet('net', '10.0.10.0/24'), await world.subnet('net', 'fd00:10::/64')];
  await Promise.all([
    ...[1, 2, 3].map((number) => world.serve(`m${number}`, 'net', `10.0.10.1${number}`, 'http:80')),
    ...[1, 2, 3, 4].map((number) => world.client(`c${number}`, 'net', `10.0.10.2${number}`)),
    ...[1, 2, 3, 4].map((number) => world.client(`s${number}`, 'net', `fd00:10::2${number}`)),
  ]);
});

afterEach(async () => {
  if (lb) await world.delete(lb);
  lb = null;
});

afterAll(() => world?.stop());

const member = (number: number, extra: Json = {}): Json => ({ name: `m${number}`, address: `10.0.10.1${number}`, protocol_port: 80, ...extra });

async function create(pool: Json & { readonly protocol?: string }, extra: Json = {}): Promise<Balancer> {
  const protocol = pool.protocol ?? 'HTTP';
  lb = await world.balancer({
    name: 'lb', vip_subnet_id: subnets[0].id,
    listeners: [{ name: 'listener', protocol, protocol_port: 80, default_pool: { name: 'pool', protocol, lb_algorithm: 'ROUND_ROBIN', members: [member(1), member(2)], ...pool } }], ...extra,
  });
  return lb;
}

async function asked(server: string, url: string, count: number): Promise<string[]> {
  const heard: string[] = [];
  for (let sent = 0; sent < count; sent += 1) heard.push((await world.inside(server, 'curl', '-sg', '-m', '10', url)).stdout);
  return heard;
}

describe('algorithms', () => {
  it('ROUND_ROBIN spreads requests by weight', async () => {
    const { vip } = await create({ members: [member(1, { weight: 3 }), member(2, { weight: 1 })] });
    await until('it answers', () => get(`http://${vip}/`, 1_000).then(() => true, () => false));
    expect(tally(await Promise.all(Array.from({ length: 40 }, () => get(`http://${vip}/`, 10_000))))).toEqual({ m1: 30, m2: 10 });
  });

  it('LEAST_CONNECTIONS gives new connections to a member that has fewer', async () => {
    const { id, vip } = await create({ protocol: 'TCP', lb_algorithm: 'LEAST_CONNECTIONS' });
    const held: Socket[] = [];
    const hold = async (count: number): Promise<void> => {
      for (let number = 0; number < count; number += 1) {
        const socket = connect({ host: vip, port: 80 }).on('error', () => undefined);
        held.push(socket);
        await new Promise((resolve) => socket.once('connect', resolve));
      }
    };
    const connections = async (): Promise<number[]> => Promise.all([1, 2, 3].map(async (number) => (await world.inside(`m${number}`, 'ss', '-Htn', 'state', 'established', 'sport', '=', ':80')).stdout.split('\n').filter(Boolean).length));
    try {
      await hold(6);
      await until('both have three', async () => String(await connections()) === '3,3,0');
      const [pool] = await world.cloud.list(`/v2/lbaas/pools?loadbalancer_id=${id}`, 'pools');
      await world.change({ id }, 'POST', `pools/${String(pool?.['id'])}/members`, { member: member(3) });
      await hold(3);
      await until('the new one has as many', async () => String(await connections()) === '3,3,3');
    } finally {
      for (const socket of held) socket.destroy();
    }
  });

  it('SOURCE_IP sends every request of a client to one member, and clients to all members', async () => {
    // Where a member stands follows from its id: four clients meet the same one in one of twenty cases.
    for (let attempt = 1; ; attempt += 1) {
      const balancer = await create({ lb_algorithm: 'SOURCE_IP', members: [member(1), member(2), member(3)] });
      const url = `http://${balancer.vip}/`;
      await until('it answers', () => get(url, 1_000).then(() => true, () => false));
      const met = await Promise.all([1, 2, 3, 4].map((number) => asked(`c${number}`, url, 4)));
      for (const answers of met) expect(new Set(answers).size).toBe(1);
      if (new Set(met.flat()).size > 1) return;
      expect(attempt).toBeLessThan(6);
      await world.delete(balancer);
    }
  });
});

it('a session by SOURCE_IP holds for clients of IPv6', async () => {
  const { body } = await create({ session_persistence: { type: 'SOURCE_IP' }, members: [member(1), member(2), member(3)] }, { additional_vips: [{ subnet_id: subnets[1].id }] });
  const vip6 = String((body['additional_vips'] as { ip_address: string }[])[0]?.ip_address);
  await until('it answers', async () => (await asked('s1', `http://[${vip6}]/`, 1).catch(() => ['']))[0]?.startsWith('m') ?? false);
  const met = await Promise.all([1, 2, 3, 4].map((number) => asked(`s${number}`, `http://[${vip6}]/`, 5)));
  for (const answers of met) expect(new Set(answers).size).toBe(1);
  expect(new Set(met.flat()).size).toBeGreaterThan(1);
});

it('one pool serves two listeners, and its changes reach both', async () => {
  const { id, vip } = await create({});
  const [pool] = await world.cloud.list(`/v2/lbaas/pools?loadbalancer_id=${id}`, 'pools');
  await world.change({ id }, 'POST', 'listeners', { listener: { name: 'second', loadbalancer_id: id, protocol: 'HTTP', protocol_port: 81, default_pool_id: pool?.['id'] } });
  const answers = async (port: number): Promise<Record<string, number>> => tally([await get(`http://${vip}:${port}/`, 10_000), await get(`http://${vip}:${port}/`, 10_000)]);
  for (const port of [80, 81]) await until(`port ${port} is served by both`, async () => JSON.stringify(Object.keys(await answers(port).catch(() => ({}))).sort()) === '["m1","m2"]');
  const [first] = await world.cloud.list(`/v2/lbaas/pools/${String(pool?.['id'])}/members?name=m1`, 'members');
  await world.change({ id }, 'DELETE', `pools/${String(pool?.['id'])}/members/${String(first?.['id'])}`);
  for (const port of [80, 81]) expect(await answers(port)).toEqual({ m2: 2 });
});

it('a change that loads haproxy anew flips no status: who is away stays ERROR and gets nothing, who serves stays ONLINE', async () => {
  const { id, vip } = await create({ members: [member(1), member(2, { protocol_port: 9 })], healthmonitor: { name: 'monitor', type: 'TCP', delay: 1, timeout: 1, max_retries: 3, max_retries_down: 3 } });
  await world.untilStatus({ id }, { m1: 'ONLINE', m2: 'ERROR' });
  const [listener] = await world.cloud.list(`/v2/lbaas/listeners?loadbalancer_id=${id}`, 'listeners');
  const seen = new Set<string>();
  for (let round = 1; round <= 4; round += 1) {
    await world.change({ id }, 'PUT', `listeners/${String(listener?.['id'])}`, { listener: { timeout_client_data: 50_000 + round } });
    for (const end = Date.now() + 1_500; Date.now() < end;) {
      const { m1, m2 } = await world.statuses({ id });
      seen.add(`${m1} ${m2}`).add(await get(`http://${vip}/`, 10_000));
    }
  }
  expect([...seen].sort()).toEqual(['ONLINE ERROR', 'm1']);
});

// As with the original, the rule for the pair's own connections lets others in on that port too.
it('a listener with allowed_cidrs may have the port by which a pair shares its tables', async () => {
  const profile = await world.cloud.create('/v2/lbaas/flavorprofiles', 'flavorprofile', { name: 'pair', provider_name: 'amphora', flavor_data: '{"loadbalancer_topology": "ACTIVE_STANDBY"}' });
  const flavor = await world.cloud.create('/v2/lbaas/flavors', 'flavor', { name: 'pair', flavor_profile_id: profile.id });
  lb = await world.balancer({
    name: 'lb', vip_subnet_id: subnets[0].id, flavor_id: flavor.id,
    listeners: [{ name: 'listener', protocol: 'HTTP', protocol_port: 1025, allowed_cidrs: ['10.0.10.21/32'], default_pool: { name: 'pool', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', session_persistence: { type: 'SOURCE_IP' }, members: [member(1)] } }],
  });
  const { vip } = lb;
  await until('the client is served', async () => (await asked('c1', `http://${vip}:1025/`, 1).catch(() => ['']))[0] === 'm1');
  await until('the pair is connected', async () => {
    const listings = await Promise.all((await amphoraNamespaces()).map((name) => run('ip', ['netns', 'exec', name, 'ss', '-Htn', 'state', 'established'])));
    return listings.length === 2 && listings.every(({ stdout }) => /:1025\s/.test(stdout));
  });
});
