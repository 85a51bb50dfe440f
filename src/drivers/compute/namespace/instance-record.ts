import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { whenMissing } from '../../../lib/missing-file.ts';
import type { BootFiles } from '../compute-driver.ts';
import type { Port } from '../../network/network-driver.ts';

/** What this host knows of one amphora; `instance.json` in its directory, written before anything else is made. */
export interface InstanceRecord {
  readonly amphoraId: string;
  readonly loadBalancerId: string | null;
  readonly netns: string;
  readonly lbNetworkIp: string;
  readonly createdAt: string;
  /** Ports wired into the namespace. */
  readonly ports: readonly Port[];
  /** Identifies the boot of the host: namespaces do not outlive it. */
  readonly hostBootId: string;
  /** Compute flavor; absent in records of earlier versions. */
  readonly flavorId?: string | null;
}

const RECORD = 'instance.json';

/** Whole or not at all: a crash leaves the former record. */
export async function writeInstance(root: string, record: InstanceRecord): Promise<void> {
  const path = join(root, RECORD);
  await writeFile(`${path}.new`, `${JSON.stringify(record, null, 1)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Every record below `directory`, and the names of directories that have none: boots that a crash cut short, or records that a power cut left empty. */
export async function readInstances(directory: string): Promise<{ records: InstanceRecord[]; leftovers: string[] }> {
  const records: InstanceRecord[] = [];
  const leftovers: string[] = [];
  for (const name of await listDirectory(directory)) {
    const text = await readFile(join(directory, name, RECORD), 'utf8').catch(whenMissing(null));
    const record = text === null ? null : parseRecord(text);
    if (record === null) leftovers.push(name);
    else records.push(record);
  }
  return { records, leftovers };
}

function parseRecord(text: string): InstanceRecord | null {
  try {
    return JSON.parse(text) as InstanceRecord;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Puts boot files below the amphora's root. Keys are among them, so nobody but us may read. */
export async function writeBootFiles(root: string, files: BootFiles): Promise<void> {
  const entries = Object.entries(files).map(([path, content]) => ({ target: join(root, path), content }));
  const directories = new Set(entries.map(({ target }) => dirname(target)));
  await Promise.all([...directories].map((directory) => mkdir(directory, { recursive: true, mode: 0o755 })));
  await Promise.all(entries.map(({ target, content }) => writeFile(target, content, { mode: 0o600 })));
}

async function listDirectory(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(whenMissing([]));
}
