import { afterEach, expect, test } from 'vitest';
import { openStore } from '../../store/open-store.ts';
import { DatabaseConflict } from '../../store/errors.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import { startTestApi, SUBNET, type TestApi, type TestApiOptions } from '../testing/test-api.ts';

let api: TestApi;
afterEach(() => api.close());

const CERT = 'https://keys.example.org/v1/containers/1';
type Settings = NonNullable<NonNullable<TestApiOptions['config']>['api_settings']>;

/** An API with these settings and one load balancer. */
async function start(settings: Settings): Promise<string> {
  api = await startTestApi({ config: { api_settings: settings } });
  const { id } = (await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } })).json.loadbalancer;
  await api.settle();
  return id;
}

async function ask(method: 'POST' | 'PUT', path: string, body: object) {
  const { status, json } = await api.call(method, `/v2/lbaas/${path}`, body);
  await api.settle();
  return [status, status < 300 ? json : json.faultstring];
}

const tls = (loadbalancer_id: string, more: object = {}) => ({ listener: { protocol: 'TERMINATED_HTTPS', protocol_port: 443, loadbalancer_id, default_tls_container_ref: CERT, ...more } });
const pool = (loadbalancer_id: string, more: object = {}) => ({ pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id, tls_enabled: true, ...more } });

test.each<[string, Settings, object, string]>([
  ['prohibited ciphers', { tls_cipher_prohibit_list: 'OLD:OLDER' }, { tls_ciphers: 'OLD:ECDHE-RSA-AES128-GCM-SHA256:OLDER' }, 'The following ciphers have been prohibited by an administrator: OLD, OLDER'],
  ['versions before the oldest allowed', { minimum_tls_version: 'TLSv1.2' }, { tls_versions: ['TLSv1', 'TLSv1.1', 'TLSv1.3'] }, 'Requested TLS versions are less than the minimum: TLSv1, TLSv1.1 < TLSv1.2'],
])('%s are refused for listeners and pools, new and changed', async (_what, settings, wish, text) => {
  const lb = await start(settings);
  const refused = [400, `Validation failure: ${text}`];
  expect([await ask('POST', 'listeners', tls(lb, wish)), await ask('POST', 'pools', pool(lb, wish))]).toEqual([refused, refused]);
  const [[, listener], [, made]] = [await ask('POST', 'listeners', tls(lb)), await ask('POST', 'pools', pool(lb))];
  expect(await ask('PUT', `listeners/${listener.listener.id}`, { listener: wish })).toEqual(refused);
  expect(await ask('PUT', `pools/${made.pool.id}`, { pool: wish })).toEqual(refused);
});

test.each<[string, Settings, (lb: string) => object, string]>([
  ['Prometheus', { allow_prometheus_listeners: false }, (lb) => ({ listener: { protocol: 'PROMETHEUS', protocol_port: 9000, loadbalancer_id: lb } }), 'PROMETHEUS'],
  ['TLS', { allow_tls_terminated_listeners: false }, (lb) => tls(lb), 'TERMINATED_HTTPS'],
  ['Prometheus with TLS', { allow_tls_terminated_listeners: false }, (lb) => tls(lb, { protocol: 'PROMETHEUS' }), 'PROMETHEUS with TLS'],
])('listeners of %s can be switched off', async (_what, settings, body, shown) => {
  const lb = await start(settings);
  expect(await ask('POST', 'listeners', body(lb))).toEqual([400, `The selected protocol is not allowed in this deployment: ${shown}`]);
  expect((await ask('POST', 'listeners', { listener: { protocol: 'HTTP', protocol_port: 80, loadbalancer_id: lb } }))[0]).toBe(201);
});

test('monitors of type PING can be switched off', async () => {
  const lb = await start({ allow_ping_health_monitors: false });
  const [, { pool: { id } }] = await ask('POST', 'pools', pool(lb));
  const monitor = (type: string) => ({ healthmonitor: { pool_id: id, type, delay: 3, timeout: 2, max_retries: 1 } });
  expect(await ask('POST', 'healthmonitors', monitor('PING'))).toEqual([400, 'The selected type is not allowed in this deployment: PING']);
  expect((await ask('POST', 'healthmonitors', monitor('TCP')))[0]).toBe(201);
});

test('links of a page begin with api_base_uri', async () => {
  const lb = await start({ api_base_uri: 'https://lb.example.org/octavia/' });
  for (const name of ['a', 'b', 'c']) await ask('POST', 'pools', pool(lb, { name }));
  const first = await api.call('GET', '/v2.0/lbaas/pools?limit=1&sort=name');
  const next = new URL(first.json.pools_links[0].href);
  expect([next.origin, next.pathname]).toEqual(['https://lb.example.org', '/octavia/v2.0/lbaas/pools']);
  const second = await api.call('GET', `/v2.0/lbaas/pools${next.search}`);
  expect(second.json.pools.map(({ name }: { name: string }) => name)).toEqual(['b']);
  expect(second.json.pools_links.map(({ rel, href }: { rel: string; href: string }) => [rel, href.split('?')[0]])).toEqual([
    ['previous', 'https://lb.example.org/octavia/v2.0/lbaas/pools'], ['next', 'https://lb.example.org/octavia/v2.0/lbaas/pools'],
  ]);
});

test('a change that loses every race for its rows is told that the project is busy', async () => {
  const store = await openStore('sqlite://');
  await upgradeHead(store);
  api = await startTestApi({ store: { ...store, transaction: async () => { throw new DatabaseConflict('deadlock', null); } } });
  expect(await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } }).then(({ status, json }) => [status, json.faultcode, json.faultstring]))
    .toEqual([503, 'Server', 'Project busy.  Unable to lock the project.  Please try again.']);
  await store.close();
});
