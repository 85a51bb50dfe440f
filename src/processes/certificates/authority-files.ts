import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, chownSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { Config } from '../../config/config.ts';
import { createAuthority, loadAuthority } from '../../drivers/certs/authority.ts';
import { OctaviaError, reasonOf } from '../../lib/errors.ts';

/** A step of a change of authorities that does not fit the files as they are. */
class CertificateStepRefused extends OctaviaError {
  constructor(message: string) {
    super('certificate-step-refused', message);
  }
}

/** The files that octavia.conf names. */
export interface AuthorityFiles {
  /** Signs agent certificates. */
  readonly serverCa: string;
  readonly serverCaKey: string;
  readonly passphrase: string | null;
  /** What controllers trust: every authority that agent certificates may have. */
  readonly serverTrust: string;
  /** What agents are given to trust. */
  readonly clientTrust: string;
  /** What controllers show to agents, with its key. */
  readonly clientCertificate: string;
}

export function authorityFiles({ certificates, haproxy_amphora, controller_worker }: Config): AuthorityFiles {
  return {
    serverCa: certificates.ca_certificate, serverCaKey: certificates.ca_private_key, passphrase: certificates.ca_private_key_passphrase,
    serverTrust: haproxy_amphora.server_ca, clientTrust: controller_worker.client_ca, clientCertificate: haproxy_amphora.client_cert,
  };
}

const YEARS_SECONDS = (years: number): number => years * 365 * 86_400;
const next = (file: string): string => `${file}.next`;

/** First step for the server authority: makes the next one and has controllers trust both. Nothing is signed by it yet. */
export async function prepareServerCa(files: AuthorityFiles): Promise<readonly string[]> {
  if (files.serverCa === files.serverTrust) throw new CertificateStepRefused('[haproxy_amphora] server_ca and [certificates] ca_certificate name one file: give server_ca a copy of its own first, as it is to hold two authorities');
  removeSwitched(files);
  if (existsSync(next(files.serverCa))) throw new CertificateStepRefused(`${next(files.serverCa)} is there already: go on with switch`);
  const trusted = readFileSync(files.serverTrust, 'utf8');
  const authority = await createAuthority(`Octavia server authority ${new Date().toISOString().slice(0, 10)}`, YEARS_SECONDS(10));
  writeWhole(next(files.serverCaKey), authority.privateKeyPem);
  writeWhole(files.serverTrust, bundle([trusted, authority.certificatePem]));
  // The last one, as it says that the step is done: an interrupted one can be repeated.
  writeWhole(next(files.serverCa), authority.certificatePem);
  return [next(files.serverCaKey), next(files.serverCa), files.serverTrust];
}

/** Second step: from now on agent certificates are signed by the next authority; housekeeping renews the others. */
export function switchServerCa(files: AuthorityFiles): readonly string[] {
  if (!existsSync(next(files.serverCa))) throw new CertificateStepRefused('there is no next authority: prepare one first');
  if (files.passphrase !== null) throw new CertificateStepRefused('the next key has no passphrase: encrypt it with the present one (openssl pkcs8 -topk8), move both files yourself and SIGHUP');
  const trusted = split(readFileSync(files.serverTrust, 'utf8'));
  if (!trusted.includes(split(readFileSync(next(files.serverCa), 'utf8'))[0] ?? '')) throw new CertificateStepRefused(`${files.serverTrust} does not hold the next authority: prepare it on this machine, or copy the file`);
  // The key first: a reader that meets the new key with the old certificate refuses to sign, and is asked again.
  if (existsSync(next(files.serverCaKey))) renameSync(next(files.serverCaKey), files.serverCaKey);
  else if (!isPair(next(files.serverCa), files.serverCaKey, files.passphrase)) throw new CertificateStepRefused(`there is no ${next(files.serverCaKey)}: copy it from the controller on which the next authority was prepared`);
  renameSync(next(files.serverCa), files.serverCa);
  return [files.serverCaKey, files.serverCa];
}

/** A controller that was given the files of the switch, not the command, still has those of the step before. */
function removeSwitched({ serverCa, serverCaKey, passphrase }: AuthorityFiles): void {
  if (!existsSync(next(serverCa)) || split(readFileSync(next(serverCa), 'utf8'))[0] !== split(readFileSync(serverCa, 'utf8'))[0]) return;
  // Given the certificate alone, it has the key there only.
  if (existsSync(serverCaKey) ? !isPair(serverCa, serverCaKey, passphrase) : existsSync(next(serverCaKey))) return;
  // The certificate last: it is what tells of the others.
  rmSync(next(serverCaKey), { force: true });
  rmSync(next(serverCa));
}

/** Whether the key is the certificate's: an interrupted switch has put it in its place already. */
function isPair(certificateFile: string, keyFile: string, passphrase: string | null): boolean {
  return new X509Certificate(readFileSync(certificateFile)).checkPrivateKey(createPrivateKey({ key: readFileSync(keyFile), ...(passphrase !== null && { passphrase }) }));
}

/** Last step: authorities that sign nothing any more are no longer trusted. `oldSigned` amphorae still have another one's certificate. */
export function retireServerCa(files: AuthorityFiles, oldSigned: number): readonly string[] {
  if (oldSigned > 0) throw new CertificateStepRefused(`${oldSigned} amphorae may still have a certificate of an earlier authority: wait for housekeeping`);
  removeSwitched(files);
  if (existsSync(next(files.serverCa))) throw new CertificateStepRefused('a next authority is prepared and not switched to');
  writeWhole(files.serverTrust, bundle([readFileSync(files.serverCa, 'utf8')]));
  return [files.serverTrust];
}

/**
 * Renews the client authority in one step: the old one vouches for the new one, so agents that know only the old one
 * accept the new client certificate, without a word to them and until the old one ends. New agents trust both.
 */
export async function rotateClientCa(files: AuthorityFiles, oldKeyFile: string, passphrase: string | null): Promise<readonly string[]> {
  const oldPem = readFileSync(files.clientTrust, 'utf8');
  const present = split(oldPem)[0];
  if (present === undefined) throw new CertificateStepRefused(`${files.clientTrust} holds no certificate`);
  const oldKey = readFileSync(oldKeyFile, 'utf8');
  const old = await loadAuthority(present, oldKey, { passphrase }).catch((error: unknown) => {
    const fix = !/^-----BEGIN .*PRIVATE KEY-----/m.test(oldKey) ? 'it holds no private key in PEM' : passphrase === null ? 'is it encrypted? then give --passphrase' : 'is it another passphrase?';
    throw new CertificateStepRefused(`${oldKeyFile} cannot be used as the key of ${files.clientTrust}: ${fix} (${reasonOf(error)})`);
  });
  if (!new X509Certificate(present).checkPrivateKey(createPrivateKey({ key: old.privateKeyPem, ...(passphrase !== null && { passphrase }) }))) {
    throw new CertificateStepRefused(`${oldKeyFile} is not the key of the first authority in ${files.clientTrust}`);
  }
  const fresh = await createAuthority(`Octavia client authority ${new Date().toISOString().slice(0, 10)}`, YEARS_SECONDS(10));
  const client = await fresh.issue('controller', YEARS_SECONDS(10));
  writeWhole(`${oldKeyFile}.new`, fresh.privateKeyPem);
  writeWhole(files.clientCertificate, `${client.certificatePem}${await old.vouchFor(fresh)}${client.privateKeyPem}`);
  // The last one: until the old key is no longer the first authority's, the step can be repeated with it.
  writeWhole(files.clientTrust, bundle([fresh.certificatePem, oldPem]));
  return [`${oldKeyFile}.new`, files.clientTrust, files.clientCertificate];
}

/** Subject and end of every certificate in a file. */
export function describeFile(file: string): readonly { readonly subject: string; readonly endsAtMs: number; readonly sinceMs: number }[] {
  return split(readFileSync(file, 'utf8')).map((pem) => {
    const certificate = new X509Certificate(pem);
    return { subject: certificate.subject.replaceAll('\n', ', '), endsAtMs: certificate.validToDate.getTime(), sinceMs: certificate.validFromDate.getTime() };
  });
}

/** All of them, each once, those that have ended left out. */
function bundle(texts: readonly string[]): string {
  const now = Date.now();
  return [...new Set(texts.flatMap(split))].filter((pem) => new X509Certificate(pem).validToDate.getTime() > now).join('');
}

function split(text: string): string[] {
  return [...text.matchAll(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)].map(([pem]) => `${pem.replaceAll('\r', '').trim()}\n`);
}

/** A reader never meets half a file, nor anyone else a key than those who read the one it replaces; what was there stays beside it. */
function writeWhole(file: string, text: string): void {
  const replaced = [file, file.replace(/\.(next|new)$/, '')].find((one) => existsSync(one));
  if (existsSync(file)) writeFileSync(`${file}.former`, readFileSync(file), { mode: 0o600 });
  writeFileSync(`${file}.new-content`, text, { mode: 0o600 });
  if (replaced !== undefined) {
    const { uid, gid, mode } = statSync(replaced);
    if (process.getuid?.() === 0) chownSync(`${file}.new-content`, uid, gid);
    // The group of a service may read; everybody else never.
    chmodSync(`${file}.new-content`, 0o600 | (mode & 0o040));
  }
  renameSync(`${file}.new-content`, file);
}
