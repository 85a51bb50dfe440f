import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { identifyProcess, isSameProcessAlive, type ProcessIdentity } from '../../lib/linux/process-look.ts';
import { OctaviaError, reasonOf } from '../../lib/errors.ts';

const SQLITE_BUSY = 5;

/**
 * Makes a data directory where there is none, and sure that one service only uses it; returns the release. Throws naming the
 * process that has it, or why it cannot be written. The lock is the kernel's, so that of two that start at once one gets it,
 * and a crash leaves none; the file says whose it is.
 */
export function lockDataDir(dataDir: string): () => void {
  const file = join(dataDir, 'up.pid');
  const holder = readHolder(file);
  if (holder !== null && isSameProcessAlive(holder)) throw inUse(dataDir, holder);
  let lock: DatabaseSync | undefined;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o755 });
    lock = new DatabaseSync(join(dataDir, 'up.lock'));
    lock.exec('BEGIN EXCLUSIVE');
    writeFileSync(file, JSON.stringify(identifyProcess(process.pid)));
  } catch (error) {
    lock?.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) throw inUse(dataDir, readHolder(file));
    throw new OctaviaError('data-dir-unusable', `The data directory ${dataDir} cannot be written (${reasonOf(error)}); choose another with --data-dir.`, { cause: error });
  }
  const held = lock;
  return () => {
    rmSync(file, { force: true });
    held.close();
  };
}

function inUse(dataDir: string, holder: ProcessIdentity | null): OctaviaError {
  const who = holder === null ? '' : ` (process ${holder.pid})`;
  return new OctaviaError('data-dir-in-use', `Another octavia up${who} is using ${dataDir}; stop it or choose another --data-dir.`);
}

function readHolder(file: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    // No file, or one cut short by a crash: nobody holds the directory.
    return null;
  }
}
