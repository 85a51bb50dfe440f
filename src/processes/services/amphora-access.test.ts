import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadConfig } from '../../config/load-config.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { chooseAmphoraClients } from './amphora-access.ts';
import { openRenewableAccess } from './renewable-access.ts';

const directory = mkdtempSync(join(tmpdir(), 'octavia-amphora-access-'));
afterAll(() => rmSync(directory, { recursive: true }));

it.each(['client_cert', 'server_ca'] as const)('names the option whose file is missing, and what makes it: %s', (option) => {
  const there = join(directory, 'there.pem');
  writeFileSync(there, '');
  const config = loadConfig({ env: {}, overrides: { haproxy_amphora: { client_cert: there, server_ca: there, [option]: join(directory, 'none.pem') } } });
  const message = new RegExp(`^\\[haproxy_amphora\\] ${option}: ENOENT.*none\\.pem.*octavia certificates create`);
  expect(() => openRenewableAccess(config, silentLogger)).toThrow(message);
  expect(() => chooseAmphoraClients(config)).toThrow(message);
});
