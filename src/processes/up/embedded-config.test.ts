import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfigWithWarnings } from '../../config/load-config.ts';
import { writeEmbeddedConfig } from './embedded-config.ts';

const write = (dataDir: string): Promise<string> =>
  writeEmbeddedConfig(dataDir, { host: '127.0.0.1', port: 9876 }, 'http://127.0.0.1:9876', { serverCaCert: 'a', serverCaKey: 'b', clientCaCert: 'c', clientCertAndKey: 'd' });

test('all that is set exists', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'up-'));
  expect(loadConfigWithWarnings({ files: [await write(dataDir)], env: {} })).toMatchObject({ warnings: [], withoutEffect: [] });
  rmSync(dataDir, { recursive: true });
});

test('the heartbeat key stays over starts, and one that a full disk left empty is made anew', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'up-'));
  const keyOf = async () => /^heartbeat_key = (.*)$/m.exec(readFileSync(await write(dataDir), 'utf8'))?.[1];
  writeFileSync(join(dataDir, 'heartbeat.key'), '');
  const key = await keyOf();
  expect(key).toMatch(/^[\w-]{32}$/);
  expect(await keyOf()).toBe(key);
  rmSync(dataDir, { recursive: true });
});

test('a data directory may be called what it likes, but for a question mark, which would end the address of the database', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'up-'));
  const [odd, refused] = [join(parent, 'my pr$ject'), join(parent, 'really?')];
  for (const dataDir of [odd, refused]) mkdirSync(dataDir);
  const { config } = loadConfigWithWarnings({ files: [await write(odd)], env: {} });
  expect(config.database.connection).toBe(`sqlite:///${odd}/octavia.sqlite`);
  expect(config.driver_agent.get_socket_path).toBe(`${odd}/driver-agent/get.sock`);
  await expect(write(refused)).rejects.toThrow(/question mark/);
  rmSync(parent, { recursive: true });
});
