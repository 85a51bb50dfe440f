import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decode } from '../../src/amphora/protocol/heartbeat-codec.ts';
import type { HeartbeatMessage } from '../../src/amphora/protocol/heartbeat-message.ts';
import { run } from '../../src/lib/run.ts';
import { curl, hasVip, LB, LISTENER, servePair, startPair, until, VIP, type Node } from './harness/pair.ts';
import { emptyTheWorld, makeCertificates, makeScratch } from './harness/world.ts';
import type { Certificates, Scratch } from './harness/world.ts';

let scratch: Scratch;
let certificates: Certificates;
let receiver: Socket;
const heartbeats: HeartbeatMessage[] = [];
let nodes: readonly Node[] = [];

const pidOf = (node: Node, file: string): number => {
  const path = join(node.root, 'var/lib/octavia', file);
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
};

beforeAll(async () => {
  scratch = await makeScratch();
  certificates = await makeCertificates(scratch.directory);
  receiver = createSocket('udp4');
  receiver.on('message', (packet) => heartbeats.push(decode(packet, ['insecure'])));
  await new Promise<void>((resolve) => { receiver.bind(0, '127.0.0.1', resolve); });
  nodes = await startPair({ directory: scratch.directory, certificates, heartbeatPort: receiver.address().port });
});

afterAll(async () => {
  await Promise.all(nodes.map((node) => node.agent.close()));
  receiver.close();
  await emptyTheWorld();
  await scratch.remove();
});

test('a pair serves on its first node', async () => {
  const [first, second] = nodes;
  if (!first || !second) throw new Error('no pair');
  await servePair([first, second]);
  await until(async () => (await curl()) === nodes[0]?.id);
  expect(await Promise.all(nodes.map(hasVip))).toEqual([true, false]);
});

test('the VIP address is not taken away from keepalived by a new plug', async () => {
  const [first] = nodes;
  if (!first) throw new Error('no node');
  const answer = await first.call('POST', '/1.0/plug/network', {
    mac_address: first.mac, fixed_ips: [{ ip_address: '10.9.0.88', subnet_cidr: '10.9.0.0/24', host_routes: [] }],
    vip_net_info: { vip: VIP, subnet_cidr: '10.9.0.0/24', gateway: '10.9.0.1', mac_address: first.mac, vrrp_ip: first.ip },
  });
  expect(answer).toMatchObject({ status: 202, json: { details: 'Updated existing interface eth1' } });
  expect(await hasVip(first)).toBe(true);
  expect(await first.call('GET', '/1.0/interface/10.9.0.88')).toMatchObject({ json: { interface: 'eth1' } });
});

test('both send heartbeats with their listener', async () => {
  await until(() => nodes.every((node) => heartbeats.some((beat) => beat.id === node.id && beat.listeners[LISTENER] !== undefined)));
  await until(() => heartbeats.some((beat) => (beat.listeners[LISTENER]?.stats.totconns ?? 0) > 0));
  const beat = heartbeats.findLast((candidate) => candidate.id === nodes[0]?.id);
  expect(beat).toMatchObject({ ver: 3, pools: {}, listeners: { [LISTENER]: { status: 'OPEN' } } });
});

test('no heartbeat while keepalived is configured but does not run', async () => {
  const [, second] = nodes;
  if (!second) throw new Error('no node');
  expect((await second.call('PUT', '/1.0/vrrp/stop')).status).toBe(202);
  const count = (node: Node | undefined): number => heartbeats.filter((beat) => beat.id === node?.id).length;
  const more = async (beats: number): Promise<void> => {
    const from = count(nodes[0]);
    await until(() => count(nodes[0]) >= from + beats);
  };
  // The healthy node's heartbeats are the clock.
  await more(2);
  const seen = count(second);
  await more(3);
  expect(count(second)).toBe(seen);
  expect((await second.call('PUT', '/1.0/vrrp/start')).status).toBe(202);
  await until(() => heartbeats.filter((beat) => beat.id === second.id).length > seen);
});

test('a haproxy that hangs is started anew, and the check of its node passes', async () => {
  const [, second] = nodes;
  if (!second) throw new Error('no node');
  const workerOf = (master: number): Promise<number> => run('pgrep', ['-P', String(master)]).then(({ stdout }) => Number(stdout), () => 0);
  const worker = await workerOf(pidOf(second, `${LB}/${LB}.pid`));
  const check = (): Promise<boolean> => run('unshare', ['--mount', 'sh', '-c', 'mount --bind "$1" /var/lib/octavia && sh /var/lib/octavia/vrrp/check_script.sh', 'sh', join(second.root, 'var/lib/octavia')]).then(() => true, () => false);
  expect(await check()).toBe(true);
  process.kill(worker, 'SIGSTOP');
  await until(async () => ![0, worker].includes(await workerOf(pidOf(second, `${LB}/${LB}.pid`))));
  await until(check);
});

test('a killed haproxy is restarted without moving the VIP, a killed keepalived comes back', async () => {
  const [first] = nodes;
  if (!first) throw new Error('no node');
  process.kill(pidOf(first, `${LB}/${LB}.pid`), 'SIGKILL');
  await until(async () => (await curl()) === first.id);
  const keepalived = pidOf(first, 'vrrp/octavia-keepalived.pid');
  process.kill(keepalived, 'SIGKILL');
  await until(() => ![0, keepalived].includes(pidOf(first, 'vrrp/octavia-keepalived.pid')));
  await until(async () => (await curl()) !== '');
});

test('the other node takes over when haproxy is stopped for good and keepalived leaves', async () => {
  const holder = (await hasVip(nodes[0] as Node)) ? nodes[0] : nodes[1];
  const other = nodes.find((node) => node !== holder);
  if (!holder || !other) throw new Error('no pair');
  expect((await holder.call('PUT', '/1.0/vrrp/stop')).status).toBe(202);
  expect(await hasVip(holder)).toBe(false);
  await until(async () => (await curl()) === other.id);
  // keepalived may still be ending: whatever comes next waits for that.
  expect(await holder.call('PUT', '/1.0/vrrp/start')).toMatchObject({ status: 202, json: { details: 'keepalived started' } });
});
