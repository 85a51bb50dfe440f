import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { orAnew } from '../../dashboard/src/components/lazily.ts';

const reload = vi.fn<() => void>();
let isServiceThere = true;
beforeEach(() => {
  const stored = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => stored.get(key) ?? null, setItem: (key: string, value: string) => void stored.set(key, value), removeItem: (key: string) => void stored.delete(key),
  });
  vi.stubGlobal('location', { reload, href: 'http://octavia/dashboard/' });
  isServiceThere = true;
  vi.stubGlobal('fetch', async () => {
    if (!isServiceThere) throw new TypeError('Failed to fetch');
    return new Response('the page');
  });
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  reload.mockReset();
});

/** Files that a proxy gives up after a minute. */
const missing = async () => {
  vi.setSystemTime(Date.now() + 60_000);
  throw new TypeError('Failed to fetch dynamically imported module');
};
const there = async () => 'a component';

it('loads everything anew once where files are missing, and then says so, however long each attempt takes', async () => {
  void orAnew('TopologyTab', missing);
  await vi.waitFor(() => expect(reload).toHaveBeenCalledTimes(1));
  // The page around it is there each time.
  expect(await orAnew('LoadBalancerPage', there)).toBe('a component');
  await expect(orAnew('TopologyTab', missing)).rejects.toThrow('Failed to fetch');
  expect(reload).toHaveBeenCalledTimes(1);
});

it('does so again for files that were there meanwhile', async () => {
  for (const times of [1, 2]) {
    void orAnew('ListPage', missing);
    await vi.waitFor(() => expect(reload).toHaveBeenCalledTimes(times));
    expect(await orAnew('ListPage', there)).toBe('a component');
  }
});

it('stays and says so while the service is away, and loads everything anew when it is back', async () => {
  isServiceThere = false;
  await expect(orAnew('ListPage', missing)).rejects.toThrow('dynamically imported');
  expect(reload).not.toHaveBeenCalled();
  isServiceThere = true;
  void orAnew('ListPage', missing);
  await vi.waitFor(() => expect(reload).toHaveBeenCalledTimes(1));
});
