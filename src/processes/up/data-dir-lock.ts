import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { identifyProcess, isSameProcessAlive, type ProcessIdentity } from '../../lib/linux/process-look.ts';
import { OctaviaError } from '../../lib/errors.ts';

const SQLITE_BUSY = 5;

/**
 * Makes sure that one service only uses a data directory; returns the release. Throws naming the process that has it. The
 * lock is the kernel's, so that of two that start at once one gets it, and a crash leaves none; the file says whose it is.
 */
export function lockDataDir(dataDir: string): () => void {
  const file = join(dataDir, 'up.pid');
  const holder = readHolder(file);
  if (holder !== null && isSameProcessAlive(holder)) throw inUse(dataDir, holder);
  const lock = new DatabaseSync(join(dataDir, 'up.lock'));
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY ? inUse(dataDir, readHolder(file)) : error;
  }
  writeFileSync(file, JSON.stringify(identifyProcess(process.pid)));
  return () => {
    rmSync(file, { force: true });
    lock.close();
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
