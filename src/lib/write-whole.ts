import { renameSync, writeFileSync } from 'node:fs';

/** Writes a file that its owner alone may read, whole or not at all: on a full disk the former one stays. */
export function writeWholeSync(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
