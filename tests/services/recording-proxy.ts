import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface RecordedCall {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly status: number;
  readonly answer: unknown;
  /** When it came, on the clock of `performance.now()`. */
  readonly at: number;
  readonly ms: number;
}

/** What happens to a call instead: no connection, no answer in time, or this status. `afterwards`: it is carried out all the same. */
export type Fault = { readonly kind: 'refused' | 'timeout' | 409 | 500; readonly afterwards?: boolean };
export type Ask = Pick<RecordedCall, 'service' | 'method' | 'path' | 'body'>;

export interface RecordingProxy {
  readonly calls: RecordedCall[];
  /** Decides the fate of each call; null lets it pass. */
  fault: ((call: Ask) => Fault | null) | null;
  /** Told of each answer before the caller gets it. */
  onAnswer: ((call: RecordedCall) => Promise<void>) | null;
  /** Makes a door to a service on this port. */
  listen(service: string, target: string, port: number): Promise<void>;
  close(): Promise<void>;
}

/** Stands in front of the services of a cloud: writes down what they are asked, and fails calls where a test wants it. */
export function createRecordingProxy(): RecordingProxy {
  const servers: ReturnType<typeof createServer>[] = [];
  const proxy: RecordingProxy = {
    calls: [], fault: null, onAnswer: null,
    async listen(service, target, port) {
      // A service that is not there any more refuses connections, and so do we for it.
      const server = createServer((incoming, response) => void pass(proxy, { service, target }, incoming, response).catch(() => incoming.socket.destroy()));
      servers.push(server);
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    },
    async close() {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => new Promise((resolve) => { server.close(resolve); })));
    },
  };
  return proxy;
}

async function pass(proxy: RecordingProxy, { service, target }: { service: string; target: string }, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedAt = performance.now();
  const sent = await buffer(incoming);
  const ask: Ask = { service, method: incoming.method ?? '', path: incoming.url ?? '', body: parse(sent) };
  const note = async (status: number, answer: unknown): Promise<void> => {
    const call = { ...ask, status, answer, at: startedAt, ms: Math.round(performance.now() - startedAt) };
    proxy.calls.push(call);
    await proxy.onAnswer?.(call);
  };
  if (isAmongServices(ask)) {
    const { status, headers, body } = await forward(target, incoming, sent);
    return void response.writeHead(status, headers).end(body);
  }
  const fault = proxy.fault?.(ask) ?? null;
  if (fault !== null && fault.afterwards !== true) {
    await note(0, fault.kind);
    return fail(fault, incoming, response);
  }
  const answered = await forward(target, incoming, sent);
  await note(answered.status, parse(answered.body));
  if (fault !== null) return fail(fault, incoming, response);
  response.writeHead(answered.status, answered.headers).end(answered.body);
}

/** Neutron finds Nova in the catalogue, as everybody does. */
function isAmongServices({ path }: Ask): boolean {
  return path.endsWith('/os-server-external-events');
}

function fail({ kind }: Fault, incoming: IncomingMessage, response: ServerResponse): void {
  if (kind === 'refused') return void incoming.socket.destroy();
  // The caller's own patience ends it.
  if (kind === 'timeout') return;
  response.writeHead(kind, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { code: kind, message: `made to fail with ${kind}` } }));
}

function forward(target: string, incoming: IncomingMessage, body: Buffer): Promise<{ status: number; headers: Record<string, string | string[]>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const { connection: _connection, 'transfer-encoding': _encoding, ...headers } = incoming.headers;
    const outgoing = request(`${target}${incoming.url ?? ''}`, { method: incoming.method, headers: { ...headers, 'content-length': body.length }, agent: false }, (answer) => {
      buffer(answer).then((content) => {
        const { connection: _close, 'transfer-encoding': _chunked, 'content-length': _length, ...kept } = answer.headers;
        const named = Object.fromEntries(Object.entries(kept).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
        resolve({ status: answer.statusCode ?? 502, headers: answer.statusCode === 204 ? named : { ...named, 'content-length': String(content.length) }, body: content });
      }, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function parse(body: Buffer): unknown {
  if (body.length === 0) return null;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return `${body.length} bytes`;
    throw error;
  }
}
