import { mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { replaceFile } from './replace-file.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'octavia-replace-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('a file that many replace at the same time has the content of the last one, and nothing is left beside it', async () => {
  const path = join(directory, 'deep', 'check.sh');
  await Promise.all(Array.from({ length: 50 }, (_, number) => replaceFile(path, `exit ${number}\n`, 0o755)));
  expect(await readFile(path, 'utf8')).toBe('exit 49\n');
  expect(await readdir(join(directory, 'deep'))).toEqual(['check.sh']);
});

test('one that could not be replaced does not stand in the way of the next', async () => {
  const path = join(directory, 'file');
  const failing = replaceFile(path, Symbol('no text') as unknown as string, 0o644);
  const next = replaceFile(path, 'text', 0o644);
  await expect(failing).rejects.toThrow();
  await next;
  expect(await readFile(path, 'utf8')).toBe('text');
});

test('a full disk leaves the file as it was', async () => {
  const path = join(directory, 'key');
  await replaceFile(path, 'first', 0o600);
  expect([await readFile(path, 'utf8'), (await stat(path)).mode & 0o777]).toEqual(['first', 0o600]);
  await symlink('/dev/full', join(directory, '.key.tmp'));
  await expect(replaceFile(path, 'second', 0o600)).rejects.toThrow('ENOSPC');
  expect(await readFile(path, 'utf8')).toBe('first');
});
