import { expect, it } from 'vitest';
import { createWaitingCalls } from '../../dashboard/src/session/waiting-calls.ts';

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
