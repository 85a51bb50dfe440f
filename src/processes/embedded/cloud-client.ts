import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OctaviaError, reasonOf } from '../../lib/errors.ts';
import { readOpenrc } from './start-service.ts';

export type Json = Record<string, unknown>;

/** An answer with status 400 or more; `body` is the fault as it came. */
export class RequestRefused extends OctaviaError {
  readonly status: number;
  readonly body: unknown;
  constructor(method: string, path: string, status: number, body: unknown) {
    super('request-refused', `${method} ${path}: ${status} ${faultText(body)}`);
    this.status = status;
    this.body = body;
  }
}

/** Client of the embedded service: identity by the openrc that `up` wrote, then plain REST on every endpoint. */
export class CloudClient {
  readonly #url: string;
  readonly #token: string;

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  static async signIn(dataDir: string, openrc = 'openrc'): Promise<CloudClient> {
    const file = join(dataDir, openrc);
    if (!existsSync(file)) throw new OctaviaError('no-service', `There is no ${file}: start octavia up first, or name the directory of the one that runs with --data-dir.`);
    const variables = readOpenrc(file);
    const authUrl = variables['OS_AUTH_URL'] ?? '';
    const domain = { id: 'default' };
    const body = {
      auth: {
        identity: { methods: ['password'], password: { user: { name: variables['OS_USERNAME'], password: variables['OS_PASSWORD'], domain } } },
        scope: { project: { name: variables['OS_PROJECT_NAME'], domain } },
      },
    };
    const response = await fetch(`${authUrl.replace(/\/v3\/?$/, '')}/v3/auth/tokens`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }).catch((error: unknown) => {
      throw new OctaviaError('no-service', `Nothing answers at ${authUrl}, which ${file} names (${reasonOf(error)}): octavia up does not run.`, { cause: error });
    });
    const token = response.headers.get('x-subject-token');
    if (token === null) throw new RequestRefused('POST', '/v3/auth/tokens', response.status, await response.text());
    return new CloudClient(new URL(authUrl).origin, token);
  }

  async request(method: string, path: string, body?: unknown): Promise<Json> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { 'x-auth-token': this.#token, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = parse(text);
    if (response.status >= 400) throw new RequestRefused(method, path, response.status, parsed);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Json) : {};
  }

  /** Creates an object and returns what stands under its root key. */
  async create(path: string, root: string, fields: Json): Promise<Json & { id: string }> {
    const answer = await this.request('POST', path, { [root]: fields });
    return answer[root] as Json & { id: string };
  }

  async show(path: string, root: string): Promise<Json> {
    return (await this.request('GET', path))[root] as Json;
  }

  async list(path: string, root: string): Promise<readonly Json[]> {
    return (await this.request('GET', path))[root] as Json[];
  }

  /** Polls a load balancer until it is ACTIVE; throws when it is in ERROR or `timeoutMs` has passed. */
  async waitActive(loadBalancerId: string, timeoutMs = 30_000): Promise<Json> {
    const path = `/v2/lbaas/loadbalancers/${loadBalancerId}`;
    for (const deadline = Date.now() + timeoutMs; ; await pause(10)) {
      const shown = await this.show(path, 'loadbalancer');
      if (shown['provisioning_status'] === 'ACTIVE') return shown;
      if (shown['provisioning_status'] === 'ERROR' || Date.now() > deadline) {
        throw new OctaviaError('not-active', `Load balancer ${loadBalancerId} is ${String(shown['provisioning_status'])}, not ACTIVE. ${await this.#lastReason(loadBalancerId)}`.trimEnd());
      }
    }
  }

  /** Why it last failed, as its history says; empty when that tells nothing. */
  async #lastReason(loadBalancerId: string): Promise<string> {
    const events = await this.list(`/v2.0/octavia/events?loadbalancer_id=${loadBalancerId}`, 'events').catch(() => []);
    const reason = events.find(({ outcome }) => outcome === 'failure')?.['reason'];
    return typeof reason === 'string' ? reason : '';
  }

  /** Polls until the load balancer answers 404. */
  async waitGone(loadBalancerId: string, timeoutMs = 30_000): Promise<void> {
    for (const deadline = Date.now() + timeoutMs; ; await pause(10)) {
      try {
        await this.request('GET', `/v2/lbaas/loadbalancers/${loadBalancerId}`);
      } catch (error) {
        if (error instanceof RequestRefused && error.status === 404) return;
        throw error;
      }
      if (Date.now() > deadline) throw new OctaviaError('not-gone', `Load balancer ${loadBalancerId} is still there.`);
    }
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function faultText(body: unknown): string {
  if (typeof body === 'object' && body !== null) {
    if ('faultstring' in body) return String(body.faultstring);
    // Identity, network and server APIs have it one level deeper: `{error: {message}}`, `{NeutronError: {message}}`.
    const [fault] = Object.values(body) as readonly unknown[];
    if (typeof fault === 'object' && fault !== null && 'message' in fault) return String(fault.message);
  }
  return typeof body === 'string' ? body : JSON.stringify(body);
}
