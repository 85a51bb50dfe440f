import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sctpInit } from '../../src/amphora/agent/lvs/sctp-packet.ts';
import { until } from '../harness/until.ts';
import { NetworkWorld, type Balancer } from './network-world.ts';

const PORT = 3868;
let world: NetworkWorld;
let lb: Balancer;
let listener: string;

// Kernels without SCTP sockets still pass its packets on: members receive them raw.
const received = (member: string): string => join(world.dataDir, `${member}.sctp`);

beforeAll(async () => {
  world = await NetworkWorld.start();
  const subnet = await world.subnet('net', '10.0.10.0/24');
  await world.client('c1', 'net', '10.0.10.21');
  for (const number of [1, 2]) {
    const command = ['socat', '-u', 'IP4-RECV:132', `OPEN:${received(`m${number}`)},creat,append`];
    await world.cloud.request('POST', '/octavia-embedded/v1/servers', { server: { name: `m${number}`, network: 'net', address: `10.0.10.1${number}`, command } });
  }
  lb = await world.balancer({
    name: 'lb', vip_subnet_id: subnet.id,
    listeners: [{
      name: 'listener', protocol: 'SCTP', protocol_port: PORT,
      default_pool: { name: 'pool', protocol: 'SCTP', lb_algorithm: 'ROUND_ROBIN', members: [1, 2].map((number) => ({ name: `m${number}`, address: `10.0.10.1${number}`, protocol_port: PORT })) },
    }],
  });
  listener = String((await world.cloud.list(`/v2/lbaas/listeners?loadbalancer_id=${lb.id}`, 'listeners'))[0]?.['id']);
});

afterAll(() => world?.stop());

async function send(count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 1) {
    const octal = [...sctpInit(PORT).bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
    await world.inside('c1', 'bash', '--norc', '-c', `printf '${octal}' | socat -u - IP4-SENDTO:${lb.vip}:132`);
  }
}

const hasReceived = (member: string): boolean => existsSync(received(member)) && readFileSync(received(member)).length > 0;

it('an SCTP listener is served: rules are loaded and all is ONLINE', async () => {
  const rules = await world.inAmphora(lb, 'nft', 'list', 'ruleset');
  expect(rules).toContain(`ip daddr ${lb.vip} sctp dport ${PORT}`);
  for (const number of [1, 2]) expect(rules).toContain(`dnat ip to 10.0.10.1${number}:${PORT}`);
  await world.untilStatus(lb, { lb: 'ONLINE', listener: 'ONLINE', pool: 'ONLINE', m1: 'NO_MONITOR', m2: 'NO_MONITOR' });
});

it('associations are spread over the members', async () => {
  await until('both members have received some', async () => {
    await send(2);
    return hasReceived('m1') && hasReceived('m2');
  });
});

it('a monitor of type SCTP takes members that answer nothing for ERROR', async () => {
  const [pool] = await world.cloud.list(`/v2/lbaas/pools?loadbalancer_id=${lb.id}`, 'pools');
  const monitor = { name: 'monitor', pool_id: pool?.['id'], type: 'SCTP', delay: 1, timeout: 1, max_retries: 1, max_retries_down: 1 };
  await world.change(lb, 'POST', 'healthmonitors', { healthmonitor: monitor });
  await world.untilStatus(lb, { lb: 'ERROR', pool: 'ERROR', m1: 'ERROR', m2: 'ERROR' });
});

it('a deleted listener leaves no rule', async () => {
  await world.change(lb, 'DELETE', `listeners/${listener}`);
  expect(await world.inAmphora(lb, 'nft', 'list', 'ruleset')).not.toContain(`sctp dport ${PORT} jump`);
});
