import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readLog } from './read-log.ts';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'read-log-'));
  file = join(directory, 'traffic.log');
});
afterEach(() => rm(directory, { recursive: true }));

test('lines come once each, whole, also when the file is set aside or not there yet', async () => {
  const none = await readLog(file, 'newest');
  expect(none.lines).toEqual([]);
  await writeFile(file, 'one\ntwo\nthr');
  const first = await readLog(file, none.cursor);
  expect(first.lines).toEqual(['one', 'two']);
  await appendFile(file, 'ee\n');
  const second = await readLog(file, first.cursor);
  expect(second.lines).toEqual(['three']);
  expect((await readLog(file, second.cursor)).lines).toEqual([]);
  await rename(file, `${file}.1`);
  await writeFile(file, 'four\n');
  expect((await readLog(file, second.cursor)).lines).toEqual(['four']);
});

test('of more than an answer holds the newest whole lines are given, and it is said', async () => {
  const line = 'x'.repeat(999);
  await writeFile(file, 'start\n');
  const { cursor } = await readLog(file, 'newest');
  await appendFile(file, `${line}\n`.repeat(200));
  const part = await readLog(file, cursor);
  expect(part.isCut).toBe(true);
  expect(part.lines.every((one) => one === line)).toBe(true);
  expect((await readLog(file, 'newest')).lines).toHaveLength(32);
});
