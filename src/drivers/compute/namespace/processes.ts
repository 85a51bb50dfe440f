import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { kill, killHard } from '../../../lib/kill.ts';
import { netnsPath } from '../../../lib/linux/nft.ts';
import { OctaviaError } from '../../../lib/errors.ts';

/** Processes whose network namespace is the named one. Empty when there is no such namespace. */
export function processesInside(netns: string): number[] {
  const inode = inodeOf(netns);
  if (inode === null) return [];
  const link = `net:[${inode}]`;
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && namespaceLink(name) === link).map(Number);
}

/** How long keepalived may take to tell its peer that it leaves; it does so before anything else. */
const FAREWELL_MS = 50;

/** Has keepalived inside the namespace say that it leaves, so that its peer takes the addresses over without waiting for silence. */
export async function leaveVrrp(netns: string): Promise<void> {
  const members = processesInside(netns).filter((pid) => nameOf(pid).startsWith('keepalived'));
  for (const pid of members) kill(pid, 'SIGTERM');
  if (members.length > 0) await sleep(FAREWELL_MS);
}

/**
 * Ends everything inside the namespace: a supervisor may start a daemon anew between look and kill, so it looks again
 * until nobody is left. Throws when that does not happen within a second.
 */
export async function killInside(netns: string): Promise<void> {
  for (let round = 0; round < 100; round += 1) {
    const pids = processesInside(netns);
    if (pids.length === 0) return;
    for (const pid of pids) killHard(pid);
    await sleep(round < 5 ? 1 : 10);
  }
  throw new OctaviaError('namespace-busy', `Processes inside ${netns} cannot be ended.`, { retry: 'retry' });
}

function inodeOf(netns: string): number | null {
  return statSync(netnsPath(netns), { throwIfNoEntry: false })?.ino ?? null;
}

/** Null for processes that have ended meanwhile, and for kernel threads and zombies, which have none. */
function namespaceLink(pid: string): string | null {
  return ofProcess(() => readlinkSync(`/proc/${pid}/ns/net`));
}

/** Empty for processes that have ended meanwhile. */
function nameOf(pid: number): string {
  return ofProcess(() => readFileSync(`/proc/${pid}/comm`, 'utf8')) ?? '';
}

function ofProcess(read: () => string): string | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES' || error.code === 'ESRCH' || error.code === 'EINVAL')) return null;
    throw error;
  }
}
