const FIRST_BYTES = 16_384;

/**
 * Text that grows piece by piece, in UTF-8 and outside the heap of JavaScript. A long body as a string is kept and copied by
 * the collector, and encoded once more for everybody it is sent to.
 */
export class TextBuffer {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  append(text: string): void {
    // No character takes more than three bytes for each of its units.
    this.#reserve(text.length * 3);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** What was appended so far; not to be changed. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
