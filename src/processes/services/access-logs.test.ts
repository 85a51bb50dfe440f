import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadConfig } from '../../config/load-config.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { createStopList } from '../stop-list.ts';
import { openAccessLogs } from './access-logs.ts';

const directory = mkdtempSync(join(tmpdir(), 'octavia-access-logs-'));
afterAll(() => rmSync(directory, { recursive: true }));

it('takes the credentials for amphorae over that SIGHUP finds, also where there were none', async () => {
  const [client_cert, server_ca] = [join(directory, 'client.pem'), join(directory, 'server_ca.pem')];
  const config = loadConfig({ env: {}, overrides: { haproxy_amphora: { client_cert, server_ca } } });
  const stops = createStopList(silentLogger);
  const told: (() => void)[] = [];
  const accessLogs = openAccessLogs(config, { log: silentLogger, stops, onReload: (_, tell) => void told.push(tell) });
  const hangUp = () => { for (const tell of told) tell(); };
  expect(await accessLogs()).toBeNull();
  writeFileSync(client_cert, 'certificate and key');
  writeFileSync(server_ca, 'authority');
  expect(await accessLogs()).toBeNull();
  hangUp();
  const first = await accessLogs();
  expect(first).not.toBeNull();
  expect(await accessLogs()).toBe(first);
  hangUp();
  expect(await accessLogs()).not.toBe(first);
  await stops.run();
});
