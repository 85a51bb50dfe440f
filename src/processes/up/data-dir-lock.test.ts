import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockDataDir } from './data-dir-lock.ts';

let dataDir: string;
beforeEach(() => { dataDir = mkdtempSync(join(tmpdir(), 'lock-')); });
afterEach(() => rmSync(dataDir, { recursive: true }));

test('a second service is refused by name, and let in after the first has gone', () => {
  const release = lockDataDir(dataDir);
  expect(() => lockDataDir(dataDir)).toThrow(`Another octavia up (process ${process.pid}) is using ${dataDir}`);
  release();
  lockDataDir(dataDir)();
});

test('of two that start at once, before either has written its name, one is refused', () => {
  const release = lockDataDir(dataDir);
  rmSync(join(dataDir, 'up.pid'));
  expect(() => lockDataDir(dataDir)).toThrow(`Another octavia up is using ${dataDir}`);
  release();
});

test('what a crash left behind holds nobody off', () => {
  writeFileSync(join(dataDir, 'up.pid'), JSON.stringify({ pid: process.pid, startTicks: '1' }));
  lockDataDir(dataDir)();
});
