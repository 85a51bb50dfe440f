import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../../config/load-config.ts';
import { openStore } from '../../../store/open-store.ts';
import { upgradeHead } from '../../../store/schema/migrate.ts';
import { silentLogger } from '../../../telemetry/logger.ts';
import { configurationFacts, connectionFacts, packageFacts, processFacts } from './process-facts.ts';
import { installReportTrigger } from './report-trigger.ts';
import { renderReport } from './render-report.ts';
import { createSituationReport } from './situation-report.ts';
import { workFacts } from './work-facts.ts';

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'octavia-report-')); });
afterEach(() => rmSync(directory, { recursive: true }));

const reports = () => readdirSync(directory).filter((name) => name.includes('_gurumeditation_'));

it('a report is a title and sections of names and values', () => {
  expect(renderReport([{ title: 'Work', facts: { plain: 1, none: null, inner: { a: 'two\nlines', list: ['x', 'y'], empty: [] } } }]).split('\n').slice(6)).toEqual([
    '='.repeat(72), `====${'Work'.padStart(34).padEnd(64)}====`, '='.repeat(72), 'plain = 1', 'none = ', '', 'inner:', '  a = two lines', '', '  list:', '    x', '    y', '', '  empty:', '    none', '',
  ]);
});

it('secrets are masked and everything else of the configuration is there', () => {
  const config = loadConfig({ env: {}, overrides: { database: { connection: 'mysql://u:hidden-1@h/d' }, health_manager: { heartbeat_key: 'hidden-2' }, DEFAULT: { transport_url: 'rabbit://u:hidden-3@h' }, service_auth: { password: 'hidden-4' }, api_settings: { bind_port: 9877 } } });
  const text = renderReport([{ title: 'Configuration', facts: configurationFacts(config) }]);
  expect(text).not.toContain('hidden');
  expect(text).toContain('  connection = ***');
  expect(text).toContain('  bind_port = 9877');
});

it('a report tells of the process and its connections', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => void server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const client = connect(port, '127.0.0.1');
  await new Promise((resolve) => void client.once('connect', resolve));
  expect(JSON.stringify(connectionFacts())).toContain(`-> 127.0.0.1:${port}"`);
  expect(packageFacts()).toMatchObject({ node: process.version });
  expect(processFacts()).toMatchObject({ process: expect.stringContaining(`${process.pid} (under `), 'resident bytes': expect.any(Number) });
  client.destroy();
  server.close();
});

it('a report tells what the database knows of work, or why it does not', async () => {
  const store = await openStore('sqlite://');
  await upgradeHead(store);
  await store.transaction(async (trx) => {
    await trx.insertInto('ts_lease').values({ load_balancer_id: 'lb', owner: 'worker-1', fence: 1, attempts: 2, expires_at: '2026-01-01 00:00:00', last_error: 'no image' }).execute();
    await trx.insertInto('ts_request').values({ id: 'r', kind: 'failover_amphora', amphora_id: 'amphora', created_at: '2026-01-01 00:00:00' }).execute();
  });
  expect(await workFacts(store)).toMatchObject({
    'leases (50 at most)': ['lb held by worker-1 until 2026-01-01 00:00:00, 2 failed attempts: no image'], 'requests (50 at most)': ['failover_amphora of amphora since 2026-01-01 00:00:00'],
  });
  await store.transaction((trx) => trx.schema.dropTable('ts_lease').execute());
  expect(await workFacts(store)).toEqual({ database: expect.stringContaining('ts_lease') });
  await store.close();
});

describe('a report is asked for', () => {
  const open = (overrides: { log_dir?: string; file_event_handler?: string }) => createSituationReport('octavia-worker', loadConfig({ env: {}, overrides: { oslo_reports: overrides } }), silentLogger);

  it('by SIGUSR2, and is a file of the program in log_dir; a part that fails is told in its place', async () => {
    const report = open({ log_dir: directory });
    report.add('Broken', () => Promise.reject(new Error('cannot tell')));
    process.emit('SIGUSR2');
    await vi.waitFor(() => expect(reports()).toHaveLength(1), { timeout: 20_000 });
    const [name = ''] = reports();
    expect(name).toMatch(/^octavia-worker_gurumeditation_\d{14}$/);
    await vi.waitFor(() => expect(readFileSync(join(directory, name), 'utf8')).toMatch(/Guru Meditation[^]*Package[^]*Event loop[^]*Processes[^]*Connections[^]*Broken[^]*cannot tell[^]*Configuration/), { timeout: 15_000 });
    report.stop();
    expect(process.listenerCount('SIGUSR2')).toBe(0);
  });

  it('by a change of the watched file, and SIGUSR2 is left alone then', async () => {
    const watched = join(directory, 'ask');
    writeFileSync(watched, '');
    const report = open({ log_dir: directory, file_event_handler: watched });
    expect(process.listenerCount('SIGUSR2')).toBe(0);
    utimesSync(watched, new Date('2999-01-01'), new Date('2999-01-01'));
    await vi.waitFor(() => expect(reports()).toHaveLength(1), { timeout: 20_000 });
    report.stop();
    expect(existsSync(watched)).toBe(true);
  });

  it('by that file also after a time in which it could not be looked at, which ends nothing', async () => {
    const place = join(directory, 'place');
    writeFileSync(place, 'no directory');
    const warnings: string[] = [];
    const log = { ...silentLogger, warn: (_: object, message: string) => void warnings.push(message) };
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const report = installReportTrigger({ name: 'octavia-worker', directory, watched: join(place, 'ask'), intervalSeconds: 1, report: () => Promise.resolve('text'), log });
      vi.advanceTimersByTime(3000);
      expect(warnings).toEqual(['The file that asks for reports cannot be looked at']);
      rmSync(place);
      mkdirSync(place);
      writeFileSync(join(place, 'ask'), '');
      vi.advanceTimersByTime(1000);
      report.stop();
    } finally {
      vi.useRealTimers();
    }
    await vi.waitFor(() => expect(reports()).toHaveLength(1), { timeout: 15_000 });
  });
});
