import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../harness/until.ts';
import { ask, curl } from './http-client.ts';
import { HttpWorld, members, untilServed, type LoadBalancer } from './http-world.ts';

let world: HttpWorld;
let lb: LoadBalancer;
let listenerId: string;
let poolId: string;

beforeAll(async () => {
  world = await HttpWorld.start();
  await world.pki.issue('metrics', { by: 'ca', dnsNames: ['metrics.example'] });
  lb = await world.loadBalancer({
    name: 'measured',
    listeners: [
      { name: 'web', protocol: 'HTTP', protocol_port: 80, default_pool: { name: 'pool', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: members(2, 80) } },
      { name: 'metrics', protocol: 'PROMETHEUS', protocol_port: 8088, allowed_cidrs: ['10.0.10.11/32'] },
      { name: 'secret metrics', protocol: 'PROMETHEUS', protocol_port: 8443, default_tls_container_ref: await world.pkcs12Secret('metrics') },
    ],
  });
  listenerId = String((await world.cloud.list('/v2/lbaas/listeners?name=web', 'listeners'))[0]?.['id']);
  poolId = String((await world.cloud.list('/v2/lbaas/pools', 'pools'))[0]?.['id']);
  await untilServed(`http://${lb.vip}/`);
});

afterAll(() => world?.stop());

/** The values by metric with labels. */
async function scrape(): Promise<Map<string, number>> {
  const text = await curl([`http://${lb.vip}:8088/metrics`], 'web1');
  return new Map(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

describe('a PROMETHEUS listener', () => {
  it('answers in the exposition format with Octavia\'s names only', async () => {
    const answer = await curl(['--include', `http://${lb.vip}:8088/metrics`], 'web1');
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    expect(answer).toMatch(/^content-type: text\/plain; version=0\.0\.4\r$/m);
    const lines = answer.slice(answer.indexOf('\r\n\r\n') + 4).split('\n').filter(Boolean);
    expect(lines.filter((line) => !/^(# (HELP|TYPE) )?octavia_(loadbalancer|memory|listener|pool|member)_/.test(line))).toEqual([]);
    expect(lines.join('\n')).not.toContain('prometheus-exporter');
  });

  it('counts the traffic of listeners, pools and members', async () => {
    const before = await scrape();
    for (let sent = 0; sent < 10; sent += 1) await ask(`http://${lb.vip}/`);
    const after = await scrape();
    const grown = (metric: string): number => (after.get(metric) ?? Number.NaN) - (before.get(metric) ?? Number.NaN);
    expect(grown(`octavia_listener_http_requests_total{listener="${listenerId}"}`)).toBe(10);
    expect(grown(`octavia_pool_http_responses_total{pool="${poolId}:${listenerId}",code="2xx"}`)).toBe(10);
    const [m1, m2] = await world.cloud.list(`/v2/lbaas/pools/${poolId}/members`, 'members');
    for (const member of [m1, m2]) expect(grown(`octavia_member_sessions_total{pool="${poolId}:${listenerId}",member="${String(member?.['id'])}"}`)).toBe(5);
    expect(after.get(`octavia_listener_status{listener="${listenerId}",state="UP"}`)).toBe(1);
    expect(after.get('octavia_loadbalancer_memory')).toBeGreaterThan(0);
  });

  it('lets only its allowed CIDRs in', async () => {
    await expect(curl(['--connect-timeout', '1', `http://${lb.vip}:8088/metrics`], 'web2')).rejects.toThrow(/Connection timed out|timeout|refused|Couldn't connect/i);
    expect(await curl([`http://${lb.vip}/`], 'web2')).toContain('"name":"web');
  });

  it('serves over TLS with its certificate', async () => {
    const answer = await ask(`https://${lb.vip}:8443/metrics`, { ca: world.pki.text('ca.crt'), servername: 'metrics.example' });
    expect([answer.status, answer.certificateName]).toEqual([200, 'metrics']);
    expect(answer.text).toContain('octavia_listener_status{');
  });

  it('is left out of statistics and appears in the status tree', async () => {
    const stats = (await world.cloud.request('GET', `/v2/lbaas/listeners/${listenerId}/stats`))['stats'];
    expect(stats).toHaveProperty('total_connections');
    const tree = JSON.stringify(await world.cloud.request('GET', `/v2/lbaas/loadbalancers/${lb.id}/status`));
    expect(tree).toContain('"name":"metrics"');
  });

  it('goes on over a reload', async () => {
    await world.change(lb, 'PUT', `/v2/lbaas/listeners/${listenerId}`, { listener: { connection_limit: 5_000 } });
    const limit = `octavia_listener_limit_sessions{listener="${listenerId}"}`;
    expect((await scrape()).get(limit)).toBe(5_000);
  });

  it('answers again after the agent was started anew', async () => {
    await world.restart();
    await until('metrics are answered', () => scrape().then((metrics) => metrics.size > 100, () => false));
  });

  it('is gone after its deletion, and traffic goes on', async () => {
    for (const listener of await world.cloud.list('/v2/lbaas/listeners?protocol=PROMETHEUS', 'listeners')) await world.change(lb, 'DELETE', `/v2/lbaas/listeners/${String(listener['id'])}`);
    await expect(ask(`https://${lb.vip}:8443/metrics`, { timeout: 1_000 })).rejects.toThrow();
    expect((await ask(`http://${lb.vip}/`)).status).toBe(200);
  });

  it.each([
    ['a default pool', { default_pool_id: 'POOL' }, /PROMETHEUS/],
    ['insert headers', { insert_headers: { 'X-Forwarded-For': 'true' } }, /PROMETHEUS|not supported|not valid/i],
  ])('is refused with %s', async (_what, extra, message) => {
    const fields = { name: 'bad', protocol: 'PROMETHEUS', protocol_port: 9000, loadbalancer_id: lb.id, ...JSON.parse(JSON.stringify(extra).replace('POOL', poolId)) as object };
    const { status, text } = await world.refusal(world.cloud.request('POST', '/v2/lbaas/listeners', { listener: fields }));
    expect([status, text]).toEqual([400, expect.stringMatching(message)]);
  });
});
