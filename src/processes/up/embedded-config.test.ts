import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeEmbeddedConfig } from './embedded-config.ts';

test('the heartbeat key stays over starts, and one that a full disk left empty is made anew', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'up-'));
  const keyOf = () => {
    const file = writeEmbeddedConfig(dataDir, { host: '127.0.0.1', port: 9876 }, 'http://127.0.0.1:9876', { serverCaCert: 'a', serverCaKey: 'b', clientCaCert: 'c', clientCertAndKey: 'd' });
    return /^heartbeat_key = (.*)$/m.exec(readFileSync(file, 'utf8'))?.[1];
  };
  writeFileSync(join(dataDir, 'heartbeat.key'), '');
  const key = keyOf();
  expect(key).toMatch(/^[\w-]{32}$/);
  expect(keyOf()).toBe(key);
  rmSync(dataDir, { recursive: true });
});
