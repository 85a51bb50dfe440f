import { createSocket, type Socket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../src/processes/embedded/cloud-client.ts';
import { get } from '../../src/processes/embedded/traffic.ts';
import { until } from '../harness/until.ts';
import { NetworkWorld, type Balancer } from './network-world.ts';

const TENANT_PORT = 15_140;
const ADMIN_PORT = 15_141;

/** RFC 3164: priority, time, host, program. */
const HEADER = /^<(\d+)>\w{3} [ \d]\d \d\d:\d\d:\d\d amphora-[0-9a-f-]{36} [\w-]+\[\d+\]: (.*)$/;

/** Namespaces outlive their service: each one has a net and a member of its own. */
async function balancer(world: NetworkWorld, net: number): Promise<Balancer> {
  const subnet = await world.subnet(`net${net}`, `10.0.${net}.0/24`);
  await world.serve(`m${net}`, `net${net}`, `10.0.${net}.11`, 'http:80');
  const pool = (name: string, protocol: string): Json => ({ name, protocol, lb_algorithm: 'ROUND_ROBIN', members: [{ name: 'm', address: `10.0.${net}.11`, protocol_port: 80 }] });
  return world.balancer({
    name: 'lb', vip_subnet_id: subnet.id,
    listeners: [
      { name: 'http', protocol: 'HTTP', protocol_port: 80, default_pool: pool('p1', 'HTTP') },
      { name: 'tcp', protocol: 'TCP', protocol_port: 81, default_pool: pool('p2', 'TCP') },
    ],
  });
}

async function ids(world: NetworkWorld, lb: Balancer): Promise<{ listener: Record<string, string>; pool: Record<string, string>; member: string; amphora: string }> {
  const byName = async (kind: string): Promise<Record<string, string>> =>
    Object.fromEntries((await world.cloud.list(`/v2/lbaas/${kind}?loadbalancer_id=${lb.id}`, kind)).map((found) => [String(found['name']), String(found['id'])]));
  const pool = await byName('pools');
  const [member] = await world.cloud.list(`/v2/lbaas/pools/${pool['p1']}/members`, 'members');
  const [amphora] = await world.cloud.list(`/v2/octavia/amphorae?loadbalancer_id=${lb.id}`, 'amphorae');
  return { listener: await byName('listeners'), pool, member: String(member?.['id']), amphora: String(amphora?.['id']) };
}

const trafficFile = (world: NetworkWorld, amphora: string): string => join(world.dataDir, 'amphorae', amphora, 'var/log/octavia-tenant-traffic.log');
const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

describe('with servers for traffic and administrative logs over UDP', () => {
  const heard = { tenant: [] as string[], admin: [] as string[] };
  const sockets: Socket[] = [];
  let world: NetworkWorld;
  let lb: Balancer;

  beforeAll(async () => {
    for (const [port, lines] of [[TENANT_PORT, heard.tenant], [ADMIN_PORT, heard.admin]] as const) {
      const socket = createSocket('udp4').on('message', (data) => lines.push(data.toString('latin1')));
      await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
      sockets.push(socket);
    }
    world = await NetworkWorld.start(`[amphora_agent]\ntenant_log_targets = 127.0.0.1:${TENANT_PORT}\nadmin_log_targets = 127.0.0.1:${ADMIN_PORT}\n`);
    lb = await balancer(world, 10);
    await until('the listener answers', () => get(`http://${lb.vip}/`, 1_000).then(() => true, () => false));
  });

  afterAll(async () => {
    await world?.stop();
    for (const socket of sockets) socket.close();
  });

  it('writes a line for each request of an HTTP listener in the original\'s format', async () => {
    const { listener, pool, member, amphora } = await ids(world, lb);
    await get(`http://${lb.vip}/?marked`, 10_000);
    await until('the line came', async () => heard.tenant.some((line) => line.includes('marked')));
    const [, priority, text] = HEADER.exec(heard.tenant.find((line) => line.includes('marked')) ?? '') ?? [];
    const projectId = String((await world.cloud.show(`/v2/lbaas/loadbalancers/${lb.id}`, 'loadbalancer'))['project_id']);
    expect(priority).toBe('134');
    expect(text).toMatch(new RegExp(`^${projectId} ${lb.id} ${listener['http']} 10\\.0\\.10\\.\\d+ \\d+ \\d\\d/\\w{3}/\\d{4}:\\d\\d:\\d\\d:\\d\\d\\.\\d{3} `
      + `"GET /\\?marked HTTP/1\\.1" 200 \\d+ \\d+ - "" ${pool['p1']}:${listener['http']} ${member} \\d+ ----$`));
    await until('it is kept in the amphora', async () => read(trafficFile(world, amphora)).includes('?marked'));
    expect(read(trafficFile(world, amphora))).not.toMatch(/^</m);
  });

  it('puts - for what a TCP listener does not know', async () => {
    const { listener } = await ids(world, lb);
    await get(`http://${lb.vip}:81/`, 10_000);
    await until('the line came', async () => heard.tenant.some((line) => line.includes(` ${listener['tcp']} `)));
    expect(heard.tenant.find((line) => line.includes(` ${listener['tcp']} `))).toMatch(/\.\d{3} - - \d+ \d+ - "" /);
  });

  it('goes on after a reload of haproxy', async () => {
    const { listener } = await ids(world, lb);
    await world.change(lb, 'PUT', `listeners/${listener['http']}`, { listener: { timeout_client_data: 60_000 } });
    await get(`http://${lb.vip}/?after-reload`, 10_000);
    await until('the line came', async () => heard.tenant.some((line) => line.includes('?after-reload')));
  });

  it('sends the amphora\'s own logs to the administrative server only', async () => {
    await until('own lines came', async () => heard.admin.length > 0);
    expect(heard.admin.map((line) => Number(HEADER.exec(line)?.[1]) >> 3)).toEqual(heard.admin.map(() => 17));
    expect(new Set(heard.tenant.map((line) => HEADER.exec(line)?.[1]))).toEqual(new Set(['134']));
  });
});

describe('with a TCP server that is away, and nothing kept in amphorae', () => {
  const lines: string[] = [];
  let server: Server;
  let world: NetworkWorld;
  let lb: Balancer;

  beforeAll(async () => {
    server = createServer((socket) => socket.on('data', (data: Buffer) => lines.push(...data.toString('latin1').split('\n').filter(Boolean))).on('error', () => undefined));
    await new Promise<void>((resolve) => server.listen(ADMIN_PORT, '127.0.0.1', resolve));
    world = await NetworkWorld.start(`[amphora_agent]
tenant_log_targets = 127.0.0.1:${TENANT_PORT}, 127.0.0.1:${ADMIN_PORT}
log_protocol = TCP
log_retry_count = 1
log_retry_interval = 1
disable_local_log_storage = True
user_log_facility = 3
[haproxy_amphora]
user_log_format = own {{ project_id }} {{ lb_id }} %ci %r
`);
    lb = await balancer(world, 11);
  });

  afterAll(async () => {
    await world?.stop();
    server.close();
  });

  it('forwards to the next one, in the operator\'s format and facility', async () => {
    await until('the listener answers', () => get(`http://${lb.vip}/?mine`, 1_000).then(() => true, () => false));
    await until('the line came', async () => lines.some((line) => line.includes('?mine')));
    const projectId = String((await world.cloud.show(`/v2/lbaas/loadbalancers/${lb.id}`, 'loadbalancer'))['project_id']);
    expect(lines.find((line) => line.includes('?mine'))).toMatch(new RegExp(`^<158>.*: own ${projectId} ${lb.id} 10\\.0\\.11\\.\\d+ GET /\\?mine HTTP/1\\.1$`));
    expect(existsSync(trafficFile(world, (await ids(world, lb)).amphora))).toBe(false);
  });
});

describe('without connection logging', () => {
  let world: NetworkWorld;

  beforeAll(async () => {
    world = await NetworkWorld.start('[haproxy_amphora]\nconnection_logging = False\n');
  });

  afterAll(() => world?.stop());

  it('writes no traffic line', async () => {
    const lb = await balancer(world, 12);
    const { amphora, listener } = await ids(world, lb);
    await until('the listener answers', () => get(`http://${lb.vip}/`, 1_000).then(() => true, () => false));
    await world.change(lb, 'PUT', `listeners/${listener['http']}`, { listener: { timeout_client_data: 60_000 } });
    await until('own lines are there', async () => read(join(world.dataDir, 'amphorae', amphora, 'var/log/octavia-amphora.log')) !== '');
    expect(read(trafficFile(world, amphora))).toBe('');
  });
});
