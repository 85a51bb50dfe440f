import { useSyncExternalStore } from 'react';

/**
 * Whether anybody can see this page: false in a tab that stands behind another. What holds a connection open stops then: a
 * browser has six of them for all tabs of a service that speaks HTTP/1.1, and the seventh tab would show nothing.
 */
export function useIsVisible(): boolean {
  return useSyncExternalStore(subscribe, () => document.visibilityState === 'visible');
}

function subscribe(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}
