import { X509Certificate } from 'node:crypto';
import type { X509Crl } from '@peculiar/x509';
import { Pkcs12Unreadable } from '../../drivers/errors.ts';
import { reasonOf } from '../../lib/errors.ts';
import { validationFailure } from '../../model/violation.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { certificateUnavailable, unreadablePkcs12 } from '../machinery/faults.ts';

type CertificateDependencies = Pick<ApiDependencies, 'certManager' | 'log'>;

/** Fetches every referenced certificate once and lets the service read it. Those that cannot be had are 400 together, a bundle that is none is 400 with the reason. */
export async function requireCertificates(deps: CertificateDependencies, projectId: string | null, refs: readonly (string | null | undefined)[]): Promise<void> {
  const bad: string[] = [];
  let cause: unknown;
  for (const ref of refs) {
    if (!ref) continue;
    try {
      await deps.certManager.grantAccess(ref, projectId);
      await deps.certManager.getBundle(ref, projectId);
    } catch (error) {
      deps.log.info({ ref, err: error }, 'a certificate reference cannot be used');
      const unreadable = unreadableBundle(error);
      if (unreadable !== null) throw unreadablePkcs12(unreadable.reason, error);
      bad.push(ref);
      cause = error;
    }
  }
  if (bad.length > 0) throw certificateUnavailable(bad, cause);
}

function unreadableBundle(error: unknown): Pkcs12Unreadable | null {
  const found = error instanceof Error && error.cause instanceof Pkcs12Unreadable ? error.cause : error;
  return found instanceof Pkcs12Unreadable ? found : null;
}

/** A CA and optionally its revocation list: both readable, and the list signed by that CA. An empty reference names no list. */
export async function requireCaAndCrl(deps: CertificateDependencies, projectId: string | null, caRef: string, crlRef: string | null): Promise<void> {
  const bad: string[] = [];
  const fetchText = async (ref: string) => {
    try {
      await deps.certManager.grantAccess(ref, projectId);
      return await deps.certManager.getSecret(ref, projectId);
    } catch (error) {
      deps.log.info({ ref, err: error }, 'a CA or revocation list cannot be fetched');
      bad.push(ref);
      return '';
    }
  };
  const caPem = await fetchText(caRef);
  const crlPem = crlRef ? await fetchText(crlRef) : null;
  if (bad.length > 0) throw certificateUnavailable(bad);
  const ca = parseCa(caPem);
  if (crlPem !== null && !(await isIssuedBy(crlPem, ca))) {
    throw validationFailure('The CRL specified is not valid for client certificate authority reference supplied.');
  }
}

function parseCa(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw validationFailure(`The client authentication CA certificate is invalid. It must be a valid x509 PEM format certificate. Error: ${reasonOf(error)}`);
  }
}

/** Node reads no revocation lists itself; what does is loaded with the first of them. */
async function isIssuedBy(crlPem: string, ca: X509Certificate): Promise<boolean> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const crl = parseCrl(() => new x509.X509Crl(crlPem));
  return crl.verify({ publicKey: new x509.X509Certificate(ca.raw).publicKey });
}

function parseCrl(parse: () => X509Crl): X509Crl {
  try {
    return parse();
  } catch (error) {
    throw validationFailure(`The client authentication certificate revocation list is invalid. It must be a valid x509 PEM format certificate revocation list. Error: ${reasonOf(error)}`);
  }
}
