import { access } from 'node:fs/promises';

/** True for the error of a file or directory that does not exist. */
export function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** For `.catch`: that value when the file or directory does not exist; other errors are thrown on. */
export function whenMissing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (isMissingFile(error)) return value;
    throw error;
  };
}

/** False only when nothing is there; throws when that cannot be told. */
export async function pathExists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isMissingFile(error)) return false;
    throw error;
  }
}
