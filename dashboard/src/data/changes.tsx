import { useQueryClient, type QueryClient, type QueryKey } from '@tanstack/react-query';
import { createContext, use, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useRouter } from '../router/router.tsx';
import { useSession } from '../session/session.tsx';
import { createRereader, rereadIdle } from './rereader.ts';
import { useIsVisible } from './use-is-visible.ts';

/** An entry of the event history, as the API tells it. */
export interface HistoryEvent {
  readonly id: string;
  readonly number: number;
  readonly created_at: string;
  readonly loadbalancer_id: string | null;
  readonly project_id: string | null;
  readonly user_id: string | null;
  readonly request_id: string | null;
  readonly object_type: string;
  readonly object_id: string | null;
  readonly action: string;
  readonly outcome: string;
  readonly reason: string | null;
}

/** Statuses that changed within the watched load balancer. */
export interface StatusChanges {
  readonly loadbalancer_id: string;
  readonly changes: readonly { readonly id: string; readonly type: string; readonly provisioning_status: string; readonly operating_status: string }[];
}

/** What one listener, pool or member does per second. */
export interface ObjectRates {
  readonly id: string;
  readonly active_connections: number;
  readonly requests: number;
  readonly connections: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly errors: number;
  readonly responses_1xx: number;
  readonly responses_2xx: number;
  readonly responses_3xx: number;
  readonly responses_4xx: number;
  readonly responses_5xx: number;
}

/** Rates of those parts of the watched load balancer that do something. */
export interface Rates {
  readonly loadbalancer_id: string;
  readonly delay_seconds: number;
  readonly objects: readonly ObjectRates[];
}

export type Change =
  | { readonly kind: 'history'; readonly event: HistoryEvent }
  | { readonly kind: 'load-balancers'; readonly ids: readonly string[] }
  | { readonly kind: 'status'; readonly status: StatusChanges }
  | { readonly kind: 'rates'; readonly rates: Rates }
  /** Nobody knows what: everything that is shown is read anew. */
  | { readonly kind: 'anything' };

interface Changes {
  readonly subscribe: (listener: (change: Change) => void) => () => void;
  /** False while nothing is pushed: no connection, or a region of another service. */
  readonly isLive: boolean;
}

const ChangesContext = createContext<Changes | null>(null);

/** How often data is read anew where nothing is pushed. */
const FALLBACK_MS = 5000;

/**
 * Keeps one stream of changes open for the page, watching the load balancer that the address names, and marks what changed
 * as stale, so that every query on the screen is read again at once. A tab that nobody sees has none, and reads everything anew
 * when it is looked at again.
 */
export function ChangesProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const reread = useMemo(() => createRereader(client), [client]);
  const { session, reportExpired } = useSession();
  const { path, query } = useRouter();
  const [isLive, setLive] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const isVisible = useIsVisible();
  const hasMissed = useRef(false);
  const listeners = useRef(new Set<(change: Change) => void>());
  const watched = /^\/load-balancers\/([0-9a-f-]{36})/.exec(path)?.[1] ?? null;
  // Operators look at everybody's.
  const isEverybody = query.get('all') === '1' || path.startsWith('/operator');
  // A stream ends with the token it was opened with: one of a new sign-in needs a stream of its own.
  const scope = `${session.project?.id ?? ''}/${session.region ?? ''}/${session.expiresAt}`;

  useEffect(() => {
    const announce = (change: Change) => {
      for (const listener of listeners.current) listener(change);
    };
    const tell = (change: Change) => {
      markStale(client, reread, change);
      announce(change);
    };
    if (!isVisible) {
      hasMissed.current = true;
      return undefined;
    }
    if (!session.hasPush) {
      setLive(false);
      const readAnew = () => {
        void rereadIdle(client);
        announce({ kind: 'anything' });
      };
      if (hasMissed.current) readAnew();
      hasMissed.current = false;
      const timer = setInterval(readAnew, FALLBACK_MS);
      return () => clearInterval(timer);
    }
    const parameters = new URLSearchParams({ ...(watched !== null && { loadbalancer_id: watched }), ...(isEverybody && { all_projects: '1' }) });
    const source = new EventSource(`/dashboard/api/changes?${parameters.toString()}`);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const lose = () => {
      setLive(false);
      hasMissed.current = true;
    };
    source.addEventListener('open', () => {
      setLive(true);
      // What happened while the connection was away is read anew.
      if (hasMissed.current) tell({ kind: 'anything' });
      hasMissed.current = false;
    });
    source.addEventListener('error', () => {
      lose();
      // Where it was refused (a proxy whose service starts anew), the browser does not try again by itself.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(() => setAttempt((number) => number + 1), FALLBACK_MS);
    });
    source.addEventListener('history', (message) => tell({ kind: 'history', event: JSON.parse(message.data as string) as HistoryEvent }));
    source.addEventListener('load-balancers', (message) => tell({ kind: 'load-balancers', ids: (JSON.parse(message.data as string) as { ids: string[] }).ids }));
    source.addEventListener('status', (message) => tell({ kind: 'status', status: JSON.parse(message.data as string) as StatusChanges }));
    source.addEventListener('rates', (message) => tell({ kind: 'rates', rates: JSON.parse(message.data as string) as Rates }));
    source.addEventListener('expired', () => {
      source.close();
      lose();
      // Whoever does not sign in again leaves the page.
      reportExpired().catch(() => undefined);
    });
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [client, reread, session.hasPush, scope, watched, isEverybody, reportExpired, attempt, isVisible]);

  const changes = useMemo(() => ({
    isLive,
    subscribe(listener: (change: Change) => void) {
      listeners.current.add(listener);
      return () => {
        listeners.current.delete(listener);
      };
    },
  }), [isLive]);
  return <ChangesContext value={changes}>{children}</ChangesContext>;
}

export function useChanges(): Changes {
  const changes = use(ChangesContext);
  if (changes === null) throw new Error('useChanges needs a ChangesProvider above it.');
  return changes;
}

/** Calls `listener` for every change that is pushed, for as long as the component is there. */
export function useOnChange(listener: (change: Change) => void): void {
  const { subscribe } = useChanges();
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => subscribe((change) => latest.current(change)), [subscribe]);
}

/** Keys of queries about a load balancer start with `['load-balancer', id]`; the list takes care of itself. */
function markStale(client: QueryClient, reread: (queryKey: QueryKey) => void, change: Change): void {
  // Rates carry everything that they change.
  if (change.kind === 'rates') return;
  if (change.kind === 'anything') return void client.invalidateQueries();
  const ids = change.kind === 'load-balancers' ? change.ids : [change.kind === 'history' ? change.event.loadbalancer_id : change.status.loadbalancer_id];
  for (const id of ids) if (id !== null) reread(['load-balancer', id]);
}
