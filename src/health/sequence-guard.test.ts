import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSequenceMemory, fingerprintOf, judgeSequence } from './sequence-guard.ts';

/** Verdicts on a row of [number, fingerprint]. */
function verdicts(row: readonly (readonly [number, number])[]) {
  const memory = createSequenceMemory();
  return row.map(([seq, fingerprint]) => judgeSequence(memory, seq, fingerprint));
}

describe('the sequence of heartbeats', () => {
  it.each<[string, [number, number][], string[]]>([
    ['gaps are normal with several controllers', [[0, 1], [3, 2], [9, 3]], ['accepted', 'accepted', 'accepted']],
    ['the same datagram is a replay', [[100, 1], [101, 2], [101, 2], [100, 1]], ['accepted', 'accepted', 'replayed', 'replayed']],
    ['a restarted agent is believed at once', [[500, 1], [0, 2], [1, 3]], ['accepted', 'accepted', 'accepted']],
    ['a replayed start is not a restart', [[0, 1], [500, 2], [0, 1], [501, 3]], ['accepted', 'accepted', 'replayed', 'accepted']],
    ['one late datagram is dropped and harms nobody', [[500, 1], [499, 2], [501, 3]], ['accepted', 'out-of-order', 'accepted']],
    ['a lower sequence is believed when it goes on', [[500, 1], [100, 2], [101, 3], [102, 4]], ['accepted', 'out-of-order', 'accepted', 'accepted']],
  ])('%s', (_name, row, expected) => {
    expect(verdicts(row)).toEqual(expected);
  });

  it('knows a datagram by its signature in either spelling', () => {
    const body = randomBytes(100);
    const signature = randomBytes(32);
    expect(fingerprintOf(Buffer.concat([body, signature]))).toBe(fingerprintOf(Buffer.concat([body, Buffer.from(signature.toString('hex'))])));
  });
});
