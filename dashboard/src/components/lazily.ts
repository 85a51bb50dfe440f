import { lazy, type ComponentType } from 'react';

/** Files that are missing for longer than this after everything was loaded anew do not come back by that. */
const LOADED_ANEW_MS = 10_000;
const STORED = 'octavia-dashboard-loaded-anew-at';

/**
 * A component whose module is fetched when it is first shown. Where its files cannot be fetched (the network has just changed,
 * a newer build has replaced them), the page is loaded anew once: browsers and the preloading of styles remember what failed.
 */
export const lazily = <P>(load: () => Promise<ComponentType<P>>) => lazy(async () => {
  try {
    return { default: await load() };
  } catch (error) {
    if (!loadAnew()) throw error;
    // Nothing is shown until then.
    return new Promise<never>(() => undefined);
  }
});

function loadAnew(): boolean {
  if (Date.now() - Number(sessionStorage.getItem(STORED) ?? 0) < LOADED_ANEW_MS) return false;
  sessionStorage.setItem(STORED, String(Date.now()));
  location.reload();
  return true;
}
