import type { CertManager, TlsBundle } from './cert-manager.ts';
import { createAuthority } from './authority.ts';
import { bundleFromPem } from './tls-bundle.ts';

/** The no-op key manager (`noop_cert_manager`): every reference is one self-made certificate for www.example.com. */
export function createNoopCertManager(): CertManager {
  let made: Promise<TlsBundle> | undefined;
  const bundle = (): Promise<TlsBundle> => (made ??= makeBundle());
  return {
    getBundle: bundle,
    getSecret: async () => (await bundle()).certificate,
    grantAccess: async () => undefined,
  };
}

async function makeBundle(): Promise<TlsBundle> {
  const authority = await createAuthority('www.example.com', 10 * 365 * 86_400);
  return bundleFromPem({ certificate: authority.certificatePem, privateKey: authority.privateKeyPem });
}
