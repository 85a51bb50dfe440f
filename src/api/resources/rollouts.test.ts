import { afterEach, beforeEach, expect, test } from 'vitest';
import { ADMIN, PROJECT, startTestApi, type TestApi } from '../testing/test-api.ts';

const IMAGE = '00000000-0000-4000-8000-0000000000ff';
let api: TestApi;
beforeEach(async () => { api = await startTestApi(); });
afterEach(() => api.close());

const asAdmin = (method: Parameters<TestApi['call']>[0], path: string, body?: unknown) => api.call(method, `/v2.0/octavia/rollouts${path}`, body, ADMIN);

async function addAmphora(id: string, values: object = {}): Promise<void> {
  await api.store.transaction((trx) => trx.insertInto('amphora').values({ id, status: 'ALLOCATED', role: 'STANDALONE', cert_busy: false, image_id: null, created_at: '2026-01-01 00:00:00', ...values }).execute());
}

test('an administrator starts, pauses, resumes and aborts a rollout, and sees how far it is', async () => {
  for (const id of ['a1', 'a2']) await addAmphora(id);
  const started = await asAdmin('POST', '', { rollout: { image_id: IMAGE, canary: 1, per_minute: 5, parallel: 1 } });
  expect(started.json.rollout).toMatchObject({ kind: 'failover', state: 'running', image_id: IMAGE, canary: 1, per_minute: 5, parallel: 1, soak_seconds: 60, reason: null });
  expect(started.status).toBe(201);
  const { id } = started.json.rollout;
  const stateAfter = async (order: string) => [(await asAdmin('PUT', `/${id}/${order}`)).status, (await asAdmin('GET', `/${id}`)).json.rollout.state];
  expect(await stateAfter('pause')).toEqual([202, 'paused']);
  expect(await stateAfter('pause')).toEqual([409, 'paused']);
  expect(await stateAfter('resume')).toEqual([202, 'running']);
  await api.store.transaction((trx) => trx.updateTable('ts_rollout_step').set({ state: 'failed', reason: 'no', started_at: '2026-01-01 00:00:05' }).where('amphora_id', '=', 'a1').execute());
  expect((await asAdmin('GET', `/${id}/progress`)).json.progress).toEqual({
    rollout_id: id, waiting: 1, started: 0, soaking: 0, done: 0, failed: 1, skipped: 0,
    steps: [{ amphora_id: 'a1', loadbalancer_id: null, is_canary: true, state: 'failed', reason: 'no', started_at: '2026-01-01T00:00:05', ended_at: null }],
  });
  expect(await stateAfter('abort')).toEqual([202, 'aborted']);
  expect((await asAdmin('GET', '')).json.rollouts).toHaveLength(1);
});

test('one rollout at a time, over something, and only with values that make sense', async () => {
  expect((await asAdmin('POST', '', { rollout: {} })).json.faultstring).toBe('The rollout is refused: there is no amphora that needs it');
  await addAmphora('a1');
  expect((await asAdmin('POST', '', { rollout: { parallel: 0 } })).status).toBe(400);
  expect((await asAdmin('POST', '', { rollout: { kind: 'reboot' } })).status).toBe(400);
  expect((await asAdmin('POST', '', { rollout: { kind: 'configure' } })).status).toBe(201);
  expect((await asAdmin('POST', '', { rollout: {} })).status).toBe(409);
  for (const [method, path] of [['GET', ''], ['GET', '/progress'], ['PUT', '/pause']] as const) expect((await asAdmin(method, `/${IMAGE}${path}`)).status).toBe(404);
});

test('an order is for the rollout it names, not for whichever is under way', async () => {
  await addAmphora('a1');
  const first = (await asAdmin('POST', '', { rollout: {} })).json.rollout.id;
  await api.store.transaction((trx) => trx.updateTable('ts_rollout').set({ state: 'done' }).execute());
  const second = (await asAdmin('POST', '', { rollout: {} })).json.rollout.id;
  expect((await asAdmin('PUT', `/${first}/abort`)).status).toBe(409);
  expect((await asAdmin('GET', `/${second}`)).json.rollout.state).toBe('running');
});

test('members of projects may neither look nor order', async () => {
  for (const [method, path] of [['GET', ''], ['POST', ''], ['GET', `/${IMAGE}`], ['GET', `/${IMAGE}/progress`], ['PUT', `/${IMAGE}/abort`]] as const) {
    const answer = await api.call(method, `/v2.0/octavia/rollouts${path}`, method === 'POST' ? { rollout: {} } : undefined, { 'x-project-id': PROJECT });
    expect([answer.status, method, path]).toEqual([403, method, path]);
  }
});
