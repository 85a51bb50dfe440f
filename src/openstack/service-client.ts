import { objectOf, objectsOf, textOf, type JsonObject } from './json.ts';
import type { Content, HttpAnswer, HttpCall } from './keystone/http-client.ts';
import type { KeystoneSession, ServiceAddress } from './keystone/keystone-session.ts';
import { ServiceFailure } from './keystone/service-failure.ts';

export type QueryValue = string | number | boolean | readonly string[] | null | undefined;

export interface ServiceCallOptions {
  /** Left-out values are not sent; a list repeats its name. */
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly body?: unknown;
  /** Instead of `body`. */
  readonly content?: Content;
  readonly headers?: Readonly<Record<string, string>>;
  /** A caller's own token instead of the service user's. */
  readonly token?: string;
  /** Error statuses that are answers. */
  readonly accept?: readonly number[];
  /** Of a list: only what the service gives at once. */
  readonly onePage?: true;
  readonly signal?: AbortSignal;
}

/** One service of the cloud, spoken to as the service user. Every call throws ServiceFailure, which names service, call and reason. */
export interface ServiceClient {
  /** For messages: `Neutron`. */
  readonly name: string;
  send(method: HttpCall['method'], path: string, options?: ServiceCallOptions): Promise<HttpAnswer>;
  /** The object below `key` of the answer; null after an accepted 404. */
  object(method: HttpCall['method'], path: string, key: string, options?: ServiceCallOptions): Promise<JsonObject | null>;
  /** All objects of a list, page after page. Throws when the answer holds none. */
  list(path: string, key: string, options?: ServiceCallOptions): Promise<readonly JsonObject[]>;
  /** True when it was there, false when it was gone already. */
  remove(path: string, options?: ServiceCallOptions): Promise<boolean>;
  /** The user and project that calls are made for. */
  identity(): ReturnType<KeystoneSession['identity']>;
}

interface ServiceClientOptions {
  readonly session: KeystoneSession;
  readonly address: ServiceAddress;
  /** Goes before every path: '/v2.0'. Empty when the endpoint has it. */
  readonly version: (endpoint: string) => string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function createServiceClient({ session, address, version, headers = {} }: ServiceClientOptions): ServiceClient {
  const name = address.service;
  const send = async (method: HttpCall['method'], path: string, options: ServiceCallOptions = {}): Promise<HttpAnswer> => {
    const prefix = version(await session.endpoint(address, options.signal));
    return session.request(address, {
      method, path: `${prefix}${path}${queryText(options.query ?? {})}`, headers: { ...headers, ...options.headers },
      ...(options.body !== undefined && { body: options.body }), ...(options.content !== undefined && { content: options.content }), ...(options.token !== undefined && { token: options.token }),
      ...(options.accept !== undefined && { accept: options.accept }), ...(options.signal !== undefined && { signal: options.signal }),
    });
  };
  return {
    name,
    send,
    async object(method, path, key, options) {
      const answer = await send(method, path, options);
      if (answer.status === 404) return null;
      const found = objectOf(answer.body)[key];
      if (typeof found !== 'object' || found === null) throw new ServiceFailure(name, `${method} ${path}`, { status: null, reason: `the answer holds no "${key}"` });
      return objectOf(found);
    },
    list: (path, key, options = {}) => readPages(name, send, path, key, options),
    async remove(path, options) {
      return (await send('DELETE', path, { ...options, accept: [404] })).status !== 404;
    },
    identity: () => session.identity(),
  };
}

/** What is no list is no answer: taken for an empty one, a proxy's page would have things made twice and others taken for gone. */
async function readPages(name: string, send: ServiceClient['send'], path: string, key: string, options: ServiceCallOptions): Promise<readonly JsonObject[]> {
  const found: JsonObject[] = [];
  let query = options.query ?? {};
  for (;;) {
    const body = objectOf((await send('GET', path, { ...options, query })).body);
    if (!Array.isArray(body[key])) throw new ServiceFailure(name, `GET ${path}`, { status: null, reason: `the answer holds no list "${key}"` });
    const page = objectsOf(body[key]);
    found.push(...page);
    const next = nextPage(body, key);
    if (next === null || page.length === 0 || options.onePage === true) return found;
    query = next;
  }
}

/** `<key>_links` of Neutron, Nova and Cinder, `next` of Glance. Only the query counts: links may name another host than we use. */
function nextPage(body: JsonObject, key: string): Record<string, QueryValue> | null {
  const link = textOf(objectsOf(body[`${key}_links`]).find(({ rel }) => rel === 'next')?.['href']) ?? textOf(body['next']);
  if (link === null) return null;
  const parameters = new URL(link, 'http://next').searchParams;
  return Object.fromEntries([...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name)]));
}

function queryText(query: Readonly<Record<string, QueryValue>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
