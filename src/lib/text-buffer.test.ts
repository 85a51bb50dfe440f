import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TextBuffer } from './text-buffer.ts';

it('holds the UTF-8 of all that was appended, in order, however long', () => {
  const piece = fc.tuple(fc.string({ unit: 'binary' }), fc.nat(9000)).map(([text, times]) => text.repeat(times));
  fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
    const buffer = new TextBuffer();
    for (const text of pieces) buffer.append(text);
    expect(buffer.bytes().equals(Buffer.from(pieces.join('')))).toBe(true);
  }), { numRuns: 60 });
});

it('can go on after its bytes were taken', () => {
  const buffer = new TextBuffer();
  buffer.append('{"a":');
  const before = buffer.bytes();
  buffer.append('"ü"}'.repeat(10_000));
  expect(before.toString()).toBe('{"a":');
  expect(buffer.bytes().toString().slice(0, 9)).toBe('{"a":"ü"}');
});
