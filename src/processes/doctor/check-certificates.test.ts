import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/load-config.ts';
import { createAuthority } from '../../drivers/certs/authority.ts';
import { authorityFiles, prepareServerCa, rotateClientCa, switchServerCa } from '../certificates/authority-files.ts';
import { ensureCertificates } from '../certificates/certificates-command.ts';
import { checkCertificates } from './check-certificates.ts';

const YEAR_MS = 365 * 86_400_000;
let directory: string;
const file = (name: string): string => join(directory, name);
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-doctor-'));
  await ensureCertificates(directory);
});
afterEach(() => rmSync(directory, { recursive: true }));

function config(more: Readonly<Record<string, string>> = {}) {
  return loadConfig({ files: [], env: {}, overrides: {
    certificates: { ca_certificate: file('server_ca.cert.pem'), ca_private_key: file('server_ca.key.pem') },
    haproxy_amphora: { server_ca: file('server_ca.trusted.pem'), client_cert: file('client.cert-and-key.pem') }, controller_worker: { client_ca: file('client_ca.cert.pem'), ...more },
  } });
}
const bad = (nowMs = Date.now(), more: Readonly<Record<string, string>> = {}) => checkCertificates(config(more), nowMs).filter(({ result }) => result !== 'ok').map(({ what, result }) => `${result} ${what}`);

describe('the doctor\'s look at certificates', () => {
  it('what `certificates create` makes is in order', () => expect(bad()).toEqual([]));

  it('authorities in the middle of being replaced are in order', async () => {
    await rotateClientCa(authorityFiles(config()), file('client_ca.key.pem'), null);
    await prepareServerCa(authorityFiles(config()));
    expect(bad()).toEqual([]);
    switchServerCa(authorityFiles(config()));
    expect(bad()).toEqual([]);
  });

  it('the end of all of them is told before and after', () => {
    expect(bad(Date.now() + 9.9 * YEAR_MS)).toHaveLength(4);
    expect(bad(Date.now() + 9.9 * YEAR_MS).every((one) => one.startsWith('note'))).toBe(true);
    expect(bad(Date.now() + 10.1 * YEAR_MS).filter((one) => one.startsWith('failure'))).toHaveLength(4);
    expect(bad(Date.now() - YEAR_MS).filter((one) => one.startsWith('failure'))).toHaveLength(4);
  });

  it.each<[string, () => Promise<void> | void, string]>([
    ['the key of another authority', async () => writeFileSync(file('server_ca.key.pem'), (await createAuthority('x', 60)).privateKeyPem, { mode: 0o600 }), 'failure [certificates] ca_private_key'],
    ['an authority that controllers do not trust', async () => writeFileSync(file('server_ca.trusted.pem'), (await createAuthority('x', 86_400 * 400)).certificatePem), 'failure server chain'],
    ['the server authority where the client authority belongs', () => copyFileSync(file('server_ca.cert.pem'), file('client_ca.cert.pem')), 'failure client chain'],
    ['a client certificate with another key', async () => writeFileSync(file('client.cert-and-key.pem'), readFileSync(file('client.cert-and-key.pem'), 'utf8').replace(/-----BEGIN PRIVATE KEY[\s\S]*/, (await createAuthority('x', 60)).privateKeyPem)), 'failure client chain'],
    ['a file that is not there', () => rmSync(file('server_ca.key.pem')), 'failure [certificates] ca_private_key'],
  ])('%s is found', async (_name, spoil, expected) => {
    await spoil();
    expect(bad()).toEqual([expected]);
  });

  it('without amphorae there is nothing to look at', () => expect(bad(Date.now() + 99 * YEAR_MS, { amphora_driver: 'amphora_noop_driver' })).toEqual([]));
});
