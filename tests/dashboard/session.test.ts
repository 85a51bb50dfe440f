import { afterEach, expect, it, vi } from 'vitest';
import { askWhenExpired, call } from '../../dashboard/src/api/http.ts';
import { createOtherTabs, isSamePlace } from '../../dashboard/src/session/other-tabs.ts';
import { keptOf } from '../../dashboard/src/session/sign-in-again.ts';
import { createWaitingCalls } from '../../dashboard/src/session/waiting-calls.ts';

afterEach(() => vi.unstubAllGlobals());

it('asks who goes to another project with an ended session to sign in again, but not who mistypes the password', async () => {
  const answers = [401, 200, 401];
  vi.stubGlobal('fetch', async () => Response.json({ session: 'new' }, { status: answers.shift() ?? 500 }));
  let asked = 0;
  const stop = askWhenExpired(async () => void (asked += 1));
  expect(await call('PUT', '/session', { project: 'p' })).toEqual({ session: 'new' });
  await expect(call('POST', '/session', {})).rejects.toMatchObject({ status: 401 });
  stop();
  expect(asked).toBe(1);
});

it('asks once more what broke off, and repeats nothing that changes something', async () => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (_url: string, { method }: { method: string }) => {
    asked.push(method);
    if (asked.length !== 3) throw new TypeError('network changed');
    return Response.json({ there: true });
  });
  expect(await call('GET', '/session')).toEqual({ there: true });
  await expect(call('DELETE', '/load-balancer/v2.0/lbaas/loadbalancers/id')).rejects.toMatchObject({ status: 0, message: 'network changed' });
  expect(asked).toEqual(['GET', 'GET', 'GET', 'DELETE']);
});

it('takes an answer that breaks off for none', async () => {
  vi.stubGlobal('fetch', async () => new Response(new ReadableStream({ pull: (stream) => stream.error(new TypeError('terminated')) })));
  await expect(call('GET', '/session')).rejects.toMatchObject({ name: 'ServiceFault', status: 0, message: 'terminated' });
});

it('repeats calls when their user is back, and never in the name of somebody else', async () => {
  const waiting = createWaitingCalls();
  const done: string[] = [];
  const call = async (name: string) => {
    await waiting.wait();
    done.push(name);
  };
  const [first, second] = [call('first'), call('second')];
  waiting.goOn();
  await Promise.all([first, second]);
  const abandoned = call('of the former user');
  waiting.giveUp(new Error('Somebody else has signed in.'));
  await expect(abandoned).rejects.toThrow('Somebody else has signed in.');
  const fresh = call('of the new user');
  waiting.goOn();
  await fresh;
  expect(done).toEqual(['first', 'second', 'of the new user']);
});

it('tells the other tabs, and not itself, that the session has become another', async () => {
  const [one, other] = [createOtherTabs('session-test'), createOtherTabs('session-test')];
  const told: string[] = [];
  one.onTold(() => told.push('one'));
  const heard = new Promise<void>((resolve) => { other.onTold(resolve); });
  one.tell();
  await heard;
  expect(told).toEqual([]);
});

it('knows another user, project or region from the same one signed in anew', () => {
  const place = { user: { id: 'u' }, project: { id: 'p' }, region: 'one' };
  expect(isSamePlace(place, { ...place })).toBe(true);
  for (const change of [{ user: { id: 'v' } }, { project: { id: 'q' } }, { project: null }, { region: null }]) expect(isSamePlace(place, { ...place, ...change })).toBe(false);
});

it('signs in again where the session was, so that waiting calls are repeated there', () => {
  const user = { id: 'u', name: 'ann', domain: 'Default' };
  expect(keptOf({ user, project: { id: 'p' }, region: 'Two' })).toEqual({ user: 'ann', domain: 'Default', project: 'p', region: 'Two' });
  expect(keptOf({ user, project: null, region: null })).toEqual({ user: 'ann', domain: 'Default' });
});
