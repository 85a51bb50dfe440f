import { connect, type Socket } from 'node:net';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askHaproxy } from '../../src/amphora/agent/haproxy/haproxy-socket.ts';
import type { Json } from '../../src/processes/embedded/cloud-client.ts';
import { run } from '../../src/lib/run.ts';
import { shortest } from '../harness/shortest.ts';
import { until } from '../harness/until.ts';
import { NetworkWorld, type Balancer, type Subnet } from './network-world.ts';

let world: NetworkWorld;
let subnet: Subnet;
let listens: string[];
let lb: Balancer;
let pool: string;

beforeAll(async () => {
  world = await NetworkWorld.start();
  subnet = await world.subnet('net', '10.0.10.0/24');
  const [key, certificate] = [join(world.dataDir, 'member.key'), join(world.dataDir, 'member.crt')];
  await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=member', '-keyout', key, '-out', certificate]);
  listens = ['http:80', 'tcp:81', `https=${certificate}=${key}:443`];
  await Promise.all([1, 2].map((number) => world.serve(`m${number}`, 'net', `10.0.10.1${number}`, ...listens)));
});

afterAll(() => world?.stop());

const member = (number: number, port: number): Json => ({ name: `m${number}`, address: `10.0.10.1${number}`, protocol_port: port });

async function create(options: { listener?: Json; pool?: Json; port?: number; monitor?: Json | null }): Promise<void> {
  const monitor = options.monitor === null ? {} : { healthmonitor: { name: 'monitor', delay: 1, timeout: 1, max_retries: 1, max_retries_down: 1, ...options.monitor } };
  const port = options.port ?? 80;
  lb = await world.balancer({
    name: 'lb', vip_subnet_id: subnet.id,
    listeners: [{
      name: 'listener', protocol: 'HTTP', protocol_port: 80,
      default_pool: { name: 'pool', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [member(1, port), member(2, port)], ...monitor, ...options.pool }, ...options.listener,
    }],
  });
  pool = String((await world.cloud.list(`/v2/lbaas/pools?loadbalancer_id=${lb.id}`, 'pools'))[0]?.['id']);
}

async function ask(server: string, path: string, method = 'GET'): Promise<string> {
  return (await world.inside(server, 'curl', '-sf', '-X', method, `http://127.0.0.1${path}`)).stdout;
}

const setCode = (server: string, code: number): Promise<string> => ask(server, `/code?n=${code}`, 'POST');

describe('an HTTP monitor', () => {
  beforeAll(() => create({ monitor: { type: 'HTTP', http_method: 'HEAD', url_path: '/health?of=m', http_version: 1.1, domain_name: 'shop.example', expected_codes: '200,204,206' } }));
  afterAll(async () => {
    await setCode('m2', 200);
    await world.delete(lb);
  });

  it('asks with the method, path, version and host of its definition', async () => {
    await world.untilStatus(lb, { lb: 'ONLINE', listener: 'ONLINE', pool: 'ONLINE', monitor: 'ONLINE', m1: 'ONLINE', m2: 'ONLINE' });
    // A server counts as up until its first check has ended.
    let seen: Json | undefined;
    await until('the first check', async () => {
      [seen] = JSON.parse(await ask('m1', '/seen')) as Json[];
      return seen !== undefined;
    });
    expect(seen).toEqual({ method: 'HEAD', url: '/health?of=m', version: '1.1', host: 'shop.example' });
  });

  it.each([[204, 'ONLINE'], [206, 'ONLINE'], [203, 'ERROR'], [205, 'ERROR'], [404, 'ERROR'], [200, 'ONLINE']])('takes status %i for %s', async (code, status) => {
    await setCode('m2', code);
    // Two rounds of checks: an unchanged status must have had its chance to change.
    const before = JSON.parse(await ask('m2', '/seen')) as Json[];
    await until('two more checks', async () => (JSON.parse(await ask('m2', '/seen')) as Json[]).length >= before.length + 2);
    await world.untilStatus(lb, { m1: 'ONLINE', m2: status });
  });

  it('shows a change in the API no later than delay + 1 s after haproxy decided', async () => {
    const amphorae = join(world.dataDir, 'amphorae');
    const socket = join(amphorae, readdirSync(amphorae)[0] ?? '', 'var/lib/octavia', `${lb.id}.sock`);
    const isDown = async (): Promise<boolean> => (await askHaproxy(socket, 'show stat')).split('\n').some((line) => line.includes(',DOWN'));
    const delayOf = async (code: number, wanted: string): Promise<number> => {
      await setCode('m2', code);
      await until('haproxy decided', async () => (await isDown()) === (wanted === 'ERROR'));
      const decidedAt = performance.now();
      await world.untilStatus(lb, { m2: wanted });
      return performance.now() - decidedAt;
    };
    const delays = async (): Promise<number> => Math.max(await delayOf(500, 'ERROR'), await delayOf(200, 'ONLINE'));
    expect(await shortest(2_000, delays)).toBeLessThan(2_000);
  });

  it('takes new values while it works', async () => {
    const [monitor] = await world.cloud.list(`/v2/lbaas/healthmonitors?pool_id=${pool}`, 'healthmonitors');
    await setCode('m2', 404);
    await world.untilStatus(lb, { m2: 'ERROR' });
    await world.change(lb, 'PUT', `healthmonitors/${String(monitor?.['id'])}`, { healthmonitor: { expected_codes: '200-404' } });
    await world.untilStatus(lb, { lb: 'ONLINE', m2: 'ONLINE' });
  });
});

describe.each([
  ['HTTPS', { listener: { protocol: 'HTTPS', protocol_port: 443 }, pool: { protocol: 'HTTPS' }, port: 443, monitor: { type: 'HTTPS', url_path: '/health' } }],
  ['TLS-HELLO', { listener: { protocol: 'HTTPS', protocol_port: 443 }, pool: { protocol: 'HTTPS' }, port: 443, monitor: { type: 'TLS-HELLO' } }],
  ['TLS-HELLO on a pool with TLS', { pool: { tls_enabled: true }, port: 443, monitor: { type: 'TLS-HELLO' } }],
  ['TCP', { listener: { protocol: 'TCP' }, pool: { protocol: 'TCP' }, port: 81, monitor: { type: 'TCP' } }],
  ['PING', { monitor: { type: 'PING' } }],
])('a monitor of type %s', (_, options) => {
  beforeAll(() => create(options));
  afterAll(() => world.delete(lb));

  it('tells a member that is away from one that serves', async () => {
    await world.untilStatus(lb, { lb: 'ONLINE', m1: 'ONLINE', m2: 'ONLINE' });
    await world.remove('m2');
    await world.untilStatus(lb, { lb: 'DEGRADED', pool: 'DEGRADED', listener: 'ONLINE', m1: 'ONLINE', m2: 'ERROR' });
    await world.serve('m2', 'net', '10.0.10.12', ...listens);
    await world.untilStatus(lb, { lb: 'ONLINE', pool: 'ONLINE', m2: 'ONLINE' });
  });
});

describe('a TLS-HELLO monitor of a pool with TLS', () => {
  beforeAll(() => create({ pool: { tls_enabled: true }, port: 81, monitor: { type: 'TLS-HELLO' } }));
  afterAll(() => world.delete(lb));

  it('takes a member that speaks no TLS for ERROR', () => world.untilStatus(lb, { lb: 'ERROR', pool: 'ERROR', m1: 'ERROR', m2: 'ERROR' }));
});

describe('an HTTPS monitor of members whose answers change', () => {
  beforeAll(() => create({ listener: { protocol: 'HTTPS', protocol_port: 443 }, pool: { protocol: 'HTTPS' }, port: 443, monitor: { type: 'HTTPS', url_path: '/health' } }));
  afterAll(async () => {
    await setCode('m1', 200);
    await world.delete(lb);
  });

  it('looks at the status', async () => {
    await setCode('m1', 503);
    await world.untilStatus(lb, { m1: 'ERROR', m2: 'ONLINE' });
  });
});

describe('the status tree', () => {
  beforeAll(() => create({ monitor: null }));
  afterAll(() => world.delete(lb));

  it('is NO_MONITOR, then ONLINE, then ERROR when all are away, then NO_MONITOR again', async () => {
    await world.untilStatus(lb, { lb: 'ONLINE', listener: 'ONLINE', pool: 'ONLINE', m1: 'NO_MONITOR', m2: 'NO_MONITOR' });
    const monitor = await world.change(lb, 'POST', 'healthmonitors', { healthmonitor: { name: 'monitor', pool_id: pool, type: 'HTTP', url_path: '/health', delay: 1, timeout: 1, max_retries: 1, max_retries_down: 1 } });
    await world.untilStatus(lb, { monitor: 'ONLINE', m1: 'ONLINE', m2: 'ONLINE' });
    await Promise.all([setCode('m1', 500), setCode('m2', 500)]);
    await world.untilStatus(lb, { lb: 'ERROR', listener: 'ONLINE', pool: 'ERROR', m1: 'ERROR', m2: 'ERROR' });
    await Promise.all([setCode('m1', 200), setCode('m2', 200)]);
    await world.untilStatus(lb, { lb: 'ONLINE', pool: 'ONLINE', m1: 'ONLINE', m2: 'ONLINE' });
    await world.change(lb, 'DELETE', `healthmonitors/${String((monitor['healthmonitor'] as Json)['id'])}`);
    await world.untilStatus(lb, { m1: 'NO_MONITOR', m2: 'NO_MONITOR' });
  });

  it('is OFFLINE where something is switched off', async () => {
    const [listener] = await world.cloud.list(`/v2/lbaas/listeners?loadbalancer_id=${lb.id}`, 'listeners');
    await world.change(lb, 'PUT', `pools/${pool}`, { pool: { admin_state_up: false } });
    await world.untilStatus(lb, { lb: 'ONLINE', listener: 'ONLINE', pool: 'OFFLINE' });
    await world.change(lb, 'PUT', `pools/${pool}`, { pool: { admin_state_up: true } });
    await world.untilStatus(lb, { pool: 'ONLINE' });
    await world.change(lb, 'PUT', `listeners/${String(listener?.['id'])}`, { listener: { admin_state_up: false } });
    await world.untilStatus(lb, { listener: 'OFFLINE' });
    await world.change(lb, 'PUT', `listeners/${String(listener?.['id'])}`, { listener: { admin_state_up: true } });
    await world.untilStatus(lb, { lb: 'ONLINE', listener: 'ONLINE' });
    await world.change(lb, 'PUT', `loadbalancers/${lb.id}`, { loadbalancer: { admin_state_up: false } });
    await world.untilStatus(lb, { lb: 'OFFLINE', listener: 'OFFLINE' });
    await world.change(lb, 'PUT', `loadbalancers/${lb.id}`, { loadbalancer: { admin_state_up: true } });
    await world.untilStatus(lb, { lb: 'ONLINE', listener: 'ONLINE' });
  });

  it('is DEGRADED while a listener has as many connections as it may have', async () => {
    const [listener] = await world.cloud.list(`/v2/lbaas/listeners?loadbalancer_id=${lb.id}`, 'listeners');
    await world.change(lb, 'PUT', `listeners/${String(listener?.['id'])}`, { listener: { connection_limit: 2 } });
    const sockets: Socket[] = [1, 2, 3].map(() => connect(80, lb.vip).on('error', () => undefined));
    await world.untilStatus(lb, { lb: 'DEGRADED', listener: 'DEGRADED' });
    for (const socket of sockets) socket.destroy();
    await world.untilStatus(lb, { lb: 'ONLINE', listener: 'ONLINE' });
  });
});
