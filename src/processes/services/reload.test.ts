import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Config } from '../../config/config.ts';
import { loadConfig } from '../../config/load-config.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createConfigReloader } from './reload.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-reload-'));
  file = join(directory, 'octavia.conf');
});
afterEach(() => rmSync(directory, { recursive: true }));

function start(text: string) {
  writeFileSync(file, text);
  const lines: string[] = [];
  const log = createLogger({ json: true, write: (line) => lines.push(line) });
  const sources = { files: [file], env: {} };
  const reloader = createConfigReloader(sources, loadConfig(sources), log);
  const seen: Config[] = [];
  reloader.onReload('part', (config) => void seen.push(config));
  return { reloader, log, seen, lines, messages: () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg) };
}

describe('SIGHUP', () => {
  it('takes mutable options over, the log level among them', async () => {
    const { reloader, log, seen, lines } = start('[DEFAULT]\ndebug = false\n[health_manager]\nheartbeat_key = old\n');
    writeFileSync(file, '[DEFAULT]\ndebug = true\n[health_manager]\nheartbeat_key = new\nheartbeat_interval = 3\n');
    await reloader.reload();
    expect(seen.map(({ health_manager }) => [health_manager.heartbeat_key, health_manager.heartbeat_interval])).toEqual([['new', 3]]);
    log.debug({}, 'now shown');
    expect(lines.at(-1)).toContain('now shown');
  });

  it('reaches parts that were not up yet when it came', async () => {
    const { reloader } = start('[health_manager]\nheartbeat_key = old\n');
    writeFileSync(file, '[health_manager]\nheartbeat_key = new\n');
    await reloader.reload();
    const later: (string | null)[] = [];
    reloader.onReload('later part', ({ health_manager }) => void later.push(health_manager.heartbeat_key));
    await vi.waitFor(() => expect(later).toEqual(['new']), { timeout: 15_000 });
    const first: string[] = [];
    start('').reloader.onReload('part', () => void first.push('told'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(first).toEqual([]);
  });

  it('names options that need a restart and leaves them', async () => {
    const { reloader, seen, lines } = start('[health_manager]\nbind_port = 5555\n');
    writeFileSync(file, '[health_manager]\nbind_port = 6666\n');
    await reloader.reload();
    expect(seen[0]?.health_manager.bind_port).toBe(5555);
    expect(lines.join('')).toContain('[health_manager] bind_port');
  });

  it('a broken file changes nothing', async () => {
    const { reloader, seen, messages } = start('[health_manager]\nheartbeat_interval = 10\n');
    writeFileSync(file, '[health_manager]\nheartbeat_interval = often\n');
    await reloader.reload();
    expect(seen).toEqual([]);
    expect(messages()).toEqual(['The configuration cannot be used; the one before stays']);
  });

  it('one part that fails does not keep the others', async () => {
    const { reloader, messages } = start('');
    const told: string[] = [];
    reloader.onReload('bad', () => Promise.reject(new Error('no')));
    reloader.onReload('good', () => void told.push('good'));
    await reloader.reload();
    expect(told).toEqual(['good']);
    expect(messages()).toContain('A part could not take the new configuration over');
  });
});
