import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissingFile } from '../../../lib/missing-file.ts';
import type { AmphoraPaths } from '../amphora-paths.ts';
import { readTextOrNull, replaceFile } from '../../../lib/replace-file.ts';

/** Digests of a load balancer's TLS files, by name. */
export type CertificateDigests = Readonly<Record<string, string>>;

/** What lies in the load balancer's directory of certificates now. */
export async function digestCertificates(paths: AmphoraPaths, id: string): Promise<CertificateDigests> {
  const directory = paths.onHost(paths.certificateDir(id));
  const names = await readdir(directory).catch((error: unknown) => {
    if (isMissingFile(error)) return [];
    throw error;
  });
  const digests = await Promise.all(names.filter((name) => name.endsWith('.pem') && !name.startsWith('.')).map(async (name) => [name, await digestOf(join(directory, name))] as const));
  return Object.fromEntries(digests.flatMap(([name, digest]) => (digest === null ? [] : [[name, digest]])));
}

/** Notes what haproxy has read: `digests` were taken before it did, so that a file that came meanwhile counts as new. */
export function rememberLoaded(paths: AmphoraPaths, id: string, digests: CertificateDigests): Promise<void> {
  return replaceFile(paths.onHost(loadedCertificates(paths, id)), JSON.stringify(digests), 0o600);
}

/**
 * True when a file that haproxy has read says something else now: only a reload reads it again. It is told from the disk,
 * so an agent that was killed between the upload and the reload does not forget it.
 */
export async function areCertificatesStale(paths: AmphoraPaths, id: string): Promise<boolean> {
  const [text, present] = await Promise.all([readTextOrNull(paths.onHost(loadedCertificates(paths, id))), digestCertificates(paths, id)]);
  // Without a note, an earlier agent has loaded them, nobody knows when.
  if (text === null) return Object.keys(present).length > 0;
  return isAnyReplaced(JSON.parse(text) as CertificateDigests, present);
}

/** Files that are new are read with the configuration that names them, and nobody reads those that are gone. */
function isAnyReplaced(loaded: CertificateDigests, present: CertificateDigests): boolean {
  return Object.entries(loaded).some(([name, digest]) => present[name] !== undefined && present[name] !== digest);
}

async function digestOf(path: string): Promise<string | null> {
  try {
    return createHash('md5').update(await readFile(path)).digest('hex');
  } catch (error) {
    // Taken away between the two looks.
    if (isMissingFile(error)) return null;
    throw error;
  }
}

function loadedCertificates(paths: AmphoraPaths, id: string): string {
  return `${paths.haproxyConfig(id)}.certificates`;
}
