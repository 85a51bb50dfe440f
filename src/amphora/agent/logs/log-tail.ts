import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissingFile } from '../../../lib/missing-file.ts';
import { readTextOrNull, replaceFile } from '../../../lib/replace-file.ts';

const LOOK_MS = 1000;
/** A daemon that writes more at once loses the rest. */
const MAX_BYTES = 65_536;

export interface LogTailOptions {
  /** Directory of files `<daemon>.log` that daemons append to; how far each was read is kept beside it. */
  readonly directory: string;
  /** Beginning of the names of the daemons that are followed. */
  readonly prefix: string;
  readonly record: (daemon: string, lines: readonly string[]) => void;
  /** A look that failed; the next one tries again. */
  readonly onFailure: (error: unknown) => void;
}

/** Follows what daemons print, also over restarts of this process: what came meanwhile is read after. */
export class LogTail {
  readonly #options: LogTailOptions;
  #timer: NodeJS.Timeout | null = null;
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: LogTailOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#work = this.look().catch(this.#options.onFailure).finally(() => this.start());
    }, LOOK_MS).unref();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#work;
  }

  /** Hands over the lines that have come since the last look. */
  async look(): Promise<void> {
    const { directory, prefix, record } = this.#options;
    const names = await readdir(directory).catch((error: unknown) => {
      if (isMissingFile(error)) return [];
      throw error;
    });
    for (const name of names.filter((entry) => entry.startsWith(prefix) && entry.endsWith('.log'))) {
      const lines = await readNew(join(directory, name));
      if (lines.length > 0) record(name.slice(0, -'.log'.length), lines);
    }
  }
}

async function readNew(file: string): Promise<string[]> {
  const { size, ino } = await stat(file);
  const [knownIno, knownOffset] = ((await readTextOrNull(`${file}.read`)) ?? '').split(' ').map(Number);
  // A daemon that was started anew has an empty file again.
  const offset = knownIno === ino && (knownOffset ?? 0) <= size ? knownOffset ?? 0 : 0;
  if (size === offset) return [];
  const handle = await open(file, 'r');
  try {
    const length = Math.min(size - offset, MAX_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
    const text = buffer.toString('latin1', 0, bytesRead);
    const end = text.lastIndexOf('\n') + 1;
    await replaceFile(`${file}.read`, `${ino} ${length < size - offset ? size : offset + end}`, 0o644);
    return text.slice(0, end).split('\n').filter((line) => line !== '');
  } finally {
    await handle.close();
  }
}
