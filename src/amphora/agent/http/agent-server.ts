import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SecureVersion } from 'node:tls';
import { OctaviaError, reasonOf } from '../../../lib/errors.ts';
import { HttpFault, Refusal, json } from './reply.ts';
import type { Reply } from './reply.ts';
import type { Router } from './router.ts';

/** haproxy configurations of large load balancers are a few megabytes. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

export interface AgentServerOptions<State> {
  readonly state: State;
  readonly router: Router<State>;
  readonly listen: { readonly host: string; readonly port: number };
  /** Files on this machine: certificate with key, and the CA of the controllers. */
  readonly certificateFile: string;
  readonly clientCaFile: string;
  readonly minVersion: SecureVersion;
  readonly requestTimeoutMs: number;
  /** Told about every failure that was answered with 500. */
  readonly onFailure: (error: unknown, request: AgentRequestLine) => void;
  /** Told about every answer. */
  readonly onAnswer?: (request: AgentRequestLine & { readonly status: number; readonly ms: number }) => void;
}

/** A request as the log names it; `req` is the id of the API request behind it, when the controller says so. */
export interface AgentRequestLine { readonly method: string; readonly path: string; readonly req?: string }

export interface AgentServer {
  readonly address: { readonly host: string; readonly port: number };
  /** Serves the certificate file's present content to new connections. */
  reloadCertificate(): Promise<void>;
  close(): Promise<void>;
}

/** The mutual-TLS server of one agent: only clients with a certificate of the controllers' CA get past the handshake. */
export async function startAgentServer<State>(options: AgentServerOptions<State>): Promise<AgentServer> {
  const secureContext = async (): Promise<{ key: Buffer; cert: Buffer; ca: Buffer; minVersion: SecureVersion }> => {
    const [pem, ca] = await Promise.all([readFile(options.certificateFile), readFile(options.clientCaFile)]);
    return { key: pem, cert: pem, ca, minVersion: options.minVersion };
  };
  const server = createServer({ ...(await secureContext()), requestCert: true, rejectUnauthorized: true, requestTimeout: options.requestTimeoutMs });
  server.keepAliveTimeout = 65_000;
  server.on('request', (request, response) => {
    const startedAt = performance.now();
    void answer(options, request).then((reply) => {
      send(request, response, reply);
      options.onAnswer?.({ ...lineOf(request), status: reply.status, ms: Math.round((performance.now() - startedAt) * 10) / 10 });
    });
  });
  await listen(server, options.listen);
  return {
    address: addressOf(server),
    async reloadCertificate() { server.setSecureContext(await secureContext()); },
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

/** Never rejects: every failure becomes an answer. */
async function answer<State>(options: AgentServerOptions<State>, request: IncomingMessage): Promise<Reply> {
  const line = lineOf(request);
  try {
    const { route, params } = options.router(line.method, line.path);
    return await route.handle(options.state, { params, body: await readBody(request) });
  } catch (error) {
    if (error instanceof Refusal || error instanceof HttpFault) return error.reply;
    options.onFailure(error, line);
    return json(500, { message: 'Internal error', details: reasonOf(error) });
  }
}

function lineOf(request: IncomingMessage): AgentRequestLine {
  const req = request.headers['x-openstack-request-id'];
  // Whatever stands in a log line must not be as long as a header may be.
  return { method: request.method ?? 'GET', path: request.url ?? '/', ...(typeof req === 'string' && { req: req.slice(0, 64) }) };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new HttpFault(413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  if (response.destroyed) return;
  response.writeHead(reply.status, { ...reply.headers, 'content-length': Buffer.byteLength(reply.body) });
  response.end(request.method === 'HEAD' ? undefined : reply.body);
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new OctaviaError('agent-cannot-listen', `The agent cannot listen on ${host}:${port}: ${error.message}`, { cause: error })));
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function addressOf(server: Server): { host: string; port: number } {
  const address = server.address() as AddressInfo;
  return { host: address.address, port: address.port };
}
