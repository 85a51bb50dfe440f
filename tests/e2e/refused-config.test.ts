import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CloudClient, type Json } from '../../src/processes/embedded/cloud-client.ts';
import { startService, type RunningService } from '../../src/processes/embedded/start-service.ts';
import { get, startTraffic } from '../../src/processes/embedded/traffic.ts';
import { until } from '../harness/until.ts';

let dataDir: string;
let service: RunningService;
let client: CloudClient;
let flag: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'octavia-refused-'));
  flag = join(dataDir, 'refuse');
  const wrapper = join(dataDir, 'haproxy');
  writeFileSync(wrapper, `#!/bin/sh\nif [ -e ${flag} ] && [ "$1" = -c ]; then echo "[ALERT] this haproxy knows no such thing" >&2; exit 1; fi\nexec /usr/sbin/haproxy "$@"\n`);
  chmodSync(wrapper, 0o755);
  const configFile = join(dataDir, 'test.conf');
  writeFileSync(configFile, `[haproxy_amphora]\nhaproxy_cmd = ${wrapper}\n`);
  service = await startService({ dataDir, configFile });
  client = await CloudClient.signIn(dataDir);
});

afterAll(async () => {
  await service?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function statusOf(path: string, root: string): Promise<unknown> {
  return (await client.show(path, root))['provisioning_status'];
}

it('a configuration that haproxy refuses leaves the old one running, marks the object and says why, and heals', async () => {
  const network = await client.create('/network/v2.0/networks', 'network', { name: 'web' });
  const subnet = await client.create('/network/v2.0/subnets', 'subnet', { network_id: network.id, ip_version: 4, cidr: '10.0.30.0/24' });
  await client.create('/octavia-embedded/v1/servers', 'server', { name: 'web1', network: 'web', address: '10.0.30.11' });
  const balancer = await client.create('/v2/lbaas/loadbalancers', 'loadbalancer', {
    name: 'lb1', vip_subnet_id: subnet.id,
    listeners: [{ protocol: 'HTTP', protocol_port: 80, default_pool: { name: 'pool1', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [{ address: '10.0.30.11', protocol_port: 80 }] } }],
  });
  await client.waitActive(balancer.id);
  const url = `http://${String(balancer['vip_address'])}/`;
  await until('the first answer', () => get(url, 500).then(() => true, () => false));
  const traffic = startTraffic(url, { everyMs: 20, timeoutMs: 10_000 });

  writeFileSync(flag, '');
  const listener = await client.create('/v2/lbaas/listeners', 'listener', { loadbalancer_id: balancer.id, protocol: 'HTTP', protocol_port: 81 });
  const path = `/v2/lbaas/listeners/${listener.id}`;
  await until('the listener is in ERROR', async () => (await statusOf(path, 'listener')) === 'ERROR');
  expect(await statusOf(`/v2/lbaas/loadbalancers/${balancer.id}`, 'loadbalancer')).toBe('ACTIVE');
  const events = await client.list(`/v2.0/octavia/events?loadbalancer_id=${balancer.id}`, 'events');
  expect(events.map((event: Json) => String(event['reason'])).join('\n')).toContain('this haproxy knows no such thing');
  expect(readFileSync(join(dataDir, 'octavia.log'), 'utf8')).toContain('this haproxy knows no such thing');

  rmSync(flag);
  await until('the listener has healed', async () => (await statusOf(path, 'listener')) === 'ACTIVE', 60_000);
  const report = await traffic.stop();
  // Also: nobody took the amphora for dead because it lacks the listener that was refused.
  expect([...report.failureReasons], readFileSync(join(dataDir, 'octavia.log'), 'utf8')).toEqual([]);
  expect(report.requests).toBeGreaterThan(10);
});
