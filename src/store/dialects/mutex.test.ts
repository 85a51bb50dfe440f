import { expect, it } from 'vitest';
import { DatabaseUnavailable } from '../errors.ts';
import { Mutex } from './mutex.ts';

it('turns come in the order they were asked for', async () => {
  const mutex = new Mutex(10_000);
  const order: number[] = [];
  await mutex.lock();
  const waiting = [1, 2, 3].map(async (turn) => {
    await mutex.lock();
    order.push(turn);
    mutex.unlock();
  });
  mutex.unlock();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2, 3]);
});

it('whoever waits for itself is told so instead of hanging, and others go on', async () => {
  const mutex = new Mutex(1);
  await mutex.lock();
  await expect(mutex.lock()).rejects.toBeInstanceOf(DatabaseUnavailable);
  mutex.unlock();
  await mutex.lock();
});
