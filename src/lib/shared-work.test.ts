import { expect, it } from 'vitest';
import { SharedWork } from './shared-work.ts';

/** Work that ends when told to; `begun` counts its runs. */
function heldWork() {
  const ends: ((error?: Error) => void)[] = [];
  const work = () => {
    const run = ends.length;
    return new Promise<number>((resolve, reject) => ends.push((error) => (error ? reject(error) : resolve(run))));
  };
  return { work, begun: () => ends.length, end: (run: number, error?: Error) => ends[run]?.(error) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('serves all who asked before a run began with it, and nobody who asked later', async () => {
  const shared = new SharedWork<number>();
  const { work, begun, end } = heldWork();
  const first = shared.run('list', work);
  const second = [shared.run('list', work), shared.run('list', work)];
  expect(begun()).toBe(1);
  end(0);
  expect(await first).toBe(0);
  await settled();
  expect(begun()).toBe(2);
  const third = shared.run('list', work);
  end(1);
  expect(await Promise.all(second)).toEqual([1, 1]);
  await settled();
  end(2);
  expect(await third).toBe(2);
  await settled();
  const fourth = shared.run('list', work);
  expect(begun()).toBe(4);
  end(3);
  expect(await fourth).toBe(3);
});

it('keeps different keys apart', async () => {
  const shared = new SharedWork<string>();
  expect(await Promise.all([shared.run('a', async () => 'of a'), shared.run('b', async () => 'of b')])).toEqual(['of a', 'of b']);
});

it('fails those who share a failure only, and goes on', async () => {
  const shared = new SharedWork<number>();
  const { work, end } = heldWork();
  const failing = shared.run('list', work);
  const next = shared.run('list', work);
  end(0, new Error('no database'));
  await expect(failing).rejects.toThrow('no database');
  await settled();
  end(1);
  expect(await next).toBe(1);
});

it('holds a run back for those who were just served and ask again', async () => {
  const shared = new SharedWork<number>({ pauseMs: 20 });
  const { work, begun, end } = heldWork();
  const first = shared.run('list', work);
  const waiting = shared.run('list', work);
  end(0);
  await first;
  await settled();
  const again = shared.run('list', work);
  expect(begun()).toBe(1);
  await expect.poll(begun).toBe(2);
  end(1);
  expect(await Promise.all([waiting, again])).toEqual([1, 1]);
});
