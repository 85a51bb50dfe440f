import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CloudClient } from './cloud-client.ts';

let directory: string;
let server: Server;
let refusal: unknown;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-cloud-client-'));
  server = createServer((request, response) => {
    if (request.url === '/identity/v3/auth/tokens') return void response.writeHead(201, { 'x-subject-token': 't' }).end('{}');
    response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(refusal));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  writeFileSync(join(directory, 'openrc'), `export OS_AUTH_URL=http://127.0.0.1:${(server.address() as AddressInfo).port}/identity/v3\n`);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true });
});

it.each([
  ['Octavia', { faultcode: 'Client', faultstring: 'Network nope could not be found.' }],
  ['servers and identity', { error: { code: 404, type: 'NetworkNotFound', message: 'Network nope could not be found.' } }],
  ['networks', { NeutronError: { type: 'NetworkNotFound', message: 'Network nope could not be found.', detail: '' } }],
])('a refusal of %s is told by its sentence', async (_name, body) => {
  refusal = body;
  const client = await CloudClient.signIn(directory);
  await expect(client.request('POST', '/octavia-embedded/v1/servers', {})).rejects.toThrow(/^POST \/octavia-embedded\/v1\/servers: 404 Network nope could not be found\.$/);
});
