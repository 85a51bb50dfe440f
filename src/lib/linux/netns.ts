import { existsSync, readdirSync } from 'node:fs';
import { run } from '../run.ts';
import { ipBatchQuietly } from './ip-batch.ts';
import { netnsPath } from './nft.ts';

export function netnsExists(name: string): boolean {
  return existsSync(netnsPath(name));
}

/** Names under /run/netns; empty when there are none yet. */
export function listNetns(): readonly string[] {
  return existsSync('/run/netns') ? readdirSync('/run/netns') : [];
}

/** Makes the namespace and brings its loopback up; an existing one is kept. */
export async function ensureNetns(name: string): Promise<void> {
  if (!netnsExists(name)) await run('ip', ['netns', 'add', name]);
  await run('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
}

/** Removes the namespace; gone already is success. Remove the host ends of its veths first: the kernel tears down late. */
export async function removeNetns(name: string): Promise<void> {
  if (netnsExists(name)) await ipBatchQuietly([`netns del ${name}`]);
}
