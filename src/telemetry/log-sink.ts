import { renameSync, statSync, type Stats } from 'node:fs';
import pino from 'pino';

/** Where the lines of a log go. */
export interface LogSink {
  write(line: string): void;
  /** Opens a file anew. Throws when that cannot be; lines then go on into the one that is open. */
  reopen(): void;
  flush(): void;
}

/** What a log file does by itself. */
export interface LogFileHabits {
  /** When it would grow beyond `maxBytes` it becomes `<file>.1`, and `keep` of these are kept. @default it grows */
  readonly rotation?: { readonly maxBytes: number; readonly keep: number };
  /** Opened anew within a second when somebody moved or removed it. @default false */
  readonly isWatched?: boolean;
}

/** Of lines that cannot be written; further ones are dropped. */
const MAX_WAITING_CHARACTERS = 1024 * 1024;
const WATCH_MS = 1000;

/** Lines to a file, whose directory is made, or to standard error. A full disk or a reader that is gone harms nobody: lines wait, and the next one tries again. */
export function openLogSink(file: string | undefined, { rotation, isWatched = false }: LogFileHabits = {}): LogSink {
  const stream = pino.destination({ ...(file === undefined ? { dest: 2 } : { dest: file, mkdir: true }), sync: true, maxLength: MAX_WAITING_CHARACTERS });
  stream.on('error', () => undefined);
  // Each line is written at once; what waits for space must not be waited for (flushSync would, for ever).
  const flush = (): void => undefined;
  const write = (line: string): void => void stream.write(line);
  if (file === undefined) return { write, reopen: () => undefined, flush };

  let opened = look(file);
  let size = opened?.size ?? 0;
  const reopen = (): void => {
    try {
      stream.reopen();
    } catch (error) {
      // They wait for the new file to close the old one, which the next attempt sees to.
      stream.removeAllListeners('ready');
      throw error;
    }
    opened = look(file);
    size = opened?.size ?? 0;
  };
  if (isWatched) setInterval(() => orLater(() => isSame(look(file), opened) || reopen()), WATCH_MS).unref();
  if (rotation === undefined) return { write, reopen, flush };
  return {
    reopen, flush,
    write(line) {
      const bytes = Buffer.byteLength(line);
      // Without a file its successor could not be opened: it was shifted already.
      if (size > 0 && size + bytes > rotation.maxBytes) orLater(() => (look(file) === undefined || shift(file, rotation.keep)) && reopen());
      size += bytes;
      write(line);
    },
  };
}

/** The next line, or the next look, tries again. */
function orLater(attempt: () => unknown): void {
  try {
    attempt();
  } catch {
    // Lines go on into the file that is open: nobody is to end because of a log.
  }
}

function look(file: string): Stats | undefined {
  return statSync(file, { throwIfNoEntry: false });
}

function isSame(one: Stats | undefined, other: Stats | undefined): boolean {
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}

/** Moves `file` to `file.1`, that to `file.2` and so on; false when the disk does not let us, and the file grows on. */
function shift(file: string, keep: number): boolean {
  try {
    for (let number = keep - 1; number >= 0; number -= 1) {
      const from = number === 0 ? file : `${file}.${number}`;
      if (look(from)) renameSync(from, `${file}.${number + 1}`);
    }
    return keep > 0;
  } catch {
    return false;
  }
}
