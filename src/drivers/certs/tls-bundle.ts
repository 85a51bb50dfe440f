import { createHash, X509Certificate } from 'node:crypto';
import { reasonOf } from '../../lib/errors.ts';
import { DriverFailure } from '../errors.ts';
import type { TlsBundle } from './cert-manager.ts';

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The single certificates of a PEM text, in order. */
export function splitCertificates(pem: string): string[] {
  return pem.match(PEM_CERTIFICATE) ?? [];
}

/**
 * A bundle from PEM texts. Its id is the SHA-1 of the certificate's text: the name of its file on an amphora.
 * Throws DriverFailure when the certificate cannot be parsed.
 */
export function bundleFromPem(parts: {
  readonly certificate: string;
  readonly privateKey: string | null;
  readonly privateKeyPassphrase?: string | null;
  readonly intermediates?: readonly string[];
}): TlsBundle {
  return {
    id: createHash('sha1').update(parts.certificate).digest('hex'),
    primaryCn: commonNameOf(parts.certificate),
    certificate: parts.certificate,
    privateKey: parts.privateKey,
    privateKeyPassphrase: parts.privateKeyPassphrase ?? null,
    intermediates: parts.intermediates ?? [],
  };
}

function commonNameOf(certificate: string): string | null {
  try {
    return /^CN=(.+)$/m.exec(new X509Certificate(certificate).subject)?.[1] ?? null;
  } catch (error) {
    throw new DriverFailure('certificates', 'parse', `The certificate cannot be read: ${reasonOf(error)}`, { retry: 'fatal', cause: error });
  }
}
