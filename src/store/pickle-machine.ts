type Fail = (reason: string) => Error;
type Operation = (machine: PickleMachine) => void;

const MARK = Symbol('mark');

/**
 * The stack machine of Python's pickle format (Lib/pickletools.py of CPython describes every opcode), restricted to plain
 * data: texts, numbers, booleans, None, dicts, lists and tuples. Anything that would build an object is refused.
 */
export class PickleMachine {
  readonly #bytes: Buffer;
  readonly #fail: Fail;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  #at = 0;

  constructor(bytes: Uint8Array, fail: Fail) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fail = fail;
  }

  /** The pickled value. Dicts come as Map, lists and tuples as arrays. */
  run(): unknown {
    for (;;) {
      const opcode = this.byte();
      if (opcode === STOP) return this.pop();
      const operation = OPERATIONS.get(opcode);
      if (!operation) throw this.#fail(`opcode 0x${opcode.toString(16)} builds more than plain data`);
      operation(this);
    }
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw this.#fail('it ends early');
    const piece = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return piece;
  }

  byte(): number {
    return this.take(1).readUInt8();
  }

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  uint64(): number {
    return Number(this.take(8).readBigUInt64LE());
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.#fail('it ends early');
    const text = this.take(end - this.#at).toString('latin1');
    this.#at += 1;
    return text;
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }

  pop(): unknown {
    if (this.#stack.length === 0) throw this.#fail('its stack runs empty');
    return this.#stack.pop();
  }

  top(): unknown {
    if (this.#stack.length === 0) throw this.#fail('its stack runs empty');
    return this.#stack.at(-1);
  }

  mark(): void {
    this.#stack.push(MARK);
  }

  /** Everything above the last mark, which goes too. */
  popToMark(): unknown[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw this.#fail('a mark is missing');
    return this.#stack.splice(at).slice(1);
  }

  remember(key: number | null): void {
    this.#memo.set(key ?? this.#memo.size, this.top());
  }

  recall(key: number): void {
    if (!this.#memo.has(key)) throw this.#fail(`it refers to an object ${key} that it does not have`);
    this.push(this.#memo.get(key));
  }

  setItems(target: unknown, items: readonly unknown[]): void {
    if (!(target instanceof Map) || items.length % 2 !== 0) throw this.#fail('it sets items of something else than a dict');
    for (let index = 0; index < items.length; index += 2) target.set(items[index], items[index + 1]);
  }

  append(target: unknown, items: readonly unknown[]): void {
    if (!Array.isArray(target)) throw this.#fail('it appends to something else than a list');
    target.push(...items);
  }
}

const STOP = 0x2e;
const utf8 = (length: number) => (machine: PickleMachine) => machine.push(machine.take(length).toString('utf8'));
const constant = (value: unknown): Operation => (machine) => machine.push(value);

const OPERATIONS: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  // Frame and protocol.
  [0x80, (m) => void m.byte()],
  [0x95, (m) => void m.uint64()],
  // Marks and stack.
  [0x28, (m) => m.mark()],
  [0x30, (m) => void m.pop()],
  [0x31, (m) => void m.popToMark()],
  [0x32, (m) => m.push(m.top())],
  // Constants and numbers.
  [0x4e, constant(null)],
  [0x88, constant(true)],
  [0x89, constant(false)],
  [0x49, (m) => m.push(decimal(m.line()))],
  [0x4c, (m) => m.push(Number(m.line().replace(/L$/, '')))],
  [0x46, (m) => m.push(Number(m.line()))],
  [0x4a, (m) => m.push(m.take(4).readInt32LE())],
  [0x4b, (m) => m.push(m.byte())],
  [0x4d, (m) => m.push(m.take(2).readUInt16LE())],
  [0x47, (m) => m.push(m.take(8).readDoubleBE())],
  [0x8a, (m) => m.push(littleEndian(m.take(m.byte())))],
  // Texts: of Python 3 (unicode) and of Python 2 (byte strings).
  [0x56, (m) => m.push(unescapeRaw(m.line()))],
  [0x58, (m) => utf8(m.uint32())(m)],
  [0x8c, (m) => utf8(m.byte())(m)],
  [0x8d, (m) => utf8(m.uint64())(m)],
  [0x53, (m) => m.push(unquotePython(m.line()))],
  [0x54, (m) => utf8(m.uint32())(m)],
  [0x55, (m) => utf8(m.byte())(m)],
  [0x42, (m) => utf8(m.uint32())(m)],
  [0x43, (m) => utf8(m.byte())(m)],
  // Containers.
  [0x7d, (m) => m.push(new Map())],
  [0x64, (m) => {
    const items = m.popToMark();
    const dict = new Map();
    m.setItems(dict, items);
    m.push(dict);
  }],
  [0x73, (m) => {
    const value = m.pop();
    const key = m.pop();
    m.setItems(m.top(), [key, value]);
  }],
  [0x75, (m) => {
    const items = m.popToMark();
    m.setItems(m.top(), items);
  }],
  [0x5d, (m) => m.push([])],
  [0x6c, (m) => m.push(m.popToMark())],
  [0x61, (m) => {
    const item = m.pop();
    m.append(m.top(), [item]);
  }],
  [0x65, (m) => {
    const items = m.popToMark();
    m.append(m.top(), items);
  }],
  [0x29, constant([])],
  [0x74, (m) => m.push(m.popToMark())],
  [0x85, (m) => m.push([m.pop()])],
  [0x86, (m) => m.push([m.pop(), m.pop()].toReversed())],
  [0x87, (m) => m.push([m.pop(), m.pop(), m.pop()].toReversed())],
  // Memo.
  [0x94, (m) => m.remember(null)],
  [0x70, (m) => m.remember(Number(m.line()))],
  [0x71, (m) => m.remember(m.byte())],
  [0x72, (m) => m.remember(m.uint32())],
  [0x67, (m) => m.recall(Number(m.line()))],
  [0x68, (m) => m.recall(m.byte())],
  [0x6a, (m) => m.recall(m.uint32())],
]);

/** Protocol 0 writes booleans as the integers 00 and 01. */
function decimal(text: string): number | boolean {
  if (text === '00') return false;
  return text === '01' ? true : Number(text);
}

function littleEndian(bytes: Buffer): bigint {
  const unsigned = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`);
  const isNegative = ((bytes.at(-1) ?? 0) & 0x80) !== 0;
  return isNegative ? unsigned - (1n << BigInt(bytes.length * 8)) : unsigned;
}

/** Protocol 0 texts: latin-1 with \uXXXX and \UXXXXXXXX. */
function unescapeRaw(text: string): string {
  return text.replaceAll(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, short?: string, long?: string) => String.fromCodePoint(Number.parseInt(short ?? long ?? '0', 16)));
}

/** A Python 2 byte string as repr() writes it. */
function unquotePython(text: string): string {
  const inner = text.slice(1, -1).replaceAll(/\\(x[0-9a-fA-F]{2}|.)/g, (_, escape: string) => (escape.startsWith('x') ? String.fromCharCode(Number.parseInt(escape.slice(1), 16)) : (ESCAPES[escape] ?? escape)));
  return Buffer.from(inner, 'latin1').toString('utf8');
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
