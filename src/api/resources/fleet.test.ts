import { afterEach, beforeEach, expect, test } from 'vitest';
import { toSqlDatetime } from '../../lib/clock.ts';
import { ADMIN, PROJECT, startTestApi, SUBNET, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
beforeEach(async () => { api = await startTestApi({ failoverThreshold: (inService) => Math.max(2, inService / 2) }); });
afterEach(() => api.close());

const asAdmin = (path: string) => api.call('GET', `/v2.0/octavia/${path}`, undefined, ADMIN);

async function addAmphora(id: string, { status = 'ALLOCATED', heardSecondsAgo, owner = null, busy = false }: { status?: 'ALLOCATED' | 'FAILOVER_STOPPED' | 'DELETED'; heardSecondsAgo?: number; owner?: string | null; busy?: boolean } = {}): Promise<void> {
  await api.store.transaction(async (trx) => {
    await trx.insertInto('amphora').values({ id, status, load_balancer_id: owner, cert_busy: false, updated_at: '2026-01-01 00:00:00' }).execute();
    if (heardSecondsAgo !== undefined) await trx.insertInto('amphora_health').values({ amphora_id: id, last_update: toSqlDatetime(Date.now() - heardSecondsAgo * 1000), busy }).execute();
  });
}

test('the fleet tells whom an amphora serves and how long ago it was heard', async () => {
  const { id } = (await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { name: 'shop', vip_subnet_id: SUBNET } })).json.loadbalancer;
  await addAmphora('a1', { owner: id, heardSecondsAgo: 100, busy: true });
  await addAmphora('a2');
  await addAmphora('a3', { status: 'DELETED' });
  const { fleet, heartbeat_timeout_seconds: timeout } = (await asAdmin('fleet')).json;
  expect(fleet).toEqual([
    { amphora_id: 'a1', loadbalancer_name: 'shop', project_id: PROJECT, is_busy: true, heartbeat_age_seconds: expect.closeTo(100, -1) },
    { amphora_id: 'a2', loadbalancer_name: null, project_id: null, is_busy: false, heartbeat_age_seconds: null },
  ]);
  expect(timeout).toBe(60);
});

const brake = async () => (await asAdmin('storm_brake')).json.storm_brake;

test('the brake is engaged while too many are silent, and releasing until the stopped ones are heard again', async () => {
  await addAmphora('a1', { heardSecondsAgo: 5 });
  await addAmphora('a2', { heardSecondsAgo: 500 });
  await addAmphora('a3', { heardSecondsAgo: 500, busy: true });
  expect(await brake()).toEqual({ state: 'ready', threshold: 2, in_service: 3, silent: 1, stopped: 0, stopped_since: null });
  await addAmphora('a4', { heardSecondsAgo: 500, status: 'FAILOVER_STOPPED' });
  expect(await brake()).toEqual({ state: 'engaged', threshold: 2, in_service: 4, silent: 2, stopped: 1, stopped_since: '2026-01-01T00:00:00' });
  await api.store.transaction((trx) => trx.updateTable('amphora_health').set({ last_update: toSqlDatetime(Date.now()) }).where('amphora_id', '=', 'a2').execute());
  expect(await brake()).toMatchObject({ state: 'releasing', silent: 1, stopped: 1 });
});

test('a brake that is switched off says so', async () => {
  await api.close();
  api = await startTestApi({ failoverThreshold: () => Number.POSITIVE_INFINITY });
  expect(await brake()).toMatchObject({ state: 'off', threshold: null });
});

test('what projects have is counted, those without an own quota included', async () => {
  for (const project of [PROJECT, 'other']) await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET, pools: [{ name: 'p', protocol: 'TCP', lb_algorithm: 'ROUND_ROBIN' }] } }, { 'x-project-id': project });
  await api.store.transaction((trx) => trx.updateTable('pool').set({ provisioning_status: 'DELETED' }).where('project_id', '=', 'other').execute());
  const none = { listener: 0, member: 0, healthmonitor: 0, l7policy: 0, l7rule: 0 };
  expect((await asAdmin('quota_usage')).json.quota_usage).toEqual([{ project_id: PROJECT, loadbalancer: 1, pool: 1, ...none }, { project_id: 'other', loadbalancer: 1, pool: 0, ...none }]);
});

test.each(['fleet', 'storm_brake', 'quota_usage'])('%s is for administrators', async (path) => {
  expect((await api.call('GET', `/v2.0/octavia/${path}`)).status).toBe(403);
});
