import { expect, it } from 'vitest';
import { Turns } from './turns.ts';

it('lets so many go on at a time, the others in the order they came', async () => {
  const turns = new Turns(2);
  const entered: string[] = [];
  const ends = new Map<string, () => void>();
  const enter = async (name: string) => {
    const end = await turns.enter();
    entered.push(name);
    ends.set(name, end);
  };
  const jobs = ['a', 'b', 'c', 'd'].map(enter);
  await Promise.all(jobs.slice(0, 2));
  expect(entered).toEqual(['a', 'b']);
  ends.get('b')?.();
  await jobs[2];
  expect(entered).toEqual(['a', 'b', 'c']);
  ends.get('a')?.();
  await jobs[3];
  for (const name of ['c', 'd']) ends.get(name)?.();
  await Promise.all([enter('e'), enter('f')]);
  expect(entered).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});

it('ends the turn of work that fails', async () => {
  const turns = new Turns(1);
  const results = await Promise.allSettled([turns.take(() => Promise.reject(new Error('broken'))), turns.take(() => Promise.resolve('next'))]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});
