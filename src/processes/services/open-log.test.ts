import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ConfigOverrides } from '../../config/config.ts';
import { loadConfig } from '../../config/load-config.ts';
import { openLog } from './open-log.ts';

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'octavia-open-log-')); });
afterEach(() => rmSync(directory, { recursive: true }));
const open = (options: ConfigOverrides['DEFAULT']) => openLog(loadConfig({ env: {}, overrides: { DEFAULT: { log_dir: directory, ...options } } }), 'octavia-api');

it('a log is rotated by size when [DEFAULT] says so', () => {
  const log = open({ log_rotation_type: 'size', max_logfile_size_mb: 1, max_logfile_count: 2 });
  for (let line = 0; line < 3; line += 1) log.info({ padding: 'x'.repeat(700_000), line }, 'Long');
  expect(['', '.1', '.2', '.3'].map((suffix) => existsSync(join(directory, `octavia-api.log${suffix}`)))).toEqual([true, true, true, false]);
});

it('rotation by time is refused in words, with what does it instead', () => {
  open({ log_rotation_type: 'interval' });
  expect(readFileSync(join(directory, 'octavia-api.log'), 'utf8')).toMatch(/"level":"warn".*let logrotate do it/);
});
