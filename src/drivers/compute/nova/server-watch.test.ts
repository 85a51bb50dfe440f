import { describe, expect, it } from 'vitest';
import { decodeServer, type Server } from './server.ts';
import { createServerWatch } from './server-watch.ts';

const server = (id: string): Server => decodeServer({ id, status: 'ACTIVE' });
const watched = (id: string) => ({ computeId: id, name: `amphora-${id}` });

function watch(list: (names: readonly string[]) => Promise<readonly Server[]>) {
  const asked: string[][] = [];
  const pauses: number[] = [];
  const gates: (() => void)[] = [];
  const serverWatch = createServerWatch({
    list: (names) => { asked.push([...names]); return list(names); },
    passes: (error) => error instanceof RangeError,
    wait: (ms) => { pauses.push(ms); return new Promise((resolve) => { gates.push(resolve); }); },
  });
  return { serverWatch, asked, pauses, open: () => { for (const gate of gates.splice(0)) gate(); } };
}

describe('looks at servers that are being built', () => {
  it('are shared by all who wait for the next one, at most eight at once', async () => {
    const ids = Array.from({ length: 25 }, (_, index) => `s${index}`);
    const { serverWatch, asked, open } = watch(async (names) => names.map((name) => server(name.replace('amphora-', ''))));
    const looks = ids.map((id) => serverWatch.next(watched(id), 0));
    open();
    expect((await Promise.all(looks)).map((found) => found?.instance.computeId)).toEqual(ids);
    expect(asked.map(({ length }) => length)).toEqual([8, 8, 8, 1]);
  });

  it('come ever more seldom', async () => {
    const { serverWatch, pauses, open } = watch(async () => []);
    for (const ageMs of [0, 1000, 4000, 10_000, 60_000]) {
      const look = serverWatch.next(watched('s1'), ageMs);
      open();
      await look;
    }
    expect(pauses).toEqual([1000, 500, 500, 1200, 5000]);
  });

  it('that fail in passing say nothing, others throw, and one who gives up leaves the others alone', async () => {
    const failures = [new RangeError('passes'), new TypeError('a defect')];
    const { serverWatch, open } = watch(async (names) => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return names.map((name) => server(name.replace('amphora-', '')));
    });
    const first = serverWatch.next(watched('s1'), 0);
    open();
    expect(await first).toBeNull();
    const second = serverWatch.next(watched('s1'), 0);
    open();
    await expect(second).rejects.toThrow('a defect');
    const stop = new AbortController();
    const third = [serverWatch.next(watched('s1'), 0, stop.signal), serverWatch.next(watched('s2'), 0)];
    stop.abort(new Error('enough'));
    await expect(third[0]).rejects.toThrow('enough');
    open();
    expect((await third[1])?.instance.computeId).toBe('s2');
    await expect(serverWatch.next(watched('s1'), 0, stop.signal)).rejects.toThrow('enough');
  });
});
