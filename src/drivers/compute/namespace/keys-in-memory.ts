import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** In memory on every host with systemd. Not below a directory that a service's unit takes away when it stops. */
const KEYS = '/run/octavia-keys';
/** Where configurations name the keys; the amphora sees its own directory there. */
const CERTIFICATES = 'var/lib/octavia/certs';

/**
 * Puts the private keys of an amphora's tenants where they never reach a disk; twice is once. A reboot of the host takes
 * them away together with the namespace: such an amphora is replaced and gets them anew. One of an earlier version keeps
 * its directory.
 */
export async function keepKeysInMemory(root: string, amphoraId: string): Promise<void> {
  const certificates = join(root, CERTIFICATES);
  await Promise.all([mkdir(join(KEYS, amphoraId), { recursive: true, mode: 0o700 }), mkdir(join(certificates, '..'), { recursive: true, mode: 0o755 })]);
  await symlink(join(KEYS, amphoraId), certificates).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
}

export async function dropKeys(amphoraId: string): Promise<void> {
  await rm(join(KEYS, amphoraId), { recursive: true, force: true });
}
