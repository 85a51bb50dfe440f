import { afterEach, beforeEach, expect, test } from 'vitest';
import { FIGURES } from '../../model/figures.ts';
import { recordConditions } from '../../store/conditions.ts';
import { addSamples, type Counts } from '../../store/samples.ts';
import type { AccessLogSource } from '../access-log-source.ts';
import { startTestApi, SUBNET, type TestApi } from '../testing/test-api.ts';

const STRANGER = { 'x-project-id': 'another' };
const AMPHORAE = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'];
const counts = (value: number): Counts => Object.fromEntries([...FIGURES, 'peak_connections'].map((name) => [name, value])) as Counts;

/** What each amphora answers to a cursor. */
let answers: Readonly<Record<string, (cursor: string | null) => readonly string[] | null>>;
const accessLogs: AccessLogSource = {
  async read({ id }, cursor) {
    const lines = answers[id]?.(cursor);
    return lines ? { cursor: `1-${Number(cursor?.split('-')[1] ?? 0) + lines.length}`, lines, isCut: false, isKept: true } : null;
  },
};

let api: TestApi;
let lb: string;
let listener: string;
beforeEach(async () => {
  api = await startTestApi({ accessLogs });
  lb = (await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } })).json.loadbalancer.id;
  await api.settle();
  listener = (await api.call('POST', '/v2/lbaas/listeners', { listener: { loadbalancer_id: lb, protocol: 'HTTP', protocol_port: 80 } })).json.listener.id;
  await api.settle();
  await api.store.transaction(async (trx) => {
    for (const id of AMPHORAE) await trx.insertInto('amphora').values({ id, load_balancer_id: lb, status: 'ALLOCATED', lb_network_ip: '192.0.2.1', cert_busy: false, vrrp_priority: 1 }).execute();
  });
});
afterEach(() => api.close());

const statistics = (query: string, headers = {}) => api.call('GET', `/v2.0/octavia/loadbalancers/${lb}/statistics${query}`, undefined, headers);

test('traffic over time is shown for the whole and for one object, to those who may see statistics', async () => {
  const at = Math.floor(Date.now() / 10_000) * 10 - 30;
  await api.store.transaction((trx) => addSamples(trx, [
    { step: 10, at, objectId: listener, loadBalancerId: lb, counts: counts(40) }, { step: 600, at: Math.floor(at / 600) * 600, objectId: listener, loadBalancerId: lb, counts: counts(70) },
  ]));
  const { json } = await statistics('');
  expect(json.statistics).toMatchObject({ loadbalancer_id: lb, object_id: null, period: 'hour', step_seconds: 10, points: [{ at, requests: 40, responses_5xx: 40, peak_connections: 40 }] });
  expect((await statistics(`?period=day&object_id=${listener}`)).json.statistics).toMatchObject({ step_seconds: 600, object_id: listener, points: [{ requests: 70 }] });
  expect((await statistics(`?object_id=${lb}`)).json.statistics.points).toEqual([]);
  expect((await statistics('?period=week')).status).toBe(400);
  expect((await statistics('?object_id=x')).status).toBe(400);
  expect((await statistics('', STRANGER)).status).toBe(403);
  expect((await api.call('GET', `/v2.0/octavia/loadbalancers/${listener}/statistics`)).status).toBe(404);
});

test('rates are those of the last step that every amphora can have told of', async () => {
  const { delay_seconds: delay } = (await api.call('GET', `/v2.0/octavia/loadbalancers/${lb}/rates`)).json.rates;
  const newest = Math.floor(Date.now() / 1000) - delay;
  const samples = [-2, -1, 0, 1].map((step) => ({ step: 10, at: Math.floor(newest / 10) * 10 + step * 10, objectId: listener, loadBalancerId: lb, counts: counts(50) }));
  await api.store.transaction((trx) => addSamples(trx, samples));
  const { rates } = (await api.call('GET', `/v2.0/octavia/loadbalancers/${lb}/rates`)).json;
  expect(rates.objects).toMatchObject([{ id: listener, active_connections: 50, requests: 5, responses_2xx: 5 }]);
  expect((await api.call('GET', `/v2.0/octavia/loadbalancers/${lb}/rates`, undefined, STRANGER)).status).toBe(403);
});

test('what is not well is shown with its beginning and reason', async () => {
  await api.store.transaction((trx) => trx.updateTable('listener').set({ operating_status: 'ERROR' }).where('id', '=', listener).execute());
  await api.store.transaction((trx) => recordConditions(trx, [{ objectId: listener, loadBalancerId: lb, objectType: 'listener', operatingStatus: 'ERROR', since: '2026-01-02 03:04:05', reason: 'because' }]));
  const path = `/v2.0/octavia/loadbalancers/${lb}/conditions`;
  expect((await api.call('GET', path)).json).toEqual({ conditions: [{ object_id: listener, object_type: 'listener', operating_status: 'ERROR', since: '2026-01-02T03:04:05', reason: 'because' }] });
  expect((await api.call('GET', path, undefined, STRANGER)).status).toBe(403);
});

test('the access log goes on after its cursor, over all amphorae that show one, filtered by words', async () => {
  const path = `/v2.0/octavia/loadbalancers/${lb}/access_log`;
  const [first = '', second = ''] = AMPHORAE;
  const seen: (string | null)[] = [];
  answers = { [first]: (cursor) => { seen.push(cursor); return ['GET /a 200', 'GET /b 404']; }, [second]: () => null };
  const { access_log: log } = (await api.call('GET', path)).json;
  expect(log).toMatchObject({ is_kept: true, is_cut: false, lines: [{ amphora_id: first, text: 'GET /a 200' }, { amphora_id: first, text: 'GET /b 404' }] });
  expect((await api.call('GET', `${path}?after=${log.cursor}&filter=404%20GET`)).json.access_log.lines).toMatchObject([{ text: 'GET /b 404' }]);
  expect(seen).toEqual([null, '1-2']);
  expect((await api.call('GET', `${path}?after=../../etc`)).status).toBe(400);
  expect((await api.call('GET', path, undefined, STRANGER)).status).toBe(403);
  answers = {};
  expect((await api.call('GET', path)).status).toBe(501);
});

test('a call that waits is answered with the next line', async () => {
  let looks = 0;
  answers = { [AMPHORAE[0] ?? '']: () => { looks += 1; return looks < 2 ? [] : ['late']; } };
  expect((await api.call('GET', `/v2.0/octavia/loadbalancers/${lb}/access_log?wait=20`)).json.access_log.lines).toMatchObject([{ text: 'late' }]);
});

test('the access log of a load balancer that has no amphora yet is empty, and goes on when it has one', async () => {
  const path = `/v2.0/octavia/loadbalancers/${lb}/access_log`;
  const [first = ''] = AMPHORAE;
  const setStatus = (status: 'BOOTING' | 'ALLOCATED') => api.store.transaction((trx) => trx.updateTable('amphora').set({ status }).where('load_balancer_id', '=', lb).execute());
  answers = { [first]: () => ['GET /a 200'] };
  await setStatus('BOOTING');
  const begun = await api.call('GET', path);
  expect([begun.status, begun.json.access_log]).toMatchObject([200, { cursor: '', is_kept: true, lines: [] }]);
  await setStatus('ALLOCATED');
  expect((await api.call('GET', `${path}?after=${begun.json.access_log.cursor}`)).json.access_log.lines).toMatchObject([{ text: 'GET /a 200' }]);
});
