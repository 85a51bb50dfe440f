import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureCertificates } from './certificates-command.ts';

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'octavia-certificates-')); });
afterEach(() => rmSync(directory, { recursive: true }));
const present = (): Readonly<Record<string, string>> => Object.fromEntries(readdirSync(directory).sort().map((name) => [name, readFileSync(join(directory, name), 'utf8')]));

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
