import 'reflect-metadata';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { createPrivateKey, KeyObject, webcrypto } from 'node:crypto';
import { SubjectAlternativeNameExtension, X509Certificate, X509CertificateGenerator } from '@peculiar/x509';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority, type Authority } from '../../drivers/certs/authority.ts';
import { guardChanges } from '../../lib/change-guard.ts';
import { AgentCertificateOutOfTime } from './errors.ts';
import { createAmphoraClientFactory } from './rest-client.ts';
import { pauses, type RetryRules } from './patience.ts';
import type { AmphoraClientFactory } from './amphora-client.ts';

const AMPHORA = '8d4a8f2e-0c56-4f0e-9f0f-2a5d1c3b7e90';
const LB = '5d42e645-9e7f-416e-8458-3f032b09ea57';
const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const QUICK: RetryRules = { boot: { maxRetries: 2000, intervalMs: 5 }, active: { maxRetries: 3, intervalMs: 5 }, failover: { maxRetries: 2, intervalMs: 5 } };
let serverCa: Authority;
let clientCa: Authority;
const open: { close(): unknown }[] = [];
beforeAll(async () => {
  [serverCa, clientCa] = await Promise.all([createAuthority('server', 3600), createAuthority('client', 3600)]);
});
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

async function agent(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void, name: string | { cert: string; key: string } = AMPHORA): Promise<{ server: Server; port: number }> {
  const own = typeof name === 'string' ? await serverCa.issue(name, 3600) : { certificatePem: name.cert, privateKeyPem: name.key };
  const server = createServer({ cert: own.certificatePem, key: own.privateKeyPem, ca: clientCa.certificatePem, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => answer(request, response, body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  open.push({ close: () => { server.closeAllConnections(); server.close(); } });
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

async function factory(port: number, retries = QUICK): Promise<AmphoraClientFactory> {
  const issued = await clientCa.issue('controller', 3600);
  const made = createAmphoraClientFactory({ port, retries, connectTimeoutMs: 2000 }, { clientCertPem: issued.certificatePem + issued.privateKeyPem, serverCaPem: serverCa.certificatePem });
  open.push(made);
  return made;
}
const endpoint = { amphoraId: AMPHORA, lbNetworkIp: '127.0.0.1' };
const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

test('an agent that closes its connection after each answer, as the original\'s does, is asked on and on', async () => {
  const { port } = await agent((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end('{}');
  });
  const client = (await factory(port)).connect(endpoint, 'once');
  for (let times = 0; times < 6; times += 1) expect(await client.listListeners()).toEqual([]);
});

test('requests that were given up leave the way free for others', async () => {
  let isSilent = true;
  const { port } = await agent((_request, response) => { if (!isSilent) json(response, 200, []); });
  const made = await factory(port);
  for (let times = 0; times < 4; times += 1) {
    const asking = made.connect(endpoint, 'once', AbortSignal.timeout(100)).listListeners();
    await expect(asking).rejects.toThrow();
  }
  isSilent = false;
  const client = made.connect(endpoint, 'once');
  expect(await Promise.all(Array.from({ length: 6 }, () => client.listListeners()))).toHaveLength(6);
});

test('each attempt at a change is confirmed before it is sent: one that waited for the agent may have been overtaken', async () => {
  const seen: string[] = [];
  const { port } = await agent((request, response) => {
    seen.push(String(request.method));
    response.writeHead(404, { 'content-type': 'text/html' }).end('not ready');
  });
  const client = (await factory(port)).connect(endpoint, 'boot');
  let asked = 0;
  const confirm = async (): Promise<void> => { if ((asked += 1) > 1) throw new Error('another worker has it'); };
  await expect(guardChanges(confirm, () => client.uploadHaproxy(LB, 'global\n'))).rejects.toThrow('another worker has it');
  expect([seen, asked]).toEqual([['PUT'], 2]);
});

test('calls carry the documented verb, path and body over one kept connection', async () => {
  const seen: string[] = [];
  let connections = 0;
  const { server, port } = await agent((request, response, body) => {
    seen.push(`${request.method} ${request.url} ${request.headers['content-type'] ?? ''} ${body}`);
    json(response, 202, { message: 'OK' });
  });
  server.on('secureConnection', () => (connections += 1));
  const client = (await factory(port)).connect(endpoint, 'active');
  await client.uploadHaproxy(LB, 'global\n');
  await client.reload(LB);
  await client.uploadCertificate(LB, 'a.pem', 'PEM');
  await client.deleteListener(LB);
  await client.plugNetwork({ mac_address: 'fa:16:3e:00:00:01' });
  await client.setInterfaceRules('10.0.0.1', [{ protocol: 'VRRP', cidr: null, port: 112 }]);
  await client.uploadVrrp('vrrp_instance');
  await client.vrrp('start');
  expect(seen).toEqual([
    `PUT /1.0/loadbalancer/${AMPHORA}/${LB}/haproxy text/plain global\n`,
    `PUT /1.0/loadbalancer/${LB}/reload  `,
    `PUT /1.0/loadbalancer/${LB}/certificates/a.pem text/plain PEM`,
    `DELETE /1.0/listeners/${LB}  `,
    'POST /1.0/plug/network application/json {"mac_address":"fa:16:3e:00:00:01"}',
    'PUT /1.0/interface/10.0.0.1/rules application/json [{"protocol":"VRRP","cidr":null,"port":112}]',
    'PUT /1.0/vrrp/upload text/plain vrrp_instance',
    'PUT /1.0/vrrp/start  ',
  ]);
  expect(connections).toBe(1);
});

test('calls made for an API request carry its id, others none', async () => {
  const seen: unknown[] = [];
  const { port } = await agent((request, response) => {
    seen.push(request.headers['x-openstack-request-id']);
    json(response, 202, { message: 'OK' });
  });
  const clients = await factory(port);
  await clients.connect(endpoint, 'once', undefined, 'req-1').reload(LB);
  await clients.connect(endpoint, 'once').reload(LB);
  expect(seen).toEqual(['req-1', undefined]);
});

test('an agent whose certificate names another amphora is not spoken to', async () => {
  const { port } = await agent((_request, response) => json(response, 200, {}), 'another-amphora');
  await expect((await factory(port)).connect(endpoint, 'once').waitUntilReachable()).rejects.toMatchObject({ code: 'amphora-unreachable' });
});

describe('an agent whose certificate is used outside its time', () => {
  const pemOf = async (authority: Authority, name: string, [from, until]: readonly [number, number]): Promise<{ cert: string; key: string }> => {
    const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
    const issuer = new X509Certificate(authority.certificatePem);
    const certificate = await X509CertificateGenerator.create({
      subject: [{ CN: [name] }], issuer: issuer.subject, notBefore: new Date(Date.now() + from * 1000), notAfter: new Date(Date.now() + until * 1000), publicKey: keys.publicKey,
      signingKey: createPrivateKey(authority.privateKeyPem).toCryptoKey(P256, true, ['sign']), signingAlgorithm: P256, extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: name }])],
    });
    return { cert: certificate.toString('pem'), key: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString() };
  };
  const EXPIRED = [-200, -100] as const;
  const FUTURE = [100, 200] as const;

  test.each([['expired', EXPIRED], ['not yet valid', FUTURE]])('(%s) is told nothing, at once, but can be given another certificate', async (_, time) => {
    const seen: string[] = [];
    const { port } = await agent((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      json(response, 202, { message: 'OK' });
    }, await pemOf(serverCa, AMPHORA, time));
    const client = (await factory(port, { ...QUICK, boot: { maxRetries: 1000, intervalMs: 60_000 } })).connect(endpoint, 'boot');
    await expect(client.reload(LB)).rejects.toBeInstanceOf(AgentCertificateOutOfTime);
    await client.uploadAgentCertificate('PEM');
    expect(seen).toEqual(['PUT /1.0/certificate']);
  });

  test.each([
    ['of another amphora', async () => pemOf(serverCa, 'another-amphora', EXPIRED)],
    ['of another authority', async () => pemOf(clientCa, AMPHORA, EXPIRED)],
    ['that claims to be of ours', async () => pemOf(await createAuthority('server', 3600), AMPHORA, EXPIRED)],
  ])('is given nothing when it is one %s', async (_, make) => {
    let calls = 0;
    const { port } = await agent((_request, response) => {
      calls += 1;
      json(response, 202, {});
    }, await make());
    await expect((await factory(port)).connect(endpoint, 'once').uploadAgentCertificate('PEM')).rejects.toMatchObject({ code: 'amphora-unreachable' });
    expect(calls).toBe(0);
  });
});

test('a refusal carries the status and the agent\'s own words, and is not repeated', async () => {
  let calls = 0;
  const { port } = await agent((_request, response) => {
    calls += 1;
    json(response, 400, { message: 'Invalid request', details: '[ALERT] unknown keyword' });
  });
  await expect((await factory(port)).connect(endpoint, 'boot').uploadHaproxy(LB, 'x')).rejects.toMatchObject({
    code: 'amphora-refused', status: 400, agentMessage: 'Invalid request', details: '[ALERT] unknown keyword',
  });
  expect(calls).toBe(1);
});

test.each([
  ['an agent that is still starting', (response: ServerResponse) => response.writeHead(404, { 'content-type': 'text/html' }).end('<html>')],
  ['an interface that has not appeared', (response: ServerResponse) => json(response, 404, { message: 'Error', details: 'No suitable network interface found' })],
  ['a connection that breaks', (response: ServerResponse) => response.destroy()],
])('%s is waited for', async (_name, stumble) => {
  let calls = 0;
  const { port } = await agent((_request, response) => {
    calls += 1;
    if (calls < 3) stumble(response);
    else json(response, 202, { message: 'OK' });
  });
  await (await factory(port)).connect(endpoint, 'boot').plugVip('10.0.0.9', { subnet_cidr: '10.0.0.0/24', gateway: null, mac_address: 'fa:16:3e:00:00:01' });
  expect(calls).toBe(3);
});

test('a request that is given up cannot arrive later: its connection is reset, not closed in good order', async () => {
  const given = new AbortController();
  // Not within the server's own read, which would see the end of TLS only.
  const { server, port } = await agent(() => void setTimeout(() => given.abort(), 20));
  const ending = new Promise<string>((resolve) => {
    server.on('secureConnection', (socket) => {
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
      socket.on('end', () => resolve('in good order'));
    });
  });
  const client = (await factory(port)).connect(endpoint, 'once', given.signal);
  await expect(client.uploadHaproxy(LB, 'global')).rejects.toThrow();
  expect(await ending).toBe('ECONNRESET');
});

test('nor can what was on its way to an agent that took no more of it', async () => {
  const MOST = 32_000_000;
  const own = await serverCa.issue(AMPHORA, 3600);
  const server = createTlsServer({ cert: own.certificatePem, key: own.privateKeyPem });
  server.listen(0, '127.0.0.1');
  const accepted = once(server, 'secureConnection') as Promise<[TLSSocket]>;
  await once(server, 'listening');
  open.push({ close: () => server.close() });
  const address = server.address();
  const given = new AbortController();
  const client = (await factory(typeof address === 'object' && address !== null ? address.port : 0)).connect(endpoint, 'once', given.signal);
  const uploading = client.uploadHaproxy(LB, 'x'.repeat(MOST));
  const [socket] = await accepted;
  // Time for what the two kernels hold; counted from the handshake on, however long that took.
  setTimeout(() => given.abort(), 200);
  await expect(uploading).rejects.toThrow();
  let arrived = 0;
  socket.on('data', (piece: Buffer) => (arrived += piece.length));
  await expect(once(socket, 'end')).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(arrived).toBeLessThan(MOST);
});

test('an interface that is plugged already counts as plugged', async () => {
  const { port } = await agent((_request, response) => json(response, 409, { message: 'Interface already exists' }));
  await (await factory(port)).connect(endpoint, 'once').plugVip('10.0.0.9', { subnet_cidr: '10.0.0.0/24', gateway: null, mac_address: 'fa:16:3e:00:00:01' });
});

test('checksums come from the ETag, and no file has none', async () => {
  const { port } = await agent((request, response) => {
    if (request.url?.includes('certificates') === true) return json(response, 404, { message: 'No certificate with filename: a.pem' });
    return void response.writeHead(200, { 'content-type': 'text/plain', etag: '"d41d8"' }).end('global');
  });
  const client = (await factory(port)).connect(endpoint, 'once');
  expect(await client.getHaproxyChecksum(LB)).toBe('d41d8');
  expect(await client.getCertificateChecksum(LB, 'a.pem')).toBeNull();
});

test('facts are read from the original agent\'s texts', async () => {
  const { port } = await agent((request, response) => json(response, 200, request.url === '/1.0/info'
    ? { hostname: 'amp', haproxy_version: '2.6.12-1+deb12u1', api_version: '1.0' }
    : { haproxy_version: '2.6.12-1+deb12u1', cpu_count: '4', memory: { free: 1000, buffers: 20, cached: 3 }, active_tuned_profiles: 'virtual-guest amphora' }));
  expect(await (await factory(port)).connect(endpoint, 'once').getFacts()).toEqual({
    haproxyVersion: [2, 6], cpuCount: 4, availableMemoryKb: 1023, hasAmphoraTunedProfile: true, isOurs: false, l4Engine: 'lvs',
  });
});

test('a dead address ends in amphora-unreachable after the configured patience', async () => {
  const { port, server } = await agent(() => undefined);
  server.close();
  await expect((await factory(port)).connect(endpoint, 'failover').getInfo()).rejects.toMatchObject({ code: 'amphora-unreachable' });
});

test('a link-local address is reached through the interface of lb_network_interface', async () => {
  const issued = await clientCa.issue('controller', 3600);
  const made = createAmphoraClientFactory({ port: 9443, retries: QUICK, linkLocalInterface: 'nowhere0' }, { clientCertPem: issued.certificatePem + issued.privateKeyPem, serverCaPem: serverCa.certificatePem });
  open.push(made);
  await expect(made.connect({ amphoraId: AMPHORA, lbNetworkIp: 'fe80::1' }, 'failover').getInfo()).rejects.toThrow('fe80::1%nowhere0');
});

test('pauses start in milliseconds, never exceed the interval and last as long as the configured retries', () => {
  const boot = [...pauses({ maxRetries: 120, intervalMs: 5000 })];
  expect(boot.slice(0, 4)).toEqual([5, 10, 20, 50]);
  expect(Math.max(...boot)).toBe(5000);
  expect(boot.reduce((sum, pause) => sum + pause, 0)).toBe(600_000);
});
