import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissingFile } from '../../lib/missing-file.ts';
import { DriverFailure } from '../errors.ts';
import type { CertManager } from './cert-manager.ts';
import { bundleFromPem, splitCertificates } from './tls-bundle.ts';

/**
 * Certificates in files (`local_cert_manager`): `<storage path>/<ref>.crt`, `.key`, and optionally `.int`
 * (intermediates) and `.pass`. A plain secret is the `.crt` file.
 */
export function createLocalCertManager(storagePath: string): CertManager {
  const path = (ref: string, suffix: string): string => {
    if (!/^[\w-][\w.-]*$/.test(ref)) throw new DriverFailure('local_cert_manager', 'read', `${ref} is not the name of a stored certificate.`, { retry: 'fatal' });
    return join(storagePath, `${ref}.${suffix}`);
  };
  const read = async (ref: string, suffix: string, what: string): Promise<string> => {
    const text = await readOptional(path(ref, suffix));
    if (text === null) throw new DriverFailure('local_cert_manager', 'read', `${what} of ${ref} could not be read.`, { retry: 'wait' });
    return text;
  };
  return {
    getBundle: async (ref) => {
      // Judged before the first read: a read that fails while nobody waits for it would end the process.
      const [intermediatesFile, passphraseFile] = [path(ref, 'int'), path(ref, 'pass')];
      const [certificate, privateKey, intermediates, passphrase] = await Promise.all([
        read(ref, 'crt', 'Certificate'),
        read(ref, 'key', 'Private key'),
        readOptionalBytes(intermediatesFile),
        readOptional(passphraseFile),
      ]);
      return bundleFromPem({
        certificate, privateKey, privateKeyPassphrase: passphrase?.trimEnd() ?? null, intermediates: splitCertificates(intermediates ?? ''),
      });
    },
    getSecret: (ref) => read(ref, 'crt', 'Secret'),
    grantAccess: async () => undefined,
  };
}

async function readOptional(file: string): Promise<string | null> {
  return (await readOptionalBytes(file))?.toString('utf8') ?? null;
}

async function readOptionalBytes(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isMissingFile(error)) return null;
    throw new DriverFailure('local_cert_manager', 'read', `${file} cannot be read.`, { retry: 'wait', cause: error });
  }
}
