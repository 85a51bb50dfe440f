import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../src/processes/embedded/cloud-client.ts';
import { until } from '../harness/until.ts';
import { NetworkWorld, SILENCE_MS, tally, type Balancer, type Subnet } from './network-world.ts';

const PORT = 5300;
let world: NetworkWorld;
let subnet: Subnet;
let lb: Balancer;
let pool: string;

beforeAll(async () => {
  world = await NetworkWorld.start();
  subnet = await world.subnet('net', '10.0.10.0/24');
  await Promise.all([
    ...[1, 2, 3].map((number) => world.serve(`m${number}`, 'net', `10.0.10.1${number}`, `udp:${PORT}`, 'http:8080', 'tcp:8081')),
    ...[1, 2].map((number) => world.client(`c${number}`, 'net', `10.0.10.2${number}`)),
  ]);
});

afterAll(() => world?.stop());

const member = (number: number, extra: Json = {}): Json => ({ name: `m${number}`, address: `10.0.10.1${number}`, protocol_port: PORT, ...extra });

async function create(poolFields: Json, members: readonly Json[], listener: Json = {}): Promise<void> {
  lb = await world.balancer({
    name: 'lb', vip_subnet_id: subnet.id,
    listeners: [{ name: 'listener', protocol: 'UDP', protocol_port: 53, default_pool: { name: 'pool', protocol: 'UDP', lb_algorithm: 'ROUND_ROBIN', members, ...poolFields }, ...listener }],
  });
  pool = String((await world.cloud.list(`/v2/lbaas/pools?loadbalancer_id=${lb.id}`, 'pools'))[0]?.['id']);
  if (members.length > 0) await until('the VIP is there', async () => (await world.udp('c2', lb.vip, 53, 1, { waitMs: SILENCE_MS })).every((answer) => answer !== null));
}

async function memberPath(name: string): Promise<string> {
  const [found] = await world.cloud.list(`/v2/lbaas/pools/${pool}/members?name=${name}`, 'members');
  return `pools/${pool}/members/${String(found?.['id'])}`;
}

describe('round robin', () => {
  beforeAll(() => create({}, [member(1), member(2, { weight: 3 })]));
  afterAll(() => world.delete(lb));

  it('spreads flows by weight', async () => {
    expect(tally(await world.udp('c1', lb.vip, 53, 16))).toEqual({ m1: 4, m2: 12 });
  });

  it('keeps a flow at its member', async () => {
    expect(Object.values(tally(await world.udp('c1', lb.vip, 53, 8, { one: true })))).toEqual([8]);
  });

  it('counts flows and bytes', async () => {
    await until('the statistics are there', async () => {
      const stats = await world.cloud.show(`/v2/lbaas/loadbalancers/${lb.id}/stats`, 'stats');
      return Number(stats['total_connections']) >= 17 && Number(stats['bytes_in']) >= 24 * 29 && Number(stats['bytes_out']) >= 24 * 30;
    });
  });

  it('shows members without monitor as NO_MONITOR and all above as ONLINE', async () => {
    await world.untilStatus(lb, { lb: 'ONLINE', listener: 'ONLINE', pool: 'ONLINE', m1: 'NO_MONITOR', m2: 'NO_MONITOR' });
  });

  it('gives a drained member no new flow, and shows it as DRAINING', async () => {
    await world.change(lb, 'PUT', await memberPath('m2'), { member: { weight: 0 } });
    expect(tally(await world.udp('c1', lb.vip, 53, 6))).toEqual({ m1: 6 });
    await world.untilStatus(lb, { m2: 'DRAINING' });
  });

  it('serves nothing of a member that is down by its administrator', async () => {
    await world.change(lb, 'PUT', await memberPath('m2'), { member: { weight: 1, admin_state_up: false } });
    expect(tally(await world.udp('c1', lb.vip, 53, 4))).toEqual({ m1: 4 });
    await world.untilStatus(lb, { m2: 'OFFLINE' });
    await world.change(lb, 'PUT', await memberPath('m2'), { member: { admin_state_up: true } });
    expect(tally(await world.udp('c1', lb.vip, 53, 4))).toEqual({ m1: 2, m2: 2 });
  });

  it('moves the flow of a removed member on', async () => {
    // Seconds of datagrams: it must outlive the change, on fast and slow machines.
    const flow = world.udp('c1', lb.vip, 53, 600, { one: true, waitMs: SILENCE_MS, pauseMs: 10 });
    let pinned: string | undefined;
    await until('a flow stands', async () => {
      const listing = await world.inAmphora(lb, 'conntrack', '-L', '-p', 'udp', '--orig-src', '10.0.10.21', '-u', 'ASSURED').catch(() => '');
      pinned = /src=10\.0\.10\.1([12]) /.exec(listing)?.[1];
      return pinned !== undefined;
    });
    await world.change(lb, 'DELETE', await memberPath(`m${pinned}`));
    const answers = await flow;
    // A busy machine may answer one of them too late.
    expect(new Set(answers.slice(-20).filter((answer) => answer !== null))).toEqual(new Set([pinned === '1' ? 'm2' : 'm1']));
  });

  it('answers a listener that is down with nothing', async () => {
    const [listener] = await world.cloud.list(`/v2/lbaas/listeners?loadbalancer_id=${lb.id}`, 'listeners');
    await world.change(lb, 'PUT', `listeners/${String(listener?.['id'])}`, { listener: { admin_state_up: false } });
    expect(tally(await world.udp('c1', lb.vip, 53, 2, { waitMs: SILENCE_MS }))).toEqual({ null: 2 });
    await world.untilStatus(lb, { listener: 'OFFLINE' });
  });
});

describe('least connections', () => {
  beforeAll(() => create({ lb_algorithm: 'LEAST_CONNECTIONS' }, [member(1)]));
  afterAll(() => world.delete(lb));

  it('gives new flows to the member with fewer', async () => {
    await world.udp('c1', lb.vip, 53, 12);
    await world.change(lb, 'POST', `pools/${pool}/members`, { member: member(2) });
    await until('the flows are counted', async () => {
      const counts = tally(await world.udp('c1', lb.vip, 53, 3));
      return counts['m2'] === 3;
    });
  });
});

describe('source address', () => {
  afterAll(() => world.delete(lb));

  it('sends every flow of a client to one member, by hash', async () => {
    await create({ lb_algorithm: 'SOURCE_IP' }, [member(1), member(2), member(3)]);
    for (const client of ['c1', 'c2']) expect(Object.keys(tally(await world.udp(client, lb.vip, 53, 8)))).toHaveLength(1);
  });

  it('keeps a client at its member for the timeout of its persistence, and finds another one after', async () => {
    await world.delete(lb);
    await create({ session_persistence: { type: 'SOURCE_IP', persistence_timeout: 2, persistence_granularity: '255.255.255.255' } }, [member(1), member(2), member(3)]);
    expect(Object.keys(tally(await world.udp('c1', lb.vip, 53, 8)))).toHaveLength(1);
    const heard = new Set<string>();
    await until('another member after the timeout', async () => {
      for (const answer of await world.udp('c1', lb.vip, 53, 1)) heard.add(String(answer));
      await new Promise((resolve) => setTimeout(resolve, 2_300));
      return heard.size > 1;
    });
  });

  it('takes clients of one network for one when the granularity says so', async () => {
    await world.change(lb, 'PUT', `pools/${pool}`, { pool: { session_persistence: { type: 'SOURCE_IP', persistence_timeout: 60, persistence_granularity: '255.255.255.0' } } });
    const both = [...(await world.udp('c1', lb.vip, 53, 4)), ...(await world.udp('c2', lb.vip, 53, 4))];
    expect(Object.keys(tally(both))).toHaveLength(1);
  });
});

describe('connection limit', () => {
  beforeAll(() => create({}, [member(1), member(2)], { connection_limit: 2 }));
  afterAll(() => world.delete(lb));

  it('lets no member have more flows than the limit, and refuses those beyond', async () => {
    await world.inAmphora(lb, 'conntrack', '-F');
    const counts = tally(await world.udp('c1', lb.vip, 53, 7, { waitMs: 150 }));
    expect(counts['m1']).toBeLessThanOrEqual(2);
    expect(counts['m2']).toBeLessThanOrEqual(2);
    expect(counts['null']).toBeGreaterThanOrEqual(3);
  });
});

describe.each([
  ['UDP-CONNECT', { delay: 3, timeout: 2 }, {}],
  ['TCP', { delay: 1, timeout: 1 }, { monitor_port: 8081 }],
  ['HTTP', { delay: 1, timeout: 1, url_path: '/health', expected_codes: '200' }, { monitor_port: 8080 }],
])('a %s monitor', (type, fields, extra) => {
  beforeAll(() => create({ healthmonitor: { name: 'monitor', type, max_retries: 1, max_retries_down: 1, ...fields } }, [member(1, extra), member(2, extra)]));
  afterAll(() => world.delete(lb));

  it('takes a dead member out, moves its flows on, and takes it back', async () => {
    await world.untilStatus(lb, { lb: 'ONLINE', pool: 'ONLINE', monitor: 'ONLINE', m1: 'ONLINE', m2: 'ONLINE' });
    await world.remove('m2');
    await world.untilStatus(lb, { lb: 'DEGRADED', pool: 'DEGRADED', m1: 'ONLINE', m2: 'ERROR' });
    expect(tally(await world.udp('c1', lb.vip, 53, 4))).toEqual({ m1: 4 });
    await world.serve('m2', 'net', '10.0.10.12', `udp:${PORT}`, 'http:8080', 'tcp:8081');
    await world.untilStatus(lb, { lb: 'ONLINE', m2: 'ONLINE' });
    expect(tally(await world.udp('c1', lb.vip, 53, 4))).toEqual({ m1: 2, m2: 2 });
  });
});

describe('what no engine can do', () => {
  beforeAll(() => create({}, []));
  afterAll(() => world.delete(lb));

  it('is refused with 501', async () => {
    const refused = { status: 501, text: expect.stringMatching(/n.t support/) as string };
    const elsewhere = { loadbalancer_id: lb.id, protocol: 'UDP', lb_algorithm: 'SOURCE_IP_PORT' };
    expect(await world.refusal('POST', 'pools', { pool: elsewhere })).toEqual(refused);
    expect(await world.refusal('POST', `pools/${pool}/members`, { member: { address: '2001:db8::1', protocol_port: 1 } })).toEqual(refused);
  });
});
