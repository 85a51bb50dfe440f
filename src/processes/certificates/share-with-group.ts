import { chmodSync, chownSync, statSync } from 'node:fs';

/**
 * Lets the group that `likeDirectory` belongs to read a file (or enter a directory): services run as a user of that group,
 * as deploy/install.sh makes /etc/octavia. Nothing changes for root's own group, or when we are not root.
 */
export function shareWithGroup(path: string, likeDirectory: string): void {
  const { gid } = statSync(likeDirectory);
  if (process.getuid?.() !== 0 || gid === 0) return;
  const present = statSync(path);
  chownSync(path, present.uid, gid);
  chmodSync(path, present.isDirectory() ? 0o750 : 0o640);
}
