import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../../lib/replace-file.ts';
import { DriverFailure } from '../errors.ts';
import { createAuthority } from './authority.ts';

/** Where the two authorities and the controller's certificate are, under the names of Octavia's dual-CA guide. */
export interface DualCaFiles {
  /** Signs agent certificates; the controller trusts it. */
  readonly serverCaCert: string;
  readonly serverCaKey: string;
  /** Signs the controller's certificate; agents trust it. */
  readonly clientCaCert: string;
  /** Certificate and key that the controller shows to agents. */
  readonly clientCertAndKey: string;
}

const TEN_YEARS_SECONDS = 10 * 365 * 86_400;

/** Makes both authorities in `directory` unless they are there already. Throws DriverFailure where one has lost what belongs to it. */
export async function ensureDualCa(directory: string): Promise<DualCaFiles> {
  const files: DualCaFiles = {
    serverCaCert: join(directory, 'server_ca.cert.pem'),
    serverCaKey: join(directory, 'server_ca.key.pem'),
    clientCaCert: join(directory, 'client_ca.cert.pem'),
    clientCertAndKey: join(directory, 'client.cert-and-key.pem'),
  };
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (await isMissing(files.serverCaCert, files.serverCaKey)) {
    const authority = await createAuthority('Octavia server authority', TEN_YEARS_SECONDS);
    await replaceFile(files.serverCaKey, authority.privateKeyPem, 0o600);
    await replaceFile(files.serverCaCert, authority.certificatePem, 0o600);
  }
  if (await isMissing(files.clientCaCert, files.clientCertAndKey)) {
    const authority = await createAuthority('Octavia client authority', TEN_YEARS_SECONDS);
    const client = await authority.issue('controller', TEN_YEARS_SECONDS);
    await replaceFile(join(directory, 'client_ca.key.pem'), authority.privateKeyPem, 0o600);
    await replaceFile(files.clientCertAndKey, client.certificatePem + client.privateKeyPem, 0o600);
    await replaceFile(files.clientCaCert, authority.certificatePem, 0o600);
  }
  return files;
}

/**
 * Certificates of authorities are written last, so one that is there was complete once: making another in its place would
 * shut out every amphora that knows it.
 */
async function isMissing(certificate: string, companion: string): Promise<boolean> {
  if (!(await exists(certificate))) return true;
  if (await exists(companion)) return false;
  throw new DriverFailure('certificates', 'create authorities', `${certificate} is there without ${companion}: bring that file back from a copy or another controller. To begin with a new authority, which amphorae that are there do not know, move ${certificate} away.`, { retry: 'fatal' });
}

function exists(file: string): Promise<boolean> {
  return access(file).then(() => true, () => false);
}
