import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namespaceOfAddress } from '../../src/processes/embedded/amphora-namespaces.ts';
import { pause, type Json } from '../../src/processes/embedded/cloud-client.ts';
import { get, startTraffic } from '../../src/processes/embedded/traffic.ts';
import { run } from '../../src/lib/run.ts';
import { until } from '../harness/until.ts';
import { NetworkWorld, tally, type Balancer, type Subnet } from './network-world.ts';

let world: NetworkWorld;
let front: Subnet;
let back: Subnet;
let lb: Balancer;
let pool: string;

beforeAll(async () => {
  world = await NetworkWorld.start();
  [front, back] = [await world.subnet('front', '10.0.10.0/24'), await world.subnet('back', '10.0.20.0/24')];
  const far = await world.subnet('far', '10.0.30.0/24');
  const router = await world.cloud.create('/network/v2.0/routers', 'router', { name: 'router' });
  for (const { id } of [front, far]) await world.cloud.request('PUT', `/network/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: id });
  await Promise.all([
    ...[1, 2, 3].map((number) => world.serve(`m${number}`, 'front', `10.0.10.1${number}`, 'http:80', 'http:8080')),
    world.serve('b1', 'back', '10.0.20.11', 'http:80'), world.serve('f1', 'far', '10.0.30.11', 'http:80'),
  ]);
});

afterAll(() => world?.stop());

const member = (number: number, extra: Json = {}): Json => ({ name: `m${number}`, address: `10.0.10.1${number}`, protocol_port: 80, ...extra });
const check: Json = { name: 'monitor', type: 'HTTP', delay: 1, timeout: 1, max_retries: 1, max_retries_down: 1, url_path: '/health' };

async function create(members: readonly Json[], poolFields: Json = {}): Promise<void> {
  lb = await world.balancer({
    name: 'lb', vip_subnet_id: front.id,
    listeners: [{ name: 'listener', protocol: 'HTTP', protocol_port: 80, default_pool: { name: 'pool', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members, ...poolFields } }],
  });
  pool = String((await world.cloud.list(`/v2/lbaas/pools?loadbalancer_id=${lb.id}`, 'pools'))[0]?.['id']);
}

async function answers(count: number): Promise<Record<string, number>> {
  const heard: string[] = [];
  for (let sent = 0; sent < count; sent += 1) heard.push(await get(`http://${lb.vip}/`, 10_000).catch((error: Error) => error.message));
  return tally(heard);
}

const untilAnswered = (wanted: Record<string, number>): Promise<void> => {
  const count = Object.values(wanted).reduce((sum, value) => sum + value, 0);
  return until(`answers are ${JSON.stringify(wanted)}`, async () => JSON.stringify(Object.entries(await answers(count)).sort()) === JSON.stringify(Object.entries(wanted).sort()));
};

async function update(name: string, fields: Json): Promise<void> {
  const [found] = await world.cloud.list(`/v2/lbaas/pools/${pool}/members?name=${name}`, 'members');
  await world.change(lb, 'PUT', `pools/${pool}/members/${String(found?.['id'])}`, { member: fields });
}

async function remove(name: string): Promise<void> {
  const [found] = await world.cloud.list(`/v2/lbaas/pools/${pool}/members?name=${name}`, 'members');
  await world.change(lb, 'DELETE', `pools/${pool}/members/${String(found?.['id'])}`);
}

async function interfaces(): Promise<string[]> {
  const { stdout } = await run('ip', ['-n', String(await namespaceOfAddress(lb.vip)), '-j', 'link']);
  return (JSON.parse(stdout) as { ifname: string }[]).map(({ ifname }) => ifname).filter((name) => name.startsWith('eth')).sort();
}

describe('members with an HTTP monitor', () => {
  beforeAll(() => create([member(1), member(2), member(3, { backup: true })], { healthmonitor: check }));
  afterAll(() => world.delete(lb));

  it('a backup gets requests only while no other member is well', async () => {
    await world.untilStatus(lb, { m1: 'ONLINE', m2: 'ONLINE', m3: 'ONLINE' });
    await untilAnswered({ m1: 3, m2: 3 });
    await Promise.all([world.remove('m1'), world.remove('m2')]);
    await world.untilStatus(lb, { lb: 'DEGRADED', pool: 'DEGRADED', m1: 'ERROR', m2: 'ERROR', m3: 'ONLINE' });
    await untilAnswered({ m3: 6 });
    await Promise.all([1, 2].map((number) => world.serve(`m${number}`, 'front', `10.0.10.1${number}`, 'http:80', 'http:8080')));
    await world.untilStatus(lb, { lb: 'ONLINE', m1: 'ONLINE', m2: 'ONLINE' });
    await untilAnswered({ m1: 3, m2: 3 });
  });

  it('a weight of 0 drains: no new request, shown as DRAINING', async () => {
    await update('m1', { weight: 0 });
    await untilAnswered({ m2: 4 });
    await world.untilStatus(lb, { lb: 'ONLINE', m1: 'DRAINING' });
    await update('m1', { weight: 1 });
    await untilAnswered({ m1: 2, m2: 2 });
  });

  it('a member that is down by its administrator is OFFLINE and gets nothing', async () => {
    await update('m1', { admin_state_up: false });
    await untilAnswered({ m2: 4 });
    await world.untilStatus(lb, { m1: 'OFFLINE' });
    await update('m1', { admin_state_up: true });
    await world.untilStatus(lb, { m1: 'ONLINE' });
  });

  it('is checked at its monitor port', async () => {
    await update('m1', { monitor_port: 8081 });
    await world.untilStatus(lb, { m1: 'ERROR', m2: 'ONLINE' });
    await update('m1', { monitor_port: 8080 });
    await world.untilStatus(lb, { m1: 'ONLINE' });
  });

  it('is checked at its monitor address', async () => {
    await update('m1', { monitor_address: '10.0.10.99' });
    await world.untilStatus(lb, { m1: 'ERROR' });
    await update('m1', { monitor_address: '10.0.10.13' });
    await world.untilStatus(lb, { m1: 'ONLINE' });
  });
});

describe('members of other networks', () => {
  beforeAll(() => create([member(1)]));
  afterAll(() => world.delete(lb));

  it('are reached through an interface of their own, which goes with the last of them', async () => {
    expect(await interfaces()).toEqual(['eth1']);
    await world.change(lb, 'POST', `pools/${pool}/members`, { member: { name: 'b1', address: '10.0.20.11', protocol_port: 80, subnet_id: back.id } });
    expect(await interfaces()).toEqual(['eth1', 'eth2']);
    await untilAnswered({ m1: 2, b1: 2 });
    await remove('b1');
    expect(await interfaces()).toEqual(['eth1']);
    await untilAnswered({ m1: 4 });
    const ports = await world.cloud.list(`/network/v2.0/ports?network_id=${back.networkId}`, 'ports');
    expect(ports.filter(({ name }) => String(name).startsWith('octavia'))).toEqual([]);
  });

  it('are reached over the gateway without a subnet', async () => {
    await world.change(lb, 'POST', `pools/${pool}/members`, { member: { name: 'f1', address: '10.0.30.11', protocol_port: 80 } });
    expect(await interfaces()).toEqual(['eth1']);
    await untilAnswered({ m1: 2, f1: 2 });
  });
});

describe('changes under traffic', () => {
  beforeAll(() => create([member(1)]));
  afterAll(() => world.delete(lb));

  const applied = (): number => readFileSync(join(world.dataDir, 'octavia.log'), 'utf8').split('\n').filter((line) => line.includes(lb.id) && line.includes('haproxy configuration applied')).length;

  it('a batch of members is one configuration change', async () => {
    const before = applied();
    await world.change(lb, 'PUT', `pools/${pool}/members`, { members: [member(2), member(3)] });
    expect(applied() - before).toBe(1);
    await untilAnswered({ m2: 2, m3: 2 });
    const names = (await world.cloud.list(`/v2/lbaas/pools/${pool}/members`, 'members')).map(({ name }) => name);
    expect(names.sort()).toEqual(['m2', 'm3']);
  });

  it('no request fails while members come and go', async () => {
    const traffic = startTraffic(`http://${lb.vip}/`, { everyMs: 10, timeoutMs: 5_000 });
    for (let round = 0; round < 3; round += 1) {
      await world.change(lb, 'POST', `pools/${pool}/members`, { member: member(1) });
      await pause(100);
      await remove('m1');
      await world.change(lb, 'PUT', `pools/${pool}/members`, { members: [member(1), member(3)] });
      await world.change(lb, 'PUT', `pools/${pool}/members`, { members: [member(2), member(3)] });
    }
    const report = await traffic.stop();
    expect([...report.failureReasons]).toEqual([]);
    // The pauses alone are time for so many; the changes take what the machine takes.
    expect(report.requests).toBeGreaterThan(20);
    expect([...report.answers.keys()].sort()).toEqual(['m1', 'm2', 'm3']);
  });
});
