import { HttpFault } from './reply.ts';
import type { Reply } from './reply.ts';

export type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

export interface AgentRequest {
  /** Path parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Route<State> {
  readonly method: Method;
  /** Segments, `:name` takes one. */
  readonly path: string;
  readonly handle: (state: State, request: AgentRequest) => Promise<Reply> | Reply;
}

export interface MatchedRoute<State> {
  readonly route: Route<State>;
  readonly params: Readonly<Record<string, string>>;
}

/** The route of a request. A literal segment wins over a parameter. Throws HttpFault 404 or 405; HEAD is a GET without a body. */
export type Router<State> = (method: string, url: string) => MatchedRoute<State>;

/** Builds one router for all agents of a process: routes carry no state of their own. */
export function createRouter<State>(routes: readonly Route<State>[]): Router<State> {
  const patterns = routes.map((route) => ({ route, segments: route.path.split('/') }));
  const literals = (segments: readonly string[]): number => segments.filter((segment) => !segment.startsWith(':')).length;
  patterns.sort((left, right) => literals(right.segments) - literals(left.segments));
  return (method, url) => {
    const segments = decodePath(url);
    const onPath = patterns.flatMap(({ route, segments: pattern }) => {
      const params = match(pattern, segments);
      return params ? [{ route, params }] : [];
    });
    if (onPath.length === 0) throw new HttpFault(404);
    const wanted = method === 'HEAD' ? 'GET' : method;
    const found = onPath.find(({ route }) => route.method === wanted);
    if (!found) throw new HttpFault(405, '', { allow: allowed(onPath.map(({ route }) => route.method)) });
    return found;
  };
}

function allowed(methods: readonly Method[]): string {
  return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].join(', ');
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | null {
  if (pattern.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const actual = segments[index] ?? '';
    if (expected.startsWith(':')) {
      if (!isSafeSegment(actual)) return null;
      params[expected.slice(1)] = actual;
    } else if (expected !== actual) return null;
  }
  return params;
}

/** Parameters become file names: nothing that could leave a directory gets through. */
function isSafeSegment(segment: string): boolean {
  return /^[\w.:%@-]+$/.test(segment) && segment !== '.' && segment !== '..';
}

function decodePath(url: string): string[] {
  const path = url.split('?', 1)[0] ?? '';
  try {
    // As Flask merges them: the original's driver asks for the version at `//`.
    return path.replaceAll(/\/{2,}/g, '/').split('/').map(decodeURIComponent);
  } catch (error) {
    if (error instanceof URIError) throw new HttpFault(404);
    throw error;
  }
}
