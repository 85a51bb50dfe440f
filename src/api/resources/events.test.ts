import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openStore } from '../../store/open-store.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { policyForbidden } from '../machinery/faults.ts';
import { ADMIN, startTestApi, SUBNET, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
let lb: string;
beforeEach(async () => {
  api = await startTestApi();
  lb = (await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } })).json.loadbalancer.id;
  await api.settle();
  await api.call('PUT', `/v2/lbaas/loadbalancers/${lb}`, { loadbalancer: { name: 'x' } });
  await api.settle();
});
afterEach(() => api.close());

test('the history says who did what, newest first or after a number', async () => {
  const { events } = (await api.call('GET', `/v2.0/octavia/events?loadbalancer_id=${lb}`)).json;
  expect(events).toMatchObject([
    { number: 2, action: 'update', object_type: 'load_balancer', object_id: lb, user_id: 'tester', outcome: 'accepted' },
    { number: 1, action: 'create', object_type: 'load_balancer', object_id: lb },
  ]);
  expect((await api.call('GET', '/v2.0/octavia/events?after=1')).json.events).toMatchObject([{ number: 2 }]);
  expect((await api.call('GET', '/v2.0/octavia/events', undefined, { 'x-project-id': 'another' })).json.events).toEqual([]);
  expect((await api.call('GET', `/v2.0/octavia/events?loadbalancer_id=${lb}`, undefined, { 'x-project-id': 'another' })).status).toBe(403);
  expect((await api.call('GET', '/v2.0/octavia/events', undefined, ADMIN)).json.events).toHaveLength(2);
});

test('a refused change leaves no trace in the history', async () => {
  await api.call('DELETE', `/v2/lbaas/loadbalancers/${lb}`);
  await api.call('DELETE', `/v2/lbaas/loadbalancers/${lb}`);
  expect((await api.call('GET', '/v2.0/octavia/events?after=2')).json.events).toMatchObject([{ action: 'delete' }]);
});

test('an open stream first catches up and then tells what happens', async () => {
  const address = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const headers = { accept: 'text/event-stream', 'last-event-id': '1', 'x-project-id': 'e3cd678b11784734bc366148aa37580e', 'x-roles': 'member' };
  const response = await fetch(`${address}/v2.0/octavia/events?loadbalancer_id=${lb}`, { headers });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('x-openstack-request-id')).toMatch(/^req-/);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  const until = async (text: string) => { while (!seen.includes(text)) seen += (await reader?.read())?.value ?? ''; };
  await until('"action":"update"');
  expect(seen).toMatch(/id: 2\nevent: load_balancer\ndata: \{/);
  expect(seen).not.toContain('"action":"create"');
  await api.call('DELETE', `/v2/lbaas/loadbalancers/${lb}`);
  await until('"action":"delete"');
  await reader?.cancel();
});

/** A stream of events whose beginning has been read. */
async function readStream(other: TestApi, caller: Readonly<Record<string, string>>) {
  const address = await other.app.listen({ host: '127.0.0.1', port: 0 });
  const response = await fetch(`${address}/v2.0/octavia/events`, { headers: { accept: 'text/event-stream', ...caller }, signal: AbortSignal.timeout(15_000) });
  const reader = response.body?.getReader();
  await reader?.read();
  return reader;
}

test('a stream ends within about a minute of the right to see it', async () => {
  const may = { see: true };
  const enforce = () => { if (!may.see) throw policyForbidden(); };
  const other = await startTestApi({ policy: { allows: () => may.see, enforce } });
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const reader = await readStream(other, { 'x-roles': 'member' });
    vi.setSystemTime(Date.now() + 61_000);
    expect((await reader?.read())?.done).toBe(false);
    may.see = false;
    vi.setSystemTime(Date.now() + 61_000);
    expect(await reader?.read()).toMatchObject({ done: true });
  } finally {
    vi.useRealTimers();
    await other.close();
  }
});

test('a stream of everybody’s events ends when only those of one project may be seen any more', async () => {
  const may = { seeAll: true };
  const other = await startTestApi({ policy: { allows: (rule) => may.seeAll || !rule.endsWith('get_all-global'), enforce: () => undefined } });
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const reader = await readStream(other, { 'x-roles': 'admin', 'x-project-id': 'p' });
    may.seeAll = false;
    vi.setSystemTime(Date.now() + 61_000);
    expect(await reader?.read()).toMatchObject({ done: true });
  } finally {
    vi.useRealTimers();
    await other.close();
  }
});

test('a stream that breaks off is ended, so that its client comes back', async () => {
  const store = await openStore('sqlite://');
  await upgradeHead(store);
  const other = await startTestApi({ store, log: silentLogger });
  try {
    const reader = await readStream(other, { 'x-roles': 'admin', 'x-project-id': 'p' });
    await store.close();
    expect(await reader?.read()).toMatchObject({ done: true });
  } finally {
    await other.close();
  }
});
