import { createSocket } from 'node:dgram';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { createServer as createTcpServer } from 'node:net';

/**
 * A member for tests of checks, UDP and networks. Run as a program: `member.ts NAME KIND:PORT...`, where KIND is `udp`
 * (answers its name), `tcp` (the same on connect), `http`, or `https=CERTIFICATE=KEY`.
 * HTTP: `/` answers the name, `/bytes?n=N` so many bytes, `/seen` the requests so far as JSON; `POST /code?n=503` sets
 * the status of every other path.
 */
const [name = '', ...specifications] = process.argv.slice(2);
const seen: Record<string, unknown>[] = [];
let code = 200;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://member');
  const number = Number(url.searchParams.get('n') ?? 0);
  if (url.pathname === '/') return void response.end(name);
  if (url.pathname === '/bytes') return void response.end(Buffer.alloc(number));
  if (url.pathname === '/seen') return void response.end(JSON.stringify(seen));
  if (url.pathname === '/code') {
    code = number;
    return void response.end();
  }
  seen.push({ method: request.method, url: request.url, version: request.httpVersion, host: request.headers.host ?? null });
  response.statusCode = code;
  response.end();
}

for (const specification of specifications) {
  const separator = specification.lastIndexOf(':');
  const [kind = '', certificate = '', key = ''] = specification.slice(0, separator).split('=');
  const port = Number(specification.slice(separator + 1));
  if (kind === 'udp') {
    const socket = createSocket('udp6');
    socket.on('message', (_, from) => socket.send(name, from.port, from.address));
    socket.bind(port);
  }
  if (kind === 'tcp') createTcpServer((socket) => socket.on('error', () => undefined).end(name)).listen(port);
  if (kind === 'http') createServer(answer).listen(port);
  if (kind === 'https') createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, answer).listen(port);
}
