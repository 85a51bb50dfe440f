import { OctaviaError } from '../lib/errors.ts';
import { PickleMachine } from './pickle-machine.ts';

/** A pickle that is broken or holds something else than a dict of texts. */
export class UnreadablePickle extends OctaviaError {
  constructor(reason: string) {
    super('unreadable-pickle', `a pickled dict cannot be read: ${reason}`);
  }
}

/**
 * Reads a Python pickle (protocols 0 to 5) of a dict whose keys and values are texts: what `listener.insert_headers`
 * holds (contracts, quirk 1). Only data is built, nothing is ever imported or called. Throws UnreadablePickle.
 */
export function readPickledTexts(bytes: Uint8Array): Readonly<Record<string, string>> {
  const value = new PickleMachine(bytes, (reason) => new UnreadablePickle(reason)).run();
  if (!(value instanceof Map)) throw new UnreadablePickle('it is not a dict');
  return Object.fromEntries(
    [...value].map(([key, item]) => {
      if (typeof key !== 'string') throw new UnreadablePickle('a key is not a text');
      // Texts of booleans and numbers are what the original's renderer would print.
      return [key, textOf(item)];
    }),
  );
}

/** Writes a dict of texts byte for byte as CPython's `pickle.dumps(value, protocol=5)` does for distinct texts. */
export function writePickledTexts(texts: Readonly<Record<string, string>>): Uint8Array {
  const entries = Object.entries(texts);
  const items = entries.flatMap(([key, value]) => [shortText(key), shortText(value)]);
  const body = Buffer.concat([Buffer.from([0x7d, 0x94]), ...filled(items, entries.length), Buffer.from([0x2e])]);
  const head = Buffer.from([0x80, 5]);
  // CPython frames bodies of four bytes and more.
  if (body.length < 4) return Buffer.concat([head, body]);
  const frame = Buffer.alloc(9, 0x95);
  frame.writeBigUInt64LE(BigInt(body.length), 1);
  return Buffer.concat([head, frame, body]);
}

function filled(items: readonly Buffer[], count: number): Buffer[] {
  if (count === 0) return [];
  // One pair is SETITEM; more are MARK ... SETITEMS.
  return count === 1 ? [...items, Buffer.from([0x73])] : [Buffer.from([0x28]), ...items, Buffer.from([0x75])];
}

function shortText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length < 256) return Buffer.concat([Buffer.from([0x8c, bytes.length]), bytes, MEMOIZE]);
  const head = Buffer.alloc(5, 0x58);
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes, MEMOIZE]);
}

const MEMOIZE = Buffer.from([0x94]);

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value === null) return 'None';
  throw new UnreadablePickle('a value is neither text nor number');
}
