import { OctaviaError } from '../lib/errors.ts';

/** Bytes that are no request of octavia-lib. */
export class BadFrame extends OctaviaError {
  constructor(reason: string, cause?: unknown) {
    super('driver-agent-bad-frame', `The request cannot be read: ${reason}`, { cause });
  }
}

/** Far above any real request: ten thousand members are about 1.5 MB. */
const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;
const MAX_LENGTH_DIGITS = 12;
const NEWLINE = 0x0a;

/** One message of octavia-lib's sockets: its length in bytes as decimal text, a newline, JSON. */
export function encodeFrame(value: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(value));
  return Buffer.concat([Buffer.from(`${json.length}\n`), json]);
}

/** Gathers the one message of a connection. `push` answers null until it is whole. Throws BadFrame. */
export interface FrameReader {
  push(chunk: Buffer): { readonly value: unknown } | null;
}

export function createFrameReader(): FrameReader {
  const chunks: Buffer[] = [];
  let received = 0;
  let header: { readonly start: number; readonly end: number } | null = null;
  return {
    push(chunk) {
      chunks.push(chunk);
      received += chunk.length;
      // Until the length is known everything is a few bytes; later chunks are only counted, so that long requests stay linear.
      header ??= readHeader(Buffer.concat(chunks));
      if (header === null || received < header.end) return null;
      return { value: parse(Buffer.concat(chunks).subarray(header.start, header.end)) };
    },
  };
}

function readHeader(bytes: Buffer): { start: number; end: number } | null {
  const newline = bytes.indexOf(NEWLINE);
  if (newline < 0 ? bytes.length > MAX_LENGTH_DIGITS : newline > MAX_LENGTH_DIGITS) throw new BadFrame('it does not begin with its length.');
  if (newline < 0) return null;
  const text = bytes.toString('latin1', 0, newline).trim();
  if (!/^\d+$/.test(text)) throw new BadFrame('it does not begin with its length.');
  const length = Number(text);
  if (length > MAX_PAYLOAD_BYTES) throw new BadFrame(`it is longer than ${MAX_PAYLOAD_BYTES} bytes.`);
  return { start: newline + 1, end: newline + 1 + length };
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new BadFrame('it is not JSON.', error);
  }
}
