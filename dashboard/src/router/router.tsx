import { createContext, use, useCallback, useEffect, useMemo, useState, type AnchorHTMLAttributes, type ReactNode } from 'react';

const BASE = '/dashboard';

export interface Location {
  /** Below /dashboard, always with a leading slash. */
  readonly path: string;
  readonly query: URLSearchParams;
}

interface Router extends Location {
  readonly navigate: (to: string, options?: { replace?: boolean }) => void;
}

const RouterContext = createContext<Router | null>(null);

/** Keeps page and address together: every view has a link that opens it again. */
export function RouterProvider({ children }: { children: ReactNode }) {
  const [current, setCurrent] = useState(readLocation);
  useEffect(() => {
    const read = () => setCurrent(readLocation());
    addEventListener('popstate', read);
    return () => removeEventListener('popstate', read);
  }, []);
  const navigate = useCallback((to: string, { replace = false } = {}) => {
    if (replace) history.replaceState(null, '', BASE + to);
    else history.pushState(null, '', BASE + to);
    setCurrent(readLocation());
    if (!replace) scrollTo(0, 0);
  }, []);
  const router = useMemo(() => ({ ...current, navigate }), [current, navigate]);
  return <RouterContext value={router}>{children}</RouterContext>;
}

export function useRouter(): Router {
  const router = use(RouterContext);
  if (router === null) throw new Error('useRouter needs a RouterProvider above it.');
  return router;
}

/** One parameter of the address (a tab, a filter) as state; an empty text takes it out. */
export function useQueryState(name: string, initial = ''): [string, (value: string) => void] {
  const { path, query, navigate } = useRouter();
  const set = useCallback((value: string) => {
    const next = new URLSearchParams(query);
    if (value === initial || value === '') next.delete(name);
    else next.set(name, value);
    navigate(next.size === 0 ? path : `${path}?${next.toString()}`, { replace: true });
  }, [path, query, navigate, name, initial]);
  return [query.get(name) ?? initial, set];
}

/**
 * Filters in the address: `parameters` says the parameter of each, and stays the same between renders. The second value
 * sets one or several with one step; an empty text takes them out.
 */
export function useQueryFilters<N extends string>(parameters: Readonly<Record<N, string>>): [Readonly<Record<N, string>>, (names: readonly N[], value: string) => void] {
  const { path, query, navigate } = useRouter();
  // The same object until the address changes: what is filtered by it is filtered once.
  const filters = useMemo(() => Object.fromEntries((Object.keys(parameters) as N[]).map((name) => [name, query.get(parameters[name]) ?? ''])) as Record<N, string>, [query, parameters]);
  const set = useCallback((changed: readonly N[], value: string) => {
    const next = new URLSearchParams(query);
    for (const name of changed) {
      if (value === '') next.delete(parameters[name]);
      else next.set(parameters[name], value);
    }
    navigate(next.size === 0 ? path : `${path}?${next.toString()}`, { replace: true });
  }, [path, query, navigate, parameters]);
  return [filters, set];
}

type LinkProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> & { readonly to: string };

/** A real link that stays within the page when clicked plainly. */
export function Link({ to, onClick, ...rest }: LinkProps) {
  const { navigate } = useRouter();
  return (
    <a
      {...rest}
      href={BASE + to}
      onClick={(event) => {
        onClick?.(event);
        if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        navigate(to);
      }}
    />
  );
}

/** The address of a page of ours, for components that want a plain href. */
export const hrefOf = (to: string) => BASE + to;

function readLocation(): Location {
  const path = location.pathname.startsWith(BASE) ? location.pathname.slice(BASE.length) : '/';
  return { path: path.length > 1 ? path.replace(/\/+$/, '') : '/', query: new URLSearchParams(location.search) };
}
