import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAuthority, type Authority } from '../../drivers/certs/authority.ts';

let directory: string;
let authority: Authority;
let url: string;
let stop: () => void;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'http-client-'));
  authority = await createAuthority('the operator', 3600);
  const { certificatePem, privateKeyPem } = await authority.issue('localhost', 3600);
  const server = createServer({ cert: certificatePem, key: privateKeyPem }, (_request, response) => response.end('{}'));
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  stop = () => void server.close();
});
afterEach(async () => {
  stop();
  await rm(directory, { recursive: true });
});

/** What a process with these authorities in its operating system is answered. */
async function statusFrom(systemAuthorities: string, options: object): Promise<string> {
  await writeFile(join(directory, 'system.pem'), systemAuthorities);
  const program = `
    const { createHttpClient } = await import(${JSON.stringify(join(import.meta.dirname, 'http-client.ts'))});
    const client = createHttpClient(${JSON.stringify({ connect_retries: 0, ...options })});
    console.log(await client.send({ service: 'Nova', method: 'GET', url: ${JSON.stringify(url)} }).then(({ status }) => status, (error) => error.message));
    await client.close();`;
  const { NODE_EXTRA_CA_CERTS: _left, NODE_OPTIONS: _out, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...env, SSL_CERT_FILE: join(directory, 'system.pem'), SSL_CERT_DIR: join(directory, 'none') },
  });
  return stdout.trim();
}

it('trusts the authorities of the operating system where no CA file is named, and only the named one else', async () => {
  const other = await createAuthority('somebody else', 3600);
  const cafile = join(directory, 'named.pem');
  await writeFile(cafile, authority.certificatePem);
  expect(await statusFrom(authority.certificatePem, {})).toBe('200');
  expect(await statusFrom(other.certificatePem, {})).toMatch(/certificate/);
  expect(await statusFrom(other.certificatePem, { cafile })).toBe('200');
  await writeFile(cafile, other.certificatePem);
  expect(await statusFrom(authority.certificatePem, { cafile })).toMatch(/certificate/);
});
