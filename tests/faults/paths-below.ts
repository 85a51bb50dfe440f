import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of everything below a directory, from there on. What is removed meanwhile is not there: Node's own recursion throws then. */
export function pathsBelow(directory: string): readonly string[] {
  const entries = orGone(() => readdirSync(directory, { withFileTypes: true })) ?? [];
  return entries.flatMap((entry) => [entry.name, ...(entry.isDirectory() ? pathsBelow(join(directory, entry.name)).map((path) => join(entry.name, path)) : [])]);
}

/** Texts of the files below a directory whose paths end so. */
export function textsBelow(directory: string, end: string): readonly string[] {
  return pathsBelow(directory).filter((path) => path.endsWith(end)).flatMap((path) => orGone(() => readFileSync(join(directory, path), 'utf8')) ?? []);
}

function orGone<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
