import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareServerCa, rotateClientCa, switchServerCa, type AuthorityFiles } from './authority-files.ts';
import { ensureCertificates } from './certificates-command.ts';

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'octavia-share-')); });
afterEach(() => rmSync(directory, { recursive: true }));
const look = (name: string): string => {
  const { mode, gid } = statSync(join(directory, name));
  return `${(mode & 0o777).toString(8)} ${gid}`;
};

describe.skipIf(process.getuid?.() !== 0)('files that root makes for a service', () => {
  it.each([['the group that owns the configuration', 4242, '750 4242', '640 4242'], ['root alone', 0, '700 0', '600 0']])('are for %s', async (_name, gid, forDirectory, forFile) => {
    mkdirSync(join(directory, 'etc'));
    chownSync(join(directory, 'etc'), 0, gid);
    await ensureCertificates(join(directory, 'etc/certs'));
    expect(look('etc/certs')).toBe(forDirectory);
    expect(['server_ca.cert.pem', 'server_ca.key.pem', 'server_ca.trusted.pem', 'client_ca.cert.pem', 'client.cert-and-key.pem'].map((name) => look(`etc/certs/${name}`))).toEqual(Array(5).fill(forFile));
    // It signs controllers; no service needs it.
    expect(look('etc/certs/client_ca.key.pem')).toBe('600 0');
    const at = (name: string): string => join(directory, 'etc/certs', name);
    const files: AuthorityFiles = {
      serverCa: at('server_ca.cert.pem'), serverCaKey: at('server_ca.key.pem'), passphrase: null, serverTrust: at('server_ca.trusted.pem'), clientTrust: at('client_ca.cert.pem'), clientCertificate: at('client.cert-and-key.pem'),
    };
    await prepareServerCa(files);
    switchServerCa(files);
    await rotateClientCa(files, at('client_ca.key.pem'), null);
    expect(['server_ca.cert.pem', 'server_ca.key.pem', 'server_ca.trusted.pem', 'client_ca.cert.pem', 'client.cert-and-key.pem'].map((name) => look(`etc/certs/${name}`))).toEqual(Array(5).fill(forFile));
    expect(look('etc/certs/client_ca.key.pem.new')).toBe('600 0');
  });
});
