import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identifyProcess, isSameProcessAlive, type ProcessIdentity } from '../../lib/linux/process-look.ts';
import { OctaviaError } from '../../lib/errors.ts';

/** Makes sure that one service only uses a data directory; returns the release. Throws naming the process that has it. */
export function lockDataDir(dataDir: string): () => void {
  const file = join(dataDir, 'up.pid');
  const holder = readHolder(file);
  if (holder !== null && isSameProcessAlive(holder)) {
    throw new OctaviaError('data-dir-in-use', `Another octavia up (process ${holder.pid}) is using ${dataDir}; stop it or choose another --data-dir.`);
  }
  writeFileSync(file, JSON.stringify(identifyProcess(process.pid)));
  return () => rmSync(file, { force: true });
}

function readHolder(file: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    // No file, or one cut short by a crash: nobody holds the directory.
    return null;
  }
}
