import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeWholeSync } from './write-whole.ts';

test('a full disk leaves the file as it was', () => {
  const directory = mkdtempSync(join(tmpdir(), 'whole-'));
  const file = join(directory, 'key');
  writeWholeSync(file, 'first');
  expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual(['first', 0o600]);
  symlinkSync('/dev/full', `${file}.new`);
  expect(() => writeWholeSync(file, 'second')).toThrow('ENOSPC');
  expect(readFileSync(file, 'utf8')).toBe('first');
  rmSync(directory, { recursive: true });
});
