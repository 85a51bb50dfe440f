import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { readProxyHeader, type ProxyHeader } from './proxy-header.ts';

/**
 * A member that tells what reached it, as JSON. Run as a program: `echo-server.ts NAME PKI-DIRECTORY`.
 * Ports: 80 HTTP, 81 HTTP behind the PROXY protocol, 82 lines of TCP, 443 HTTPS (HTTP/2 too, asks for a client
 * certificate), 444 the same with a revoked certificate, 445 with one of a foreign authority.
 */
const [name = '', pki = ''] = process.argv.slice(2);
const proxyHeaders = new WeakMap<object, ProxyHeader>();

function answer(request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse): void {
  request.resume();
  const url = new URL(request.url ?? '/', 'http://member');
  const waitMs = Number(url.searchParams.get('wait') ?? 0);
  const cookie = url.searchParams.get('set-cookie');
  // Cookies travel as UTF-8, which Node takes as Latin-1 when the body is bytes.
  if (cookie !== null) response.setHeader('set-cookie', Buffer.from(cookie, 'utf8').toString('latin1'));
  response.setHeader('content-type', 'application/json');
  setTimeout(() => response.end(Buffer.from(JSON.stringify(describe(request)))), waitMs);
}

function describe(request: IncomingMessage | Http2ServerRequest): Record<string, unknown> {
  const socket = request.socket as Partial<TLSSocket> & Socket;
  return {
    name, method: request.method, url: request.url, httpVersion: request.httpVersion, headers: request.headers, remoteAddress: socket.remoteAddress?.replace('::ffff:', ''),
    proxy: proxyHeaders.get(socket) ?? null,
    tls: socket.encrypted === true ? {
      serverName: socket.servername || null, alpn: socket.alpnProtocol || null, version: socket.getProtocol?.() ?? null, cipher: socket.getCipher?.().name ?? null,
      clientName: socket.getPeerCertificate?.().subject?.CN ?? null,
    } : null,
  };
}

function listenTls(port: number, certificate: string): void {
  const server = createSecureServer({
    allowHTTP1: true, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0',
    cert: readFileSync(join(pki, `${certificate}.crt`)), key: readFileSync(join(pki, `${certificate}.key`)),
  }, answer);
  server.listen(port);
}

const http = createServer(answer);
http.keepAliveTimeout = 120_000;
http.on('upgrade', (_request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  socket.pipe(socket);
});
http.listen(80);

createTcpServer((socket) => {
  socket.on('error', () => undefined);
  let seen = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    seen = Buffer.concat([seen, chunk]);
    const header = readProxyHeader(seen);
    if (!header) return;
    socket.off('data', read);
    proxyHeaders.set(socket, header);
    socket.pause();
    if (seen.length > header.length) socket.unshift(seen.subarray(header.length));
    http.emit('connection', socket);
    socket.resume();
  };
  socket.on('data', read);
}).listen(81);

createTcpServer((socket) => {
  socket.on('error', () => undefined);
  socket.write(`hello from ${name}\n`);
  socket.on('data', (chunk: Buffer) => socket.write(`${name} heard ${chunk.toString('utf8').trim()}\n`));
}).listen(82);

listenTls(443, 'member');
listenTls(444, 'revoked-member');
listenTls(445, 'foreign-member');
