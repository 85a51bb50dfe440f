import { describe, expect, it, vi } from 'vitest';
import { createRecent } from './recent.ts';

describe('recent answers', () => {
  it('callers that come at once share one call, later ones its answer, until it is old', async () => {
    let [time, calls] = [0, 0];
    const recent = createRecent<number>(100, { now: () => time });
    const ask = () => recent.get('key', async () => (calls += 1));
    expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
    time = 99;
    expect(await ask()).toBe(1);
    time = 100;
    expect(await ask()).toBe(2);
  });

  it('failures are not kept', async () => {
    const recent = createRecent<number>(100);
    await expect(recent.get('key', async () => { throw new Error('no'); })).rejects.toThrow('no');
    expect(await recent.get('key', async () => 7)).toBe(7);
  });

  it('what is told is known at once, what is forgotten is asked for again, and the oldest goes first', async () => {
    const recent = createRecent<number>(100, { capacity: 2 });
    recent.set('a', 1);
    recent.set('b', 2);
    recent.set('c', 3);
    expect([await recent.peek('a'), await recent.peek('b'), await recent.peek('c')]).toEqual([undefined, 2, 3]);
    recent.forget('b');
    expect(await recent.get('b', async () => 4)).toBe(4);
    recent.forget();
    expect(recent.peek('c')).toBeUndefined();
  });

  it('forgets an answer in its time although the date is set back', async () => {
    const steady = vi.spyOn(performance, 'now').mockReturnValue(1000);
    const date = vi.spyOn(Date, 'now').mockReturnValue(10_000_000);
    try {
      const recent = createRecent<number>(100);
      await recent.get('a', async () => 1);
      steady.mockReturnValue(1200);
      date.mockReturnValue(0);
      expect(await recent.get('a', async () => 2)).toBe(2);
    } finally {
      vi.restoreAllMocks();
    }
  });
});
