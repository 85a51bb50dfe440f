/** A request of one case, told in names: `$name` stands for the id of the seeded object of that name. */
export interface Exchange {
  readonly method: string;
  /** From `/v2.0` on, unless `isAbsolute`. */
  readonly path: string;
  /** An object becomes JSON; text is sent as it stands. */
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isAbsolute?: boolean;
}

/** Requests that are sent one after the other to each API on equal data; the rows are put back afterwards. */
export interface Case {
  readonly name: string;
  readonly exchanges: readonly Exchange[];
}

/** A case of one request, named after it. */
export function single(method: string, path: string, body?: object | string, headers?: Readonly<Record<string, string>>): Case {
  const shown = body === undefined ? '' : ` ${typeof body === 'string' ? body : JSON.stringify(body)}`;
  const shownHeaders = headers === undefined ? '' : ` with ${JSON.stringify(headers)}`;
  return { name: `${method} ${path}${shown.slice(0, 300)}${shownHeaders}`, exchanges: [exchange(method, path, body, headers)] };
}

export function exchange(method: string, path: string, body?: object | string, headers?: Readonly<Record<string, string>>): Exchange {
  return { method, path, ...(body !== undefined && { body }), ...(headers !== undefined && { headers }) };
}

/** Paths outside of `/v2.0`. */
export function absolute(method: string, path: string, headers?: Readonly<Record<string, string>>): Case {
  const made = single(method, path, undefined, headers);
  return { name: made.name, exchanges: made.exchanges.map((one) => ({ ...one, isAbsolute: true })) };
}

export interface Answered {
  readonly status: number;
  readonly contentType: string | null;
  /** Parsed where it is JSON. */
  readonly body: unknown;
}

/** An administrator, as Keystone's middleware would tell of one: believed with `auth_strategy = testing`. */
export const ADMINISTRATOR = { 'x-project-id': '5b7f8d8a00000000000000000000cccc', 'x-user-id': 'admin', 'x-roles': 'admin,member,reader' } as const;

/** Sends the exchange with names replaced by ids. */
export async function send(url: string, ids: ReadonlyMap<string, string>, wanted: Exchange): Promise<Answered> {
  const named = (text: string) => text.replaceAll(/\$([a-z][a-z0-9-]*)/g, (whole, name: string) => ids.get(name) ?? whole);
  const body = wanted.body === undefined ? undefined : named(typeof wanted.body === 'string' ? wanted.body : JSON.stringify(wanted.body));
  const response = await fetch(`${url}${wanted.isAbsolute === true ? '' : '/v2.0'}${named(wanted.path)}`, {
    method: wanted.method, headers: { ...ADMINISTRATOR, accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }), ...wanted.headers }, ...(body !== undefined && { body }),
    redirect: 'manual', signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  return { status: response.status, contentType: response.headers.get('content-type')?.split(';')[0] ?? null, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
