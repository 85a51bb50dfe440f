import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

test.each([
  ['a file', () => writeFileSync(join(dataDir, 'data'), '')],
  ['a directory whose lock cannot be opened', () => mkdirSync(join(dataDir, 'data/up.lock'), { recursive: true })],
  ['a directory that takes no name', () => mkdirSync(join(dataDir, 'data/up.pid'), { recursive: true })],
])('%s is refused in a sentence with what to do', (_name, make) => {
  make();
  const data = join(dataDir, 'data');
  expect(() => lockDataDir(data)).toThrow(new RegExp(`^The data directory ${data} cannot be written \\(.+\\); choose another with --data-dir\\.$`));
});

test('a directory that is not there is made', () => {
  lockDataDir(join(dataDir, 'some/where'))();
});
