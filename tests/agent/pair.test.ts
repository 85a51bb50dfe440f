import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Agent } from '../../src/amphora/agent/agent.ts';
import { createAgent } from '../../src/amphora/agent/create-agent.ts';
import { decode } from '../../src/amphora/protocol/heartbeat-codec.ts';
import type { HeartbeatMessage } from '../../src/amphora/protocol/heartbeat-message.ts';
import { run } from '../../src/lib/run.ts';
import { clientOf, emptyTheWorld, makeCertificates, makeRoot, makeScratch } from './harness/world.ts';
import type { Call, Certificates, Scratch } from './harness/world.ts';

const LB = '22222222-0000-4000-8000-000000000002';
const LISTENER = 'b6f2a1d4-3c5e-4a7b-8d9f-0e1f2a3b4c5d';
const VIP = '10.9.0.9';

interface Node { readonly id: string; readonly ip: string; readonly peer: string; readonly priority: number; readonly mac: string; readonly netns: string; agent: Agent; call: Call }

let scratch: Scratch;
let certificates: Certificates;
let receiver: Socket;
const heartbeats: HeartbeatMessage[] = [];
const nodes: Node[] = [];

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come true');
    await sleep(20);
  }
}

const root = (id: string): string => join(scratch.directory, id);
const curl = (): Promise<string> => run('nsenter', ['--net=/run/netns/client', 'curl', '-s', '-m', '2', `http://${VIP}/`]).then((result) => result.stdout, () => '');
const hasVip = async (node: Node): Promise<boolean> => (await run('ip', ['-n', node.netns, 'address', 'show', 'dev', 'eth1'])).stdout.includes(`${VIP}/32`);
const pidOf = (node: Node, file: string): number => {
  const path = join(root(node.id), 'var/lib/octavia', file);
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
};

function haproxyConfig(node: Node): string {
  return `global
    daemon
    user nobody
    stats socket /var/lib/octavia/${LB}.sock mode 0666 level user
    maxconn 100
defaults
    timeout connect 5s
    timeout client 50s
    timeout server 50s
frontend ${LISTENER}
    bind ${VIP}:80
    mode http
    http-request return status 200 content-type text/plain string "${node.id}"
`;
}

function vrrpConfig(node: Node): string {
  return `vrrp_script check_script {
  script /var/lib/octavia/vrrp/check_script.sh
  interval 1
  fall 2
  rise 2
}
vrrp_instance ${LB.replaceAll('-', '')} {
  interface eth1
  virtual_router_id 1
  priority ${node.priority}
  nopreempt
  accept
  advert_int 0.1
  version 3
  unicast_src_ip ${node.ip}
  unicast_peer {
    ${node.peer}
  }
  virtual_ipaddress {
    ${VIP}
  }
  virtual_routes {
    10.9.0.0/24 dev eth1 src ${VIP} scope link table 1
    default via 10.9.0.1 dev eth1 onlink table 1
  }
  virtual_rules {
    from ${VIP}/32 table 1 priority 100
  }
  track_script {
    check_script
  }
}
`;
}

async function startNode(index: number, port: number): Promise<void> {
  const id = `aaaaaaaa-0000-4000-8000-00000000000${index}`;
  const netns = `octavia-${id}`;
  const mac = `fa:16:3e:00:00:2${index}`;
  await makeRoot(root(id), certificates, { amphoraId: id, topology: 'ACTIVE_STANDBY', heartbeatPort: port, heartbeatIntervalSeconds: 1 });
  await run('sh', ['-ec', `
    ip netns add ${netns}; ip -n ${netns} link set lo up
    ip link add hostamp${index} type veth peer name in${index} address ${mac} netns ${netns}
    ip link set hostamp${index} master bridge up
    nsenter --net=/run/netns/${netns} sh -c 'echo 1 > /proc/sys/net/ipv4/ip_nonlocal_bind'`]);
  const agent = await createAgent({ amphoraId: id, root: root(id), netns, listen: { host: '127.0.0.1', port: 0 } });
  const call = await clientOf(certificates, agent.address, id);
  nodes.push({ id, ip: `10.9.0.${10 + index}`, peer: `10.9.0.${13 - index}`, priority: index === 1 ? 100 : 90, mac, netns, agent, call });
}

beforeAll(async () => {
  scratch = await makeScratch();
  certificates = await makeCertificates(scratch.directory);
  await run('sh', ['-ec', `
    ip netns add client; ip link add bridge type bridge; ip link set bridge up
    ip link add hostc type veth peer name eth0 netns client; ip link set hostc master bridge up
    printf 'link set lo up\\naddress add 10.9.0.50/24 dev eth0\\nlink set eth0 up\\n' | ip -n client -batch -`]);
  receiver = createSocket('udp4');
  receiver.on('message', (packet) => heartbeats.push(decode(packet, ['insecure'])));
  await new Promise<void>((resolve) => { receiver.bind(0, '127.0.0.1', resolve); });
  for (const index of [1, 2]) await startNode(index, receiver.address().port);
});

afterAll(async () => {
  await Promise.all(nodes.map((node) => node.agent.close()));
  receiver.close();
  await emptyTheWorld();
  await scratch.remove();
});

test('a pair serves on its first node', async () => {
  for (const node of nodes) {
    const steps: [string, string, unknown?][] = [
      ['POST', `/1.0/plug/vip/${VIP}`, { subnet_cidr: '10.9.0.0/24', gateway: '10.9.0.1', mac_address: node.mac, vrrp_ip: node.ip }],
      ['PUT', `/1.0/loadbalancer/${node.id}/${LB}/haproxy`, haproxyConfig(node)],
      ['PUT', '/1.0/vrrp/upload', vrrpConfig(node)],
      ['PUT', `/1.0/loadbalancer/${LB}/start`],
      ['PUT', '/1.0/vrrp/start'],
    ];
    for (const [method, path, body] of steps) {
      const answer = await node.call(method, path, body);
      expect([path, answer.status, answer.body]).toEqual([path, method === 'PUT' && path.endsWith('upload') ? 200 : 202, expect.any(String)]);
    }
  }
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
  const check = (): Promise<boolean> => run('unshare', ['--mount', 'sh', '-c', 'mount --bind "$1" /var/lib/octavia && sh /var/lib/octavia/vrrp/check_script.sh', 'sh', join(root(second.id), 'var/lib/octavia')]).then(() => true, () => false);
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
  await until(async () => (await curl()) === other.id);
});
