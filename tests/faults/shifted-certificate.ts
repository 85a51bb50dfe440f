import 'reflect-metadata';
import { createPrivateKey, KeyObject, X509Certificate as Read, webcrypto } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SubjectAlternativeNameExtension, X509Certificate, X509CertificateGenerator } from '@peculiar/x509';
import { createAuthority } from '../../src/drivers/certs/authority.ts';

const DAY_MS = 86_400_000;
const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** Gives an agent a certificate of its own authority that is valid from and until so many days from now; it is used from the next start on. */
export async function shiftCertificate(dataDir: string, amphoraId: string, fromDays: number, untilDays: number): Promise<void> {
  const authority = new X509Certificate(readFileSync(join(dataDir, 'certs/server_ca.cert.pem'), 'utf8'));
  const signingKey = createPrivateKey(readFileSync(join(dataDir, 'certs/server_ca.key.pem'), 'utf8')).toCryptoKey(P256, true, ['sign']);
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [amphoraId] }], issuer: authority.subject, notBefore: new Date(Date.now() + fromDays * DAY_MS), notAfter: new Date(Date.now() + untilDays * DAY_MS),
    publicKey: keys.publicKey, signingKey, signingAlgorithm: P256, extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: amphoraId }])],
  });
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
  writeFileSync(certificateFile(dataDir, amphoraId), `${certificate.toString('pem')}\n${key}`, { mode: 0o600 });
}

/** Gives an agent a certificate of an authority that nobody knows. */
export async function replaceAuthority(dataDir: string, amphoraId: string): Promise<void> {
  const { certificatePem, privateKeyPem } = await (await createAuthority('unknown', 86_400)).issue(amphoraId, 86_400);
  writeFileSync(certificateFile(dataDir, amphoraId), certificatePem + privateKeyPem, { mode: 0o600 });
}

/** The time of the certificate that an agent has on its disk. */
export function certificateSpan(dataDir: string, amphoraId: string): { readonly fromMs: number; readonly untilMs: number } {
  const { validFromDate, validToDate } = new Read(readFileSync(certificateFile(dataDir, amphoraId)));
  return { fromMs: validFromDate.getTime(), untilMs: validToDate.getTime() };
}

function certificateFile(dataDir: string, amphoraId: string): string {
  return join(dataDir, 'amphorae', amphoraId, 'etc/octavia/certs/server.pem');
}
