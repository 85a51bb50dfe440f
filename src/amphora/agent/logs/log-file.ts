import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMissingFile } from '../missing-file.ts';

const MAX_FILE_BYTES = 10 * 1024 * 1024;
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
  #lost = 0;

  constructor(path: string, maxBytes = MAX_FILE_BYTES) {
    this.#path = path;
    this.#maxBytes = maxBytes;
  }

  /** Lines (latin1) without their ends. What cannot be written is dropped: logs must not fill the memory. */
  append(lines: readonly string[]): void {
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      this.#lost += lines.length;
      return;
    }
    const text = `${lines.join('\n')}\n`;
    this.#waiting.push(text);
    this.#waitingBytes += text.length;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
  }

  /** Lines that were dropped since the last call. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  async close(): Promise<void> {
    await this.#writing;
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
        this.#lost += text.split('\n').length - 1;
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
