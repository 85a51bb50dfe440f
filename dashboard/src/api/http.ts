/** A call that was refused or failed. `status` is 0 when no answer came. */
export class ServiceFault extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'ServiceFault';
    this.status = status;
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Told when the session has ended, so that the user can sign in again; resolves when the call may be repeated. */
type OnExpired = () => Promise<void>;
let onExpired: OnExpired | null = null;

/** Registers who asks the user to sign in again; the returned function takes it back. */
export function askWhenExpired(ask: OnExpired): () => void {
  onExpired = ask;
  return () => {
    onExpired = null;
  };
}

const BASE = '/dashboard/api';

/**
 * One call below /dashboard/api. The cookie goes along by itself; a 401 asks the user to sign in and repeats the call, so
 * that nothing typed is lost. `signal` ends what is on its way. Throws ServiceFault.
 */
export async function call<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await send(method, path, body, signal);
  const isSignIn = method === 'POST' && path === '/session';
  if (response.status === 401 && onExpired !== null && !isSignIn) {
    await onExpired();
    return decode<T>(await send(method, path, body, signal));
  }
  return decode<T>(response);
}

async function send(method: Method, path: string, body: unknown, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(BASE + path, {
      method,
      credentials: 'same-origin',
      headers: { accept: 'application/json', 'x-octavia-dashboard': '1', ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    });
  } catch (error) {
    throw unanswered(error);
  }
}

const unanswered = (error: unknown) => new ServiceFault(0, error instanceof Error ? error.message : String(error));

async function decode<T>(response: Response): Promise<T> {
  const text = await response.text().catch((error: unknown) => {
    throw unanswered(error);
  });
  const body: unknown = text === '' ? null : parse(text);
  if (!response.ok) throw new ServiceFault(response.status, reasonIn(body) ?? (text.slice(0, 300) || response.statusText));
  // What a service answers is described by its own definition: the types are generated from it.
  return body as T;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The sentence in a fault, whichever of OpenStack's shapes it has. */
function reasonIn(body: unknown): string | null {
  if (typeof body !== 'object' || body === null) return null;
  for (const [key, value] of Object.entries(body)) {
    if (typeof value === 'string' && ['faultstring', 'message', 'description', 'detail'].includes(key) && value !== '') return value;
    const inner = reasonIn(value);
    if (inner !== null) return inner;
  }
  return null;
}
