import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DriverFailure } from '../errors.ts';
import { loadAuthority, type Authority, type SigningDigest } from './authority.ts';
import type { CertGenerator } from './cert-manager.ts';

/** `[certificates]` ca_certificate, ca_private_key, ca_private_key_passphrase, signing_digest. */
export interface LocalCertGeneratorFiles {
  readonly caCertificate: string;
  readonly caPrivateKey: string;
  readonly passphrase?: string | null;
  /** oslo spelling: sha256, sha384, sha512. @default sha256 */
  readonly signingDigest?: string;
}

/**
 * Issues agent certificates from the authority in files (`local_cert_generator`). They are read at first use and again whenever that failed,
 * so a worker starts without them and picks them up when they appear. Throws DriverFailure from `issue`.
 */
export function createLocalCertGenerator(files: LocalCertGeneratorFiles): CertGenerator {
  let loading: Promise<Authority> | undefined;
  const authority = (): Promise<Authority> => {
    loading ??= load(files).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return {
    issue: async (commonName, validitySeconds) => (await authority()).issue(commonName, validitySeconds),
    authoritySinceMs: async () => new X509Certificate((await authority()).certificatePem).validFromDate.getTime(),
  };
}

async function load(files: LocalCertGeneratorFiles): Promise<Authority> {
  const [certificate, key] = await Promise.all([readCa(files.caCertificate), readCa(files.caPrivateKey)]);
  return loadAuthority(certificate, key, { passphrase: files.passphrase ?? null, digest: digestOf(files.signingDigest ?? 'sha256') });
}

async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new DriverFailure('certificates', 'load authority', `${file} cannot be read.`, { retry: 'wait', cause: error });
  }
}

function digestOf(name: string): SigningDigest {
  const known: Readonly<Record<string, SigningDigest>> = { sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' };
  const digest = known[name.toLowerCase()];
  if (digest === undefined) throw new DriverFailure('certificates', 'load authority', `signing_digest ${name} is not one of sha256, sha384, sha512.`, { retry: 'fatal' });
  return digest;
}
