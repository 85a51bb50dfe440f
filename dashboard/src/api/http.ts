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

/** What can be asked twice and got no answer is asked again after these: a network that has just changed breaks off whatever is under way. */
const ASK_AGAIN_MS = [100, 500];

/**
 * One call below /dashboard/api. The cookie goes along by itself; a 401 asks the user to sign in and repeats the call, so
 * that nothing typed is lost. `signal` ends what is on its way. Throws ServiceFault.
 */
export async function call<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const answer = await send(method, path, body, signal);
  const isSignIn = method === 'POST' && path === '/session';
  if (answer.response.status === 401 && onExpired !== null && !isSignIn) {
    await onExpired();
    return decode<T>(await send(method, path, body, signal));
  }
  return decode<T>(answer);
}

interface Answer {
  readonly response: Response;
  readonly text: string;
}

async function send(method: Method, path: string, body: unknown, signal: AbortSignal | undefined): Promise<Answer> {
  // Signing in or out once more leaves things as they are.
  const isRepeatable = method === 'GET' || path === '/session';
  for (const pauseMs of isRepeatable ? ASK_AGAIN_MS : []) {
    try {
      return await sendOnce(method, path, body, signal);
    } catch (error) {
      if (signal?.aborted === true) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return sendOnce(method, path, body, signal);
}

async function sendOnce(method: Method, path: string, body: unknown, signal: AbortSignal | undefined): Promise<Answer> {
  try {
    const response = await fetch(BASE + path, {
      method,
      credentials: 'same-origin',
      headers: { accept: 'application/json', 'x-octavia-dashboard': '1', ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    });
    return { response, text: await response.text() };
  } catch (error) {
    throw new ServiceFault(0, error instanceof Error ? error.message : String(error));
  }
}

function decode<T>({ response, text }: Answer): T {
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
