import 'reflect-metadata';
import { createHash, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { X509Certificates } from '@peculiar/x509';
import { reasonOf } from '../../lib/errors.ts';
import { DriverFailure } from '../errors.ts';
import type { TlsBundle } from './cert-manager.ts';

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The single certificates of a chain, in order: PEM text, or PKCS#7 in PEM or DER. Throws DriverFailure for anything else. */
export function splitCertificates(chain: string | Buffer): string[] {
  const text = chain.toString('utf8');
  const plain = text.match(PEM_CERTIFICATE);
  if (plain ?? text.trim() === '') return plain ?? [];
  try {
    const certificates = new X509Certificates();
    certificates.import(/^-----BEGIN PKCS7-----$/m.test(text) ? text : Buffer.from(chain));
    return [...certificates].map((certificate) => certificate.toString('pem'));
  } catch (error) {
    throw unreadable(`The intermediate certificates are neither PEM nor PKCS7: ${reasonOf(error)}`, error);
  }
}

/**
 * A bundle from PEM texts. Its id is the SHA-1 of the certificate's text: the name of its file on an amphora.
 * Throws DriverFailure when the certificate cannot be parsed, the key not opened, or they do not belong together.
 */
export function bundleFromPem(parts: {
  readonly certificate: string;
  readonly privateKey: string | null;
  readonly privateKeyPassphrase?: string | null;
  readonly intermediates?: readonly string[];
}): TlsBundle {
  const certificate = parseCertificate(parts.certificate);
  const privateKeyPassphrase = parts.privateKeyPassphrase ?? null;
  if (parts.privateKey !== null && !certificate.checkPrivateKey(openKey(parts.privateKey, privateKeyPassphrase))) {
    throw unreadable('The private key does not belong to the certificate.');
  }
  return {
    id: createHash('sha1').update(parts.certificate).digest('hex'),
    primaryCn: /^CN=(.+)$/m.exec(certificate.subject)?.[1] ?? null,
    certificate: parts.certificate,
    privateKey: parts.privateKey,
    privateKeyPassphrase,
    intermediates: parts.intermediates ?? [],
  };
}

function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw unreadable(`The certificate cannot be read: ${reasonOf(error)}`, error);
  }
}

function openKey(pem: string, passphrase: string | null): KeyObject {
  try {
    return createPrivateKey(passphrase === null ? pem : { key: pem, passphrase });
  } catch (error) {
    throw unreadable(`The private key cannot be opened: ${reasonOf(error)}`, error);
  }
}

function unreadable(reason: string, cause?: unknown): DriverFailure {
  return new DriverFailure('certificates', 'parse', reason, { retry: 'fatal', ...(cause !== undefined && { cause }) });
}
