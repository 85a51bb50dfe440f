import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LogFile } from './log-file.ts';

let root: string;
beforeEach(() => { root = mkdtempSync(join(tmpdir(), 'log-file-')); });
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('closing writes every line, and lines that come later do not bring a removed directory back', async () => {
  const path = join(root, 'amphora/var/log/own.log');
  const file = new LogFile(path);
  file.append(['one', 'two']);
  await file.close();
  expect(readFileSync(path, 'latin1')).toBe('one\ntwo\n');
  rmSync(join(root, 'amphora'), { recursive: true });
  file.append(['late']);
  await file.close();
  expect(existsSync(join(root, 'amphora'))).toBe(false);
});
