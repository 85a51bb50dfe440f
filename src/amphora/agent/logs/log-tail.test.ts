import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LogTail } from './log-tail.ts';

let directory: string;
let seen: string[];
const tail = (): LogTail => new LogTail({ directory, prefix: 'keepalived', record: (daemon, lines) => void seen.push(...lines.map((line) => `${daemon}: ${line}`)), onFailure: () => undefined });

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-tail-'));
  seen = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

test('each line is handed over once, whole, also by a successor', async () => {
  writeFileSync(join(directory, 'keepalived.log'), 'one\ntw');
  writeFileSync(join(directory, 'haproxy.log'), 'not followed\n');
  await tail().look();
  expect(seen).toEqual(['keepalived: one']);
  appendFileSync(join(directory, 'keepalived.log'), 'o\nthree\n');
  await tail().look();
  await tail().look();
  expect(seen).toEqual(['keepalived: one', 'keepalived: two', 'keepalived: three']);
});

test('a daemon that was started anew is read from its beginning', async () => {
  writeFileSync(join(directory, 'keepalived.log'), 'a long line of the first one\n');
  await tail().look();
  writeFileSync(join(directory, 'keepalived.log'), 'second\n');
  await tail().look();
  expect(seen).toEqual(['keepalived: a long line of the first one', 'keepalived: second']);
});

test('a flood is cut, and what follows is read again', async () => {
  writeFileSync(join(directory, 'keepalived.log'), `${'x'.repeat(99)}\n`.repeat(2_000));
  await tail().look();
  expect(seen.length).toBeLessThan(700);
  appendFileSync(join(directory, 'keepalived.log'), 'after\n');
  await tail().look();
  expect(seen.at(-1)).toBe('keepalived: after');
});

test('no directory, no lines', async () => {
  await new LogTail({ directory: join(directory, 'none'), prefix: '', record: () => seen.push('x'), onFailure: () => undefined }).look();
  expect(seen).toEqual([]);
});
