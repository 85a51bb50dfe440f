import { expect, it } from 'vitest';
import { QueryClient, QueryObserver } from '../../dashboard/node_modules/@tanstack/query-core/build/modern/index.js';
import { createRereader, rereadIdle } from '../../dashboard/src/data/rereader.ts';

it('lets what is being read anew come to an end, and reads it once more when it has changed meanwhile', async () => {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const reread = createRereader({
    isFetching: () => 0,
    invalidateQueries: ({ queryKey } = {}) => {
      begun.push(String(queryKey));
      return new Promise<void>((resolve) => ends.push(resolve));
    },
  });
  for (const id of ['one', 'one', 'one', 'other']) reread(['load-balancer', id]);
  expect(begun).toEqual(['load-balancer,one', 'load-balancer,other']);
  for (const end of ends) end();
  await expect.poll(() => begun).toEqual(['load-balancer,one', 'load-balancer,other', 'load-balancer,one']);
});

it('reads once more what was being read for the first time', async () => {
  let begun = 0;
  const reread = createRereader({ isFetching: () => 1, invalidateQueries: async () => void (begun += 1) });
  reread(['load-balancer', 'one']);
  await expect.poll(() => begun).toBe(2);
});

it('lets an answer that takes longer than the polling is apart come to an end', async () => {
  const client = new QueryClient();
  const ends: ((answer: string) => void)[] = [];
  const observer = new QueryObserver(client, { queryKey: ['slow'], initialData: 'old', queryFn: () => new Promise<string>((resolve) => ends.push(resolve)) });
  const stop = observer.subscribe(() => undefined);
  for (let look = 0; look < 3; look += 1) void rereadIdle(client);
  expect(ends.length).toBe(1);
  ends[0]?.('new');
  await expect.poll(() => observer.getCurrentResult().data).toBe('new');
  void rereadIdle(client);
  await expect.poll(() => ends.length).toBe(2);
  stop();
  client.clear();
});
