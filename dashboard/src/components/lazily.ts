import { lazy, type ComponentType } from 'react';

/**
 * A component whose module is fetched when it is first shown; `name` tells it from the others. Where its files cannot be
 * fetched (the network has just changed, a newer build has replaced them), the page is loaded anew once: browsers and the
 * preloading of styles remember what failed.
 */
export const lazily = <P>(name: string, load: () => Promise<ComponentType<P>>) => lazy(() => orAnew(name, async () => ({ default: await load() })));

/** What `load` brings. At its first failure everything is loaded anew, at the next one, or while the service is away, it throws what `load` did. */
export async function orAnew<T>(name: string, load: () => Promise<T>): Promise<T> {
  const stored = `octavia-dashboard-loaded-anew-for-${name}`;
  try {
    const loaded = await load();
    sessionStorage.removeItem(stored);
    return loaded;
  } catch (error) {
    if (sessionStorage.getItem(stored) !== null || !(await isPageThere())) {
      sessionStorage.removeItem(stored);
      throw error;
    }
    sessionStorage.setItem(stored, 'yes');
    location.reload();
    // Nothing is shown until then.
    return new Promise<never>(() => undefined);
  }
}

/** How long a network that has just changed is given. */
const SETTLED_MS = 500;

/** Without it the browser would show an error of its own instead of ours. */
async function isPageThere(): Promise<boolean> {
  const ask = () => fetch(location.href, { cache: 'no-store' }).then(({ ok }) => ok, () => false);
  if (await ask()) return true;
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  return ask();
}
