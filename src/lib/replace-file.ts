import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isMissingFile } from './missing-file.ts';

/** The last replacement of each file that is being replaced. */
const underWay = new Map<string, Promise<void>>();

/**
 * Writes a file so that readers see the old or the new content, never a part; missing directories are made. Replacements of
 * one file are done in the order in which they were asked for.
 */
export async function replaceFile(path: string, content: string | Buffer, mode: number): Promise<void> {
  const replace = () => replaceNow(path, content, mode);
  const turn = underWay.get(path)?.then(replace, replace) ?? replace();
  underWay.set(path, turn);
  try {
    await turn;
  } finally {
    if (underWay.get(path) === turn) underWay.delete(path);
  }
}

async function replaceNow(path: string, content: string | Buffer, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  // The same name each time: what a killed process left is used up. Hidden: scripts are looked for in whole directories.
  const temporary = join(dirname(path), `.${basename(path)}.tmp`);
  try {
    await writeFile(temporary, content, { mode });
    await rename(temporary, path);
  } catch (error) {
    // On a full disk the part that was written would take the space away that others wait for.
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Content of a text file, null when there is none. */
export async function readTextOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissingFile(error)) return null;
    throw error;
  }
}
