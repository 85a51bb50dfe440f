import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent, buildConnector, ProxyAgent } from 'undici';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { reasonOf } from '../../lib/errors.ts';
import { type Logger, silentLogger } from '../../telemetry/logger.ts';
import { proxyFor } from './proxy.ts';
import { retryPolicy, type Outcome, type RetryOptions } from './retry-policy.ts';
import { connectionReason, reasonInBody, ServiceFailure } from './service-failure.ts';
import { systemTrust } from './trusted-authorities.ts';

/** Connection options of a configuration group (keystoneauth's session and adapter names). */
export interface ConnectionOptions extends RetryOptions {
  /** Instead of the authorities that the operating system trusts. */
  readonly cafile?: string | null;
  readonly certfile?: string | null;
  readonly keyfile?: string | null;
  readonly insecure?: boolean;
  /** Seconds. @default 60 */
  readonly timeout?: number | null;
}

export interface HttpCall {
  /** For messages: `Neutron`. */
  readonly service: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is instead of `body`; such calls may take an hour. */
  readonly content?: Content;
  /** Error statuses that count as answers. */
  readonly accept?: readonly number[];
  readonly signal?: AbortSignal;
  /** Awaited before every attempt; throws when the call is not to be made any more. */
  readonly confirm?: () => Promise<void>;
}

/** A body that is no JSON: the data of an image. */
export interface Content {
  readonly type: string;
  /** From its beginning; called once for every attempt. */
  open(): Readable;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The decoded JSON, or null when the body is none. */
  readonly body: unknown;
  readonly text: string;
  /** The body as it came: secrets may be binary. */
  readonly bytes: Buffer;
}

export interface HttpClient {
  /** Any answer below 400, past redirections, or of an accepted status; throws ServiceFailure otherwise, after the retries that make sense. */
  send(call: HttpCall): Promise<HttpAnswer>;
  close(): Promise<void>;
}

type Connections = Agent | ProxyAgent;

const REDIRECTIONS = [301, 302, 303, 305, 307, 308];
const MOST_REDIRECTIONS = 30;

const UPLOAD_MS = 3_600_000;

export interface HttpClientSettings {
  /** Told of pauses that services ask for. */
  readonly log?: Logger;
  /** For tests, as `wait` is. */
  readonly clock?: Clock;
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** An HTTP client with reused connections, TLS options, the proxies that the environment names, time limits and retries. */
export function createHttpClient(options: ConnectionOptions, { log = silentLogger, clock = systemClock, wait = waitMs }: HttpClientSettings = {}): HttpClient {
  const timeoutMs = (options.timeout ?? 60) * 1000;
  const tls = tlsOptions(options);
  const connecting = (isSecure: boolean): buildConnector.BuildOptions => {
    const trust = isSecure && tls.ca === undefined && tls.rejectUnauthorized !== false ? { secureContext: systemTrust(tls) } : {};
    return { timeout: Math.min(timeoutMs, 10_000), ...tls, ...trust };
  };
  const opened = new Map<string, Promise<Connections>>();
  const open = (key: string, protocol: string, proxy: string | null): Promise<Connections> => {
    const connect = connecting(protocol === 'https:' || proxy?.startsWith('https:') === true);
    const limits = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
    // Loaded with the first call: the library weighs as much as half a process that asks nobody.
    const agent = import('undici').then((undici) => (proxy === null
      ? new undici.Agent({ connect, ...limits })
      : throughProxy(() => new undici.ProxyAgent({ uri: proxy, requestTls: connect, proxyTls: connect, ...limits }))));
    opened.set(key, agent);
    agent.catch(() => opened.delete(key));
    return agent;
  };
  const agentFor = async (url: string): Promise<Connections> => {
    const target = new URL(url);
    const proxy = proxyFor(target, process.env);
    const key = `${target.protocol} ${proxy ?? ''}`;
    return opened.get(key) ?? open(key, target.protocol, proxy);
  };
  const policy = retryPolicy(options, clock);
  return {
    async send(call) {
      const nextTry = policy(call);
      for (;;) {
        await call.confirm?.();
        const outcome = await followCall(agentFor, call, timeoutMs);
        const retry = nextTry(outcome);
        if (retry?.isTold === true && outcome.kind === 'answer') {
          log.warn({ service: call.service, call: callName(call), status: outcome.answer.status, delayMs: retry.delayMs }, 'A service asks for a pause');
        }
        if (retry !== null) await wait(retry.delayMs, call.signal);
        else if (outcome.kind === 'answer' && isAccepted(call, outcome.answer.status)) return outcome.answer;
        else throw failureOf(call, outcome);
      }
    },
    async close() {
      await Promise.all([...opened.values()].map(async (agent) => (await agent).close()));
    },
  };
}

/** Redirections keep method, body and token, as keystoneauth's do: they lead from http to https, or to another path. */
async function followCall(agentFor: (url: string) => Promise<Connections>, call: HttpCall, timeoutMs: number): Promise<Outcome<HttpAnswer>> {
  let { url } = call;
  for (let left = MOST_REDIRECTIONS; ; left -= 1) {
    const outcome = await attemptCall(agentFor, { ...call, url }, timeoutMs);
    const location = outcome.kind === 'answer' && REDIRECTIONS.includes(outcome.answer.status) ? outcome.answer.headers.location : undefined;
    if (location === undefined || left === 0 || !URL.canParse(location, url)) return outcome;
    url = new URL(location, url).href;
  }
}

async function attemptCall(agentFor: (url: string) => Promise<Connections>, call: HttpCall, timeoutMs: number): Promise<Outcome<HttpAnswer>> {
  const { content } = call;
  const limitMs = content === undefined ? timeoutMs : UPLOAD_MS;
  const timeout = AbortSignal.timeout(limitMs);
  try {
    const { request } = await import('undici');
    const response = await request(call.url, {
      dispatcher: await agentFor(call.url),
      method: call.method,
      headers: { accept: 'application/json', ...(content !== undefined ? { 'content-type': content.type } : call.body !== undefined && { 'content-type': 'application/json' }), ...call.headers },
      body: content !== undefined ? content.open() : call.body === undefined ? null : JSON.stringify(call.body),
      ...(content !== undefined && { headersTimeout: limitMs }),
      signal: call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]),
    });
    const bytes = Buffer.from(await response.body.arrayBuffer());
    const text = bytes.toString('utf8');
    return { kind: 'answer', answer: { status: response.statusCode, headers: response.headers, body: parseJson(text), text, bytes } };
  } catch (error) {
    call.signal?.throwIfAborted();
    return { kind: 'error', error };
  }
}

/** Its address may hold a password, so it is not quoted. */
function throughProxy(open: () => ProxyAgent): ProxyAgent {
  try {
    return open();
  } catch (error) {
    throw new Error(`the proxy that the environment names cannot be used: ${reasonOf(error)}`, { cause: error });
  }
}

function callName({ method, url }: HttpCall): string {
  return `${method} ${new URL(url).pathname}`;
}

function failureOf(call: HttpCall, outcome: Outcome<HttpAnswer>): ServiceFailure {
  const name = callName(call);
  if (outcome.kind === 'error') return new ServiceFailure(call.service, name, { status: null, reason: connectionReason(outcome.error), cause: outcome.error });
  const { status, headers, body, text } = outcome.answer;
  const requestId = headers['x-openstack-request-id'];
  return new ServiceFailure(call.service, name, { status, reason: reasonInBody(body, text), body, requestId: typeof requestId === 'string' ? requestId : null, isPassing: headers['retry-after'] !== undefined });
}

function isAccepted(call: HttpCall, status: number): boolean {
  return (status < 400 && !REDIRECTIONS.includes(status)) || call.accept?.includes(status) === true;
}

function parseJson(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    // Proxies answer in HTML: the text tells more than a parse error.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function tlsOptions(options: ConnectionOptions): { readonly rejectUnauthorized?: false; readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer } {
  return {
    ...(options.insecure === true && { rejectUnauthorized: false as const }),
    ...(options.cafile && { ca: readFileSync(options.cafile) }),
    ...(options.certfile && { cert: readFileSync(options.certfile) }),
    ...(options.keyfile && { key: readFileSync(options.keyfile) }),
  };
}

async function waitMs(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal });
}
