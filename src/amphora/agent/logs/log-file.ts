import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMissingFile } from '../../../lib/missing-file.ts';

const MAX_FILE_BYTES = 10 * 1024 * 1024;
/** Lines come together for this long, or until there are this many bytes: each write opens the file. */
const GATHER_MS = 100;
const GATHER_BYTES = 256 * 1024;
/** Lines beyond it are lost while the disk is slower than the traffic. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** A log file that is set aside as `<name>.1` when it has become large; the one set aside before is then gone. */
export class LogFile {
  readonly #path: string;
  readonly #maxBytes: number;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #bytes: number | null = null;
  #writing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(path: string, maxBytes = MAX_FILE_BYTES) {
    this.#path = path;
    this.#maxBytes = maxBytes;
  }

  /** Lines (latin1) without their ends. What cannot be written is dropped: logs must not fill the memory. */
  append(lines: readonly string[]): void {
    if (this.#waitingBytes > MAX_WAITING_BYTES) return;
    const text = `${lines.join('\n')}\n`;
    this.#waiting.push(text);
    this.#waitingBytes += text.length;
    if (this.#waitingBytes >= GATHER_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  /** Resolves when all lines are written. */
  async close(): Promise<void> {
    this.#flush();
    await this.#writing;
  }

  #flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const text = this.#waiting.join('');
      this.#waiting = [];
      this.#waitingBytes = 0;
      try {
        await this.#makeRoom();
        await appendFile(this.#path, text, { encoding: 'latin1', mode: 0o640 });
        this.#bytes = (this.#bytes ?? 0) + text.length;
      } catch (error) {
        // A full disk or a directory that is being removed: the next lines try again.
        if (!(error instanceof Error && 'code' in error)) throw error;
        this.#bytes = null;
      }
    }
  }

  async #makeRoom(): Promise<void> {
    if (this.#bytes === null) {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o755 });
      this.#bytes = await stat(this.#path).then((found) => found.size, (error: unknown) => {
        if (isMissingFile(error)) return 0;
        throw error;
      });
    }
    if (this.#bytes < this.#maxBytes) return;
    await rename(this.#path, `${this.#path}.1`);
    this.#bytes = 0;
  }
}
