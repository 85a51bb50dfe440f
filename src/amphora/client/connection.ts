import { connect, type Socket } from 'node:net';
import { buildConnector, Client } from 'undici';
import { confirmChange } from '../../lib/change-guard.ts';
import { reasonOf } from '../../lib/errors.ts';
import type { AmphoraEndpoint, Patience } from './amphora-client.ts';
import { faultApartFromTime, isOutOfTime } from './agent-identity.ts';
import { AgentCertificateOutOfTime, AmphoraRefused, AmphoraUnreachable } from './errors.ts';
import { persist, type RetryRules } from './patience.ts';

export interface AgentRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Below `/1.0/`. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: 'application/json' | 'text/plain' | 'application/octet-stream';
  /** Of the API request behind it. */
  readonly requestId?: string;
}

/** What callers use of a connection. */
export type AgentCalls = Pick<AgentConnection, 'send' | 'demand' | 'refusal'>;

export interface AgentResponse { readonly status: number; readonly etag: string | null; readonly text: string }

/** `[haproxy_amphora]` options of the transport and the PEM texts of both ends. */
export interface TransportOptions {
  readonly port: number;
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
  /** Interface of the management network, for link-local agents. */
  readonly linkLocalInterface: string;
  readonly clientCertPem: string;
  readonly serverCaPem: string;
  readonly retries: RetryRules;
}

const USER_AGENT = 'Octavia HaProxy Rest Client/1.0 (https://wiki.openstack.org/wiki/Octavia)';

/** One agent's kept-alive connections. The server must prove the amphora's id, whatever its address. */
export class AgentConnection {
  /** Two: a plug and a configuration check may run side by side; more handshakes would cost more than they save. */
  readonly #lanes: readonly { readonly client: Client; waiting: number }[];
  readonly #amphoraId: string;
  readonly #endpoint: AmphoraEndpoint;
  readonly #options: TransportOptions;

  /** `heedsTime`: false to speak to an agent whose certificate is used outside its time, in order to renew it. */
  constructor(endpoint: AmphoraEndpoint, options: TransportOptions, heedsTime = true) {
    this.#amphoraId = endpoint.amphoraId;
    this.#endpoint = endpoint;
    this.#options = options;
    const strict = buildConnector({
      ca: options.serverCaPem, cert: options.clientCertPem, key: options.clientCertPem, servername: endpoint.amphoraId,
      minVersion: 'TLSv1.2', timeout: options.connectTimeoutMs, rejectUnauthorized: heedsTime, ...(!heedsTime && { maxCachedSessions: 0 }),
    });
    const connector: typeof strict = heedsTime ? strict : (target, done) => strict(target, (error, socket) => {
      const fault = error ?? faultApartFromTime(socket, { amphoraId: endpoint.amphoraId, serverCaPem: options.serverCaPem, nowMs: Date.now() });
      if (fault === null && socket !== null) return done(null, socket);
      socket?.destroy();
      done(fault ?? new Error('There is no connection'), null);
    });
    const hostname = /^fe80:/i.test(endpoint.lbNetworkIp) ? `${endpoint.lbNetworkIp}%${options.linkLocalInterface}` : endpoint.lbNetworkIp;
    const lane = () => ({ waiting: 0, client: new Client(`https://${endpoint.amphoraId}:${options.port}`, {
      headersTimeout: options.readTimeoutMs, bodyTimeout: options.readTimeoutMs,
      keepAliveTimeout: 60_000, keepAliveMaxTimeout: 300_000,
      connect: (target, done) => {
        const wire = connect({ host: hostname, port: options.port, noDelay: true });
        connector({ ...target, hostname, host: hostname, httpSocket: wire }, (error, socket) => {
          if (error) return done(error, null);
          done(null, resetWhenGivenUp(socket, wire));
        });
      },
    }) });
    this.#lanes = [lane(), lane()];
  }

  /** Sends until someone answers or the patience ends; the answer may be an error status. Throws AmphoraUnreachable. */
  send(request: AgentRequest, patience: Patience, signal?: AbortSignal): Promise<AgentResponse> {
    const rule = patience === 'once' ? null : this.#options.retries[patience];
    return persist(rule, () => this.#attempt(request, signal), (error) => error instanceof AmphoraUnreachable && !(error instanceof AgentCertificateOutOfTime), signal);
  }

  /** As `send`, and throws AmphoraRefused for every status of 400 and above. */
  async demand(request: AgentRequest, patience: Patience, signal?: AbortSignal): Promise<AgentResponse> {
    const response = await this.send(request, patience, signal);
    if (response.status >= 400) throw this.refusal(request, response);
    return response;
  }

  /** The same calls, each carrying the id of an API request. */
  onBehalfOf(requestId: string): AgentCalls {
    return {
      send: (request, patience, signal) => this.send({ ...request, requestId }, patience, signal),
      demand: (request, patience, signal) => this.demand({ ...request, requestId }, patience, signal),
      refusal: (request, response) => this.refusal(request, response),
    };
  }

  /** A connection of its own to the same agent that puts up with a certificate used outside its time. To be closed. */
  forRenewal(): AgentConnection {
    return new AgentConnection(this.#endpoint, this.#options, false);
  }

  refusal(request: AgentRequest, response: AgentResponse): AmphoraRefused {
    return new AmphoraRefused(this.#amphoraId, `${request.method} ${request.path}`, { status: response.status, ...explain(response.text) });
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.client.destroy()));
  }

  async #attempt(request: AgentRequest, signal: AbortSignal | undefined): Promise<AgentResponse> {
    if (request.method !== 'GET') await confirmChange();
    let response: AgentResponse & { contentType: string };
    const lane = this.#lanes.reduce((best, other) => (other.waiting < best.waiting ? other : best));
    lane.waiting += 1;
    try {
      const answer = await lane.client.request({
        method: request.method, path: `/1.0/${request.path}`,
        headers: { 'user-agent': USER_AGENT, ...(request.requestId !== undefined && { 'x-openstack-request-id': request.requestId }), ...(request.body !== undefined && { 'content-type': request.contentType ?? 'application/json' }) },
        ...(request.body !== undefined && { body: request.body }),
        ...(signal && { signal }),
      });
      response = { status: answer.statusCode, etag: header(answer.headers.etag), contentType: header(answer.headers['content-type']) ?? '', text: await answer.body.text() };
    } catch (error) {
      if (signal?.aborted) throw error;
      throw isOutOfTime(error) ? new AgentCertificateOutOfTime(this.#amphoraId, reasonOf(error), error) : new AmphoraUnreachable(this.#amphoraId, explainConnection(error), error);
    } finally {
      lane.waiting -= 1;
    }
    // The agent answers before its machine has seen the hot-plugged interface; the original waits for it as for a boot.
    const isNotReady = response.status === 404
      && (!response.contentType.includes('application/json') || response.text.includes('No suitable network interface found'));
    if (isNotReady) throw new AmphoraUnreachable(this.#amphoraId, explain(response.text).details || 'its agent is not ready');
    return response;
  }
}

/**
 * A request that is given up must not arrive any more: after a partition the kernel would deliver what it still holds of a
 * connection that was closed in good order, and an old configuration could overwrite a newer one.
 */
function resetWhenGivenUp<S extends Socket>(socket: S, wire: Socket): S {
  const destroy = socket.destroy.bind(socket);
  const close = wire.destroy.bind(wire);
  socket.destroy = (error) => {
    if (error && !isOrderly(error)) {
      // TLS closes the wire itself and waits for its end: one that was gone before would keep it, and all later requests, waiting.
      wire.destroy = () => {
        wire.destroy = close;
        return wire.resetAndDestroy();
      };
    }
    return destroy(error);
  };
  return socket;
}

/** undici's word for a connection that is closed after an answer, at the wish of either side; an abort has the same code. */
function isOrderly(error: Error): boolean {
  return 'code' in error && error.code === 'UND_ERR_INFO' && error.message !== 'aborted';
}

function header(value: string | string[] | undefined): string | null {
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined ? null : text.replace(/^W\//, '').replaceAll('"', '');
}

/** Says what an operator can do about a certificate. */
function explainConnection(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (FOREIGN_SIGNER.includes(code)) return `${reasonOf(error)}: no authority of [haproxy_amphora] server_ca has signed its certificate; add the one that has, or fail the amphora over`;
  if (code.startsWith('ERR_SSL_') && code.includes('ALERT')) return `${reasonOf(error)}: its agent refuses the certificate of [haproxy_amphora] client_cert; look at its dates, its authority and the clocks`;
  return reasonOf(error);
}

const FOREIGN_SIGNER = ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'CERT_SIGNATURE_FAILURE'];

/** Handlers answer {message, details}; the HTTP layer {error, http_code}; a proxy anything. */
function explain(text: string): { message: string; details: string } {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    return { message: error instanceof SyntaxError ? text.slice(0, 500) : reasonOf(error), details: '' };
  }
  const field = (name: string): string => {
    const value = typeof body === 'object' && body !== null ? Object.entries(body).find(([key]) => key === name)?.[1] : undefined;
    return typeof value === 'string' ? value : '';
  };
  return { message: field('message') || field('error'), details: field('details') };
}
