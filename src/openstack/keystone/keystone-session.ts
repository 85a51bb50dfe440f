import { confirmChange } from '../../lib/change-guard.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { untilAborted } from '../../lib/until-aborted.ts';
import { objectOf, textOf } from '../json.ts';
import { currentRequestScope } from '../request-scope.ts';
import { decodeCatalog, findEndpoint, type CatalogEndpoint, type EndpointWanted } from './catalog.ts';
import { createHttpClient, type ConnectionOptions, type Content, type HttpAnswer, type HttpCall, type HttpClient, type HttpClientSettings } from './http-client.ts';
import { readLogin, type Login, type LoginOptions } from './login.ts';
import { ServiceFailure } from './service-failure.ts';

export interface ServiceAddress extends EndpointWanted {
  /** For messages: `Neutron`. */
  readonly service: string;
  /** Used instead of the catalog. */
  readonly endpointOverride?: string | null;
  /** Used instead of the session's own: services have certificate authorities and time limits of their own. */
  readonly http?: HttpClient;
}

export interface ServiceCall {
  readonly method: HttpCall['method'];
  /** Below the endpoint, with its query: `/v2.0/ports?device_id=x`. */
  readonly path: string;
  readonly body?: unknown;
  /** Instead of `body`. */
  readonly content?: Content;
  readonly headers?: Readonly<Record<string, string>>;
  /** A caller's own token instead of the session's. */
  readonly token?: string;
  /** Error statuses that are answers for this caller (404 of a look-up, 409 of a rule that exists). */
  readonly accept?: readonly number[];
  readonly signal?: AbortSignal;
}

/**
 * A logged-in client of the cloud's services: gets a token, renews it before it ends and after a 401, finds endpoints in
 * the catalog. Calls throw ServiceFailure, which names service, call and reason.
 */
export interface KeystoneSession {
  request(address: ServiceAddress, call: ServiceCall): Promise<HttpAnswer>;
  /** The URL of a service, without a final slash. */
  endpoint(address: ServiceAddress, signal?: AbortSignal): Promise<string>;
  /** A token that is good for at least a minute; null when the session does without (auth_type none). */
  token(signal?: AbortSignal): Promise<string | null>;
  /** The user and project the session acts for; null when unscoped or without log-in. */
  identity(): Promise<{ readonly userId: string | null; readonly projectId: string | null }>;
  /** `.../v3` of the identity service; null without log-in. */
  readonly authUrl: string | null;
  close(): Promise<void>;
}

/** The settings are those of the session's own HTTP client. */
export interface KeystoneSessionOptions extends HttpClientSettings {
  /** Name of the configuration group, for messages: `service_auth`. */
  readonly group: string;
  readonly http?: HttpClient;
}

/** A session from the options of a configuration group. Throws ConfigError when log-in options are missing. */
export function createKeystoneSession(options: LoginOptions & ConnectionOptions, { group, http: given, ...settings }: KeystoneSessionOptions): KeystoneSession {
  const login = readLogin(options, group);
  const http = given ?? createHttpClient(options, settings);
  const grants = keepGrant(login, http, settings.clock ?? systemClock);
  const token = async (signal?: AbortSignal) => (await grants.current(signal))?.token ?? null;
  const endpoint = async (address: ServiceAddress, signal?: AbortSignal) => findAddress(address, await (address.endpointOverride ? null : grants.current(signal)));
  return {
    authUrl: login.kind === 'keystone' ? login.authUrl : null,
    token,
    endpoint,
    async identity() {
      const grant = await grants.current();
      return { userId: grant?.userId ?? null, projectId: grant?.projectId ?? null };
    },
    async request(address, call) {
      const own = call.token === undefined;
      const grant = own || !address.endpointOverride ? await grants.current(call.signal) : null;
      const base = findAddress(address, grant);
      const attempt = (authToken: string | null) => sendCall(address.http ?? http, address.service, `${base}${call.path}`, call, authToken);
      const used = own ? (grant?.token ?? null) : (call.token ?? null);
      try {
        return await attempt(used);
      } catch (error) {
        // The session's token was revoked before its time: one try with a new one. A caller's own token is his affair.
        if (!own || used === null || !(error instanceof ServiceFailure) || error.status !== 401) throw error;
        grants.forget(used);
        return attempt(await token(call.signal));
      }
    },
    close: () => http.close(),
  };
}

function sendCall(http: HttpClient, service: string, url: string, call: ServiceCall, token: string | null): Promise<HttpAnswer> {
  const scope = currentRequestScope();
  return http.send({
    service, method: call.method, url,
    headers: { ...(scope !== undefined && { 'x-openstack-request-id': scope.requestId }), ...call.headers, ...(token !== null && { 'x-auth-token': token }) },
    ...(call.body !== undefined && { body: call.body }),
    ...(call.content !== undefined && { content: call.content }),
    ...(call.accept !== undefined && { accept: call.accept }),
    ...(call.signal !== undefined && { signal: call.signal }),
    ...(call.method !== 'GET' && { confirm: confirmChange }),
  });
}

function findAddress(address: ServiceAddress, grant: Grant | null): string {
  if (address.endpointOverride) return address.endpointOverride.replace(/\/+$/, '');
  const found = grant === null ? null : findEndpoint(grant.catalog, address);
  if (found !== null) return found;
  const wanted = [...address.serviceTypes, address.serviceName, ...(address.interfaces ?? ['public']), address.region].filter(Boolean).join(', ');
  throw new ServiceFailure(address.service, 'find endpoint', { status: null, reason: `the service catalog has no endpoint for ${wanted}` });
}

interface Grant {
  readonly token: string;
  readonly expiresAtMs: number;
  readonly catalog: readonly CatalogEndpoint[];
  readonly userId: string | null;
  readonly projectId: string | null;
}

const RENEW_BEFORE_MS = 60_000;

/** Keeps one token alive; callers that come at once share one log-in. */
function keepGrant(login: Login, http: HttpClient, clock: Clock) {
  let grant: Grant | null = null;
  let pending: Promise<Grant> | null = null;
  return {
    async current(signal?: AbortSignal): Promise<Grant | null> {
      if (login.kind === 'none') return null;
      if (grant !== null && grant.expiresAtMs - clock.now() > RENEW_BEFORE_MS) return grant;
      signal?.throwIfAborted();
      pending ??= logIn(http, login).then((fresh) => (grant = fresh)).finally(() => { pending = null; });
      return untilAborted(pending, signal);
    },
    forget(token: string) {
      if (grant?.token === token) grant = null;
    },
  };
}

async function logIn(http: HttpClient, login: Extract<Login, { kind: 'keystone' }>): Promise<Grant> {
  const call = { service: 'Keystone', method: 'POST', url: `${login.authUrl}/auth/tokens`, body: login.body } as const;
  const answer = await http.send(call);
  const token = answer.headers['x-subject-token'];
  const body = decodeToken(answer.body);
  if (typeof token !== 'string' || body === null) {
    throw new ServiceFailure('Keystone', 'POST /v3/auth/tokens', { status: null, reason: 'the answer holds no token; is auth_url right?' });
  }
  return { token, ...body };
}

function decodeToken(raw: unknown): Omit<Grant, 'token'> | null {
  const token = objectOf(objectOf(raw)['token']);
  const expiresAtMs = Date.parse(String(token['expires_at']));
  if (!Number.isFinite(expiresAtMs)) return null;
  const idOf = (name: string) => textOf(objectOf(token[name])['id']);
  return { expiresAtMs, catalog: decodeCatalog(token['catalog']), userId: idOf('user'), projectId: idOf('project') };
}
