import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runService } from './service-process.ts';

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'octavia-service-')); });
afterEach(() => rmSync(directory, { recursive: true }));

function files(database: string) {
  const file = join(directory, 'octavia.conf');
  writeFileSync(file, `[DEFAULT]\nlog_file = ${join(directory, 'log')}\n[database]\n${database}`);
  return { configFile: [file], configDir: [] };
}
const log = (): string => readFileSync(join(directory, 'log'), 'utf8');

describe('a service whose database is away', () => {
  it('waits as octavia.conf says, tells why, and ends at SIGTERM without a failure', async () => {
    const start = vi.fn<() => Promise<void>>();
    const running = runService('octavia-housekeeping', files('connection = mysql+pymysql://u:p@127.0.0.1:1/o\nmax_retries = -1\nretry_interval = 3600\n'), start);
    await vi.waitFor(() => expect(log()).toMatch(/The database cannot be reached; waiting for it/), { timeout: 15_000 });
    expect(log()).toMatch(/ECONNREFUSED/);
    process.emit('SIGTERM');
    await running;
    expect(start).not.toHaveBeenCalled();
    expect(log()).toMatch(/Told to end before it was ready/);
  });

  it('has systemd wait with it, which would end the start after a minute and a half', async () => {
    const program = join(directory, 'systemd-notify');
    writeFileSync(program, `#!/bin/sh\necho "$@" >>${directory}/told\n`);
    chmodSync(program, 0o755);
    vi.stubEnv('PATH', `${directory}:${process.env['PATH']}`);
    vi.stubEnv('NOTIFY_SOCKET', '/run/systemd/notify');
    try {
      const running = runService('octavia-housekeeping', files('connection = mysql+pymysql://u:p@127.0.0.1:1/o\nmax_retries = -1\nretry_interval = 3600\n'), async () => undefined);
      await vi.waitFor(() => expect(existsSync(join(directory, 'told')) && readFileSync(join(directory, 'told'), 'utf8')).toMatch(/^EXTEND_TIMEOUT_USEC=3720000000 STATUS=Waiting for the database: .*ECONNREFUSED/), { timeout: 10_000 });
      process.emit('SIGTERM');
      await running;
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('fails with the reason after the last attempt', async () => {
    await expect(runService('octavia-housekeeping', files('connection = mysql+pymysql://u:p@127.0.0.1:1/o\nmax_retries = 2\nretry_interval = 0\n'), async () => undefined)).rejects.toThrow(/ECONNREFUSED/);
    expect(log().match(/waiting for it/g)).toHaveLength(1);
  });
});
