import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askHaproxy } from '../../src/amphora/agent/haproxy/haproxy-socket.ts';
import { readInfo } from '../../src/amphora/haproxy/read-stats.ts';
import { pidsIn } from '../../src/processes/embedded/amphora-namespaces.ts';
import { pause } from '../../src/processes/embedded/cloud-client.ts';
import { get } from '../../src/processes/embedded/traffic.ts';
import { until } from '../harness/until.ts';
import { NetworkWorld, type Balancer } from './network-world.ts';

/** The amphora's own log bridge has connections beside those of the listeners. */
const LOG_BRIDGE_CONNECTIONS = 8;

let world: NetworkWorld;
let lb: Balancer;
let amphora: string;
let listener: string;

beforeAll(async () => {
  world = await NetworkWorld.start();
  const subnet = await world.subnet('net', '10.0.10.0/24');
  await world.serve('m1', 'net', '10.0.10.11', 'http:80');
  lb = await world.balancer({
    name: 'lb', vip_subnet_id: subnet.id,
    listeners: [{ name: 'listener', protocol: 'HTTP', protocol_port: 80, default_pool: { name: 'pool', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [{ name: 'm1', address: '10.0.10.11', protocol_port: 80 }] } }],
  });
  amphora = readdirSync(join(world.dataDir, 'amphorae'))[0] ?? '';
  listener = String((await world.cloud.list(`/v2/lbaas/listeners?loadbalancer_id=${lb.id}`, 'listeners'))[0]?.['id']);
});

afterAll(() => world?.stop());

async function haproxy(): Promise<{ maxConnections: number; openFiles: number }> {
  const info = readInfo(await askHaproxy(join(world.dataDir, 'amphorae', amphora, 'var/lib/octavia', `${lb.id}.sock`), 'show info'));
  return { maxConnections: Number(info['Maxconn']), openFiles: Number(info['Ulimit-n']) };
}

describe('connections of a load balancer', () => {
  it('are as many as the machine has files for when no limit is given', async () => {
    const [pid] = await pidsIn(`octavia-${amphora}`, 'haproxy');
    const hard = Number(/^Max open files\s+\S+\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1]);
    const { maxConnections, openFiles } = await haproxy();
    expect(openFiles).toBeLessThanOrEqual(hard);
    expect(maxConnections).toBeLessThanOrEqual(50_000);
    expect(maxConnections * 2).toBeLessThan(hard);
    expect(maxConnections).toBeGreaterThan(Math.min(50_000, hard / 3));
  });

  it('are served when a thousand are open at once', async () => {
    const sockets = await Promise.all(Array.from({ length: 1_000 }, () => new Promise<Socket>((resolve, reject) => {
      const socket = connect(80, lb.vip, () => resolve(socket)).on('error', reject);
    })));
    expect(await get(`http://${lb.vip}/`, 10_000)).toBe('m1');
    for (const socket of sockets) socket.destroy();
  });

  it('wait at the listener beyond its connection_limit and are answered when others end', async () => {
    await world.change(lb, 'PUT', `listeners/${listener}`, { listener: { connection_limit: 3 } });
    expect((await haproxy()).maxConnections).toBe(3 + LOG_BRIDGE_CONNECTIONS);
    const sockets = await Promise.all([1, 2, 3].map(() => new Promise<Socket>((resolve) => {
      const socket = connect(80, lb.vip, () => resolve(socket)).on('error', () => undefined);
    })));
    await pause(100);
    let isAnswered = false;
    const fourth = get(`http://${lb.vip}/`, 10_000).then((text) => {
      isAnswered = true;
      return text;
    });
    await pause(500);
    expect(isAnswered).toBe(false);
    for (const socket of sockets) socket.destroy();
    expect(await fourth).toBe('m1');
    await world.change(lb, 'PUT', `listeners/${listener}`, { listener: { connection_limit: -1 } });
    await until('the limit is lifted', async () => (await haproxy()).maxConnections > 3);
  });
});
