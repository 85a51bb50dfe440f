import { OctaviaError } from '../../lib/errors.ts';

/**
 * listener.insert_headers is a Python pickle of a dict of texts (contracts: quirk 1). This codec writes protocol 5 as the
 * original does and reads every spelling of such a dict that protocols 2 to 5 have; it never runs anything.
 */
export function encodeHeaders(headers: unknown): Uint8Array | null {
  if (typeof headers !== 'object' || headers === null) return null;
  const entries = Object.entries(headers);
  const body = Buffer.concat([Buffer.from([EMPTY_DICT, MEMOIZE]), ...encodeItems(entries), Buffer.from([STOP])]);
  const prefix = Buffer.from([PROTO, 5]);
  // Python frames everything of four bytes and more.
  if (body.length < 4) return Buffer.concat([prefix, body]);
  const frame = Buffer.alloc(9);
  frame[0] = FRAME;
  frame.writeBigUInt64LE(BigInt(body.length), 1);
  return Buffer.concat([prefix, frame, body]);
}

const PROTO = 0x80;
const FRAME = 0x95;
const EMPTY_DICT = 0x7d;
const MEMOIZE = 0x94;
const MARK = 0x28;
const SETITEM = 0x73;
const SETITEMS = 0x75;
const SHORT_TEXT = 0x8c;
const LONG_TEXT = 0x58;
const STOP = 0x2e;

function encodeItems(entries: readonly (readonly [string, unknown])[]): Buffer[] {
  if (entries.length === 0) return [];
  const items = entries.flatMap(([name, value]) => [encodeText(name), encodeText(String(value))]);
  return entries.length === 1 ? [...items, Buffer.from([SETITEM])] : [Buffer.from([MARK]), ...items, Buffer.from([SETITEMS])];
}

function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const head = bytes.length < 256 ? Buffer.from([SHORT_TEXT, bytes.length]) : Buffer.concat([Buffer.from([LONG_TEXT]), uint32(bytes.length)]);
  return Buffer.concat([head, bytes, Buffer.from([MEMOIZE])]);
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

/** Throws UnreadablePickle for anything that is not a plain dict of texts. */
export function decodeHeaders(pickle: unknown): Record<string, string> {
  if (!(pickle instanceof Uint8Array) || pickle.length === 0) return {};
  return new PickledDict(Buffer.from(pickle.buffer, pickle.byteOffset, pickle.byteLength)).read();
}

/** insert_headers holds something other than a dict of texts. */
export class UnreadablePickle extends OctaviaError {
  constructor(reason: string) {
    super('unreadable-pickle', `listener.insert_headers cannot be read: ${reason}`);
  }
}

class PickledDict {
  readonly #bytes: Buffer;
  #at = 0;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  readonly #headers: Record<string, string> = {};

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  read(): Record<string, string> {
    while (this.#at < this.#bytes.length) {
      const opcode = this.#next(1)[0] ?? STOP;
      if (opcode === STOP) return this.#headers;
      this.#step(opcode);
    }
    throw new UnreadablePickle('it ends early');
  }

  #step(opcode: number): void {
    switch (opcode) {
      case PROTO: this.#next(1); return;
      case FRAME: this.#next(8); return;
      case EMPTY_DICT: this.#stack.push(this.#headers); return;
      case MARK: this.#stack.push(MARK); return;
      case SHORT_TEXT: this.#stack.push(this.#text(this.#next(1)[0] ?? 0)); return;
      case LONG_TEXT: this.#stack.push(this.#text(this.#next(4).readUInt32LE())); return;
      case MEMOIZE: this.#memo.set(this.#memo.size, this.#stack.at(-1)); return;
      case 0x71: this.#memo.set(this.#next(1)[0] ?? 0, this.#stack.at(-1)); return;
      case 0x72: this.#memo.set(this.#next(4).readUInt32LE(), this.#stack.at(-1)); return;
      case 0x68: this.#stack.push(this.#memo.get(this.#next(1)[0] ?? 0)); return;
      case 0x6a: this.#stack.push(this.#memo.get(this.#next(4).readUInt32LE())); return;
      case 0x4e: this.#stack.push('None'); return;
      case 0x88: this.#stack.push('True'); return;
      case 0x89: this.#stack.push('False'); return;
      case SETITEM: this.#keep(this.#stack.splice(-2)); return;
      case SETITEMS: this.#keep(this.#stack.splice(this.#stack.lastIndexOf(MARK)).slice(1)); return;
      default: throw new UnreadablePickle(`opcode 0x${opcode.toString(16)}`);
    }
  }

  #keep(items: readonly unknown[]): void {
    for (let index = 0; index + 1 < items.length; index += 2) {
      const [name, value] = [items[index], items[index + 1]];
      if (typeof name !== 'string' || typeof value !== 'string') throw new UnreadablePickle('it holds something else than texts');
      this.#headers[name] = value;
    }
  }

  #text(length: number): string {
    return this.#next(length).toString('utf8');
  }

  #next(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new UnreadablePickle('it ends early');
    const slice = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return slice;
  }
}
