import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BadFrame, createFrameReader, encodeFrame } from './frame.ts';

it('a message is read whole however it is cut into pieces', () => {
  fc.assert(fc.property(fc.json(), fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (json, sizes) => {
    const value: unknown = JSON.parse(json);
    const bytes = encodeFrame(value);
    const reader = createFrameReader();
    let read: { value: unknown } | null = null;
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      expect(read).toBeNull();
      const size = sizes[turn % sizes.length] ?? 1;
      read = reader.push(bytes.subarray(at, at + size));
      at += size;
    }
    expect(read).toEqual({ value: JSON.parse(JSON.stringify(value)) });
  }));
});

it('lengths count bytes, as Python counts them', () => {
  expect(encodeFrame({ name: 'é' }).toString()).toBe('13\n{"name":"é"}');
});

it.each(['x\n{}', '\n{}', '-1\n{}', '1e3\n{}', '9999999999999', '99999999999\n', '2\n{x'])('%j is refused', (text) => {
  expect(() => createFrameReader().push(Buffer.from(text))).toThrow(BadFrame);
});
