import { chmodSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../store/open-store.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import { ensureCertificates, issueLightHostCertificate, renewAll } from './certificates-command.ts';

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'octavia-certificates-')); });
afterEach(() => rmSync(directory, { recursive: true }));
const present = (): Readonly<Record<string, string>> => Object.fromEntries(readdirSync(directory).sort().map((name) => [name, readFileSync(join(directory, name), 'utf8')]));

it('the key of a light host is its owner\'s alone, also where a file of that name was everybody\'s', async () => {
  await ensureCertificates(directory);
  const [config, output] = [join(directory, 'octavia.conf'), join(directory, 'net-1.pem')];
  writeFileSync(config, `[certificates]\nca_certificate = ${directory}/server_ca.cert.pem\nca_private_key = ${directory}/server_ca.key.pem\n`);
  writeFileSync(output, 'former');
  chmodSync(output, 0o644);
  await issueLightHostCertificate('net-1', { configFile: [config], configDir: [], output });
  expect(readFileSync(output, 'utf8')).toMatch(/BEGIN CERTIFICATE[\s\S]*BEGIN PRIVATE KEY/);
  expect(statSync(output).mode & 0o777).toBe(0o600);
});

it('a renewal that was ordered for an amphora that is not there is refused', async () => {
  const connection = `sqlite:///${directory}/octavia.db`;
  const store = await openStore(connection);
  await upgradeHead(store);
  await store.transaction((trx) => trx.insertInto('amphora').values({ id: 'one', status: 'ALLOCATED', cert_busy: false, cert_expiration: '2040-01-01 00:00:00' }).execute());
  const files = { configFile: [join(directory, 'octavia.conf')], configDir: [] };
  writeFileSync(files.configFile[0] ?? '', `[database]\nconnection = ${connection}\n`);
  await expect(renewAll({ ...files, amphora: 'two' })).rejects.toThrow('no amphora two');
  await renewAll({ ...files, amphora: 'one' });
  expect((await store.read.selectFrom('amphora').select('cert_expiration').executeTakeFirstOrThrow()).cert_expiration).not.toMatch(/^2040/);
  await store.close();
});

describe('making certificates where some are there', () => {
  it('twice is once', async () => {
    await ensureCertificates(directory);
    const before = present();
    await ensureCertificates(directory);
    expect(present()).toEqual(before);
  });

  it.each([
    ['server_ca.key.pem', 'server_ca.cert.pem'], ['client.cert-and-key.pem', 'client_ca.cert.pem'], ['server_ca.cert.pem', 'server_ca.trusted.pem'],
  ])('an authority that amphorae know is not replaced because %s was lost', async (lost, kept) => {
    await ensureCertificates(directory);
    rmSync(join(directory, lost));
    const before = present();
    await expect(ensureCertificates(directory)).rejects.toThrow(new RegExp(`${kept} is there without .*${lost}`));
    expect(present()).toEqual(before);
  });

  it('what an interrupted run began is made anew', async () => {
    await ensureCertificates(directory);
    for (const name of ['server_ca.cert.pem', 'client_ca.cert.pem', 'server_ca.trusted.pem']) renameSync(join(directory, name), join(directory, `${name}.new`));
    expect(await ensureCertificates(directory)).toHaveLength(5);
    expect(present()['server_ca.trusted.pem']).toBe(present()['server_ca.cert.pem']);
  });
});
