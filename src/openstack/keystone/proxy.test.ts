import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAuthority } from '../../drivers/certs/authority.ts';
import { createHttpClient } from './http-client.ts';
import { proxyFor } from './proxy.ts';
import { ServiceFailure } from './service-failure.ts';

describe('the proxy of a URL', () => {
  it.each([
    ['http://nova/v2', {}, null],
    ['http://nova/v2', { HTTP_PROXY: 'http://p:3128' }, 'http://p:3128'],
    ['https://nova/v2', { HTTP_PROXY: 'http://p:3128' }, null],
    ['https://nova/v2', { HTTPS_PROXY: 'http://p:3128' }, 'http://p:3128'],
    ['https://nova/v2', { https_proxy: 'http://low', HTTPS_PROXY: 'http://up' }, 'http://low'],
    ['https://nova/v2', { https_proxy: '', HTTPS_PROXY: 'http://up' }, null],
    ['https://nova/v2', { ALL_PROXY: 'p:3128' }, 'http://p:3128'],
    ['https://keystone.example.com:5000/v3', { HTTPS_PROXY: 'http://p', NO_PROXY: 'other, .example.com' }, null],
    ['https://example.com/v3', { HTTPS_PROXY: 'http://p', NO_PROXY: '.example.com' }, null],
    ['https://keystone.example.com:5000/v3', { HTTPS_PROXY: 'http://p', no_proxy: 'example.com:5000' }, null],
    ['https://keystone.example.com:5000/v3', { HTTPS_PROXY: 'http://p', NO_PROXY: 'example.org' }, 'http://p'],
    ['https://10.1.2.3:5000/v3', { HTTPS_PROXY: 'http://p', NO_PROXY: '10.0.0.0/8' }, null],
    ['https://10.1.2.3:5000/v3', { HTTPS_PROXY: 'http://p', NO_PROXY: '10.1.2.3' }, null],
    ['https://10.1.2.30:5000/v3', { HTTPS_PROXY: 'http://p', NO_PROXY: '10.1.2.3,192.0.2.0/24' }, 'http://p'],
    ['https://[fd00::5]:5000/v3', { HTTPS_PROXY: 'http://p', NO_PROXY: 'fd00::5' }, null],
    ['https://[fd00::5]:5000/v3', { HTTPS_PROXY: 'http://p', NO_PROXY: 'fd01::5' }, 'http://p'],
    ['https://nova/v2', { HTTPS_PROXY: 'http://p', NO_PROXY: '*' }, null],
    ['http://127.0.0.7:9696/', { HTTP_PROXY: 'http://p' }, null],
    ['http://[::1]:9696/', { HTTP_PROXY: 'http://p' }, null],
    ['http://localhost:9696/', { HTTP_PROXY: 'http://p' }, null],
  ] as const)('%s with %o is %s', (url, environment, expected) => {
    expect(proxyFor(new URL(url), environment)).toBe(expected);
  });
});

describe('calls through a proxy', () => {
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  afterEach(() => {
    vi.unstubAllEnvs();
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  const listen = async (server: Server): Promise<number> => {
    servers.push(server);
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    return (server.address() as AddressInfo).port;
  };

  it('go there as they are for http, and through a tunnel for https', async () => {
    const target = await listen(createServer((incoming, response) => response.end(JSON.stringify({ path: incoming.url, host: incoming.headers.host }))));
    const authority = await createAuthority('the operator', 3600);
    const { certificatePem, privateKeyPem } = await authority.issue('nova.invalid', 3600);
    const secure = await listen(createSecureServer({ cert: certificatePem, key: privateKeyPem }, (_incoming, response) => response.end('"secure"')));
    const directory = await mkdtemp(join(tmpdir(), 'proxy-'));
    const cafile = join(directory, 'ca.pem');
    await writeFile(cafile, authority.certificatePem);
    const seen: string[] = [];
    const proxy = createServer((incoming, response) => {
      seen.push(`${incoming.method} ${incoming.url} ${incoming.headers['proxy-authorization']}`);
      const { pathname } = new URL(incoming.url ?? '');
      request({ port: target, host: '127.0.0.1', path: pathname, headers: { host: incoming.headers.host } }, (answer) => answer.pipe(response)).end();
    });
    proxy.on('connect', (incoming, socket: Socket) => {
      seen.push(`CONNECT ${incoming.url}`);
      const through = connect(secure, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        through.pipe(socket).pipe(through);
      });
      through.on('error', () => socket.destroy());
      sockets.push(through, socket);
    });
    const port = await listen(proxy);
    vi.stubEnv('http_proxy', `http://me:secret@127.0.0.1:${port}`);
    vi.stubEnv('https_proxy', `http://127.0.0.1:${port}`);
    vi.stubEnv('no_proxy', '');
    const client = createHttpClient({ cafile, connect_retries: 0, timeout: 5 });
    const answer = await client.send({ service: 'Nova', method: 'GET', url: 'http://nova.invalid:8774/v2.1/servers' });
    expect(answer.body).toEqual({ path: '/v2.1/servers', host: 'nova.invalid:8774' });
    expect((await client.send({ service: 'Nova', method: 'GET', url: 'https://nova.invalid:8774/v2.1' })).body).toBe('secure');
    await expect(client.send({ service: 'Nova', method: 'GET', url: 'https://other.invalid:8774/' })).rejects.toThrow(/altnames|certificate/i);
    expect(seen).toEqual([`GET http://nova.invalid:8774/v2.1/servers Basic ${Buffer.from('me:secret').toString('base64')}`, 'CONNECT nova.invalid:8774', 'CONNECT other.invalid:8774']);
    await client.close();
    await rm(directory, { recursive: true });
  });

  it.each(['socks5h://127.0.0.1:1080', 'http://me:a#b@proxy:3128'])('fail with a reason where it is none that can be used (%s)', async (proxy) => {
    vi.stubEnv('http_proxy', proxy);
    vi.stubEnv('no_proxy', '');
    const client = createHttpClient({ connect_retries: 0, timeout: 5 });
    const failure = await client.send({ service: 'Nova', method: 'GET', url: 'http://nova.invalid:8774/v2.1/servers' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ServiceFailure);
    expect(String(failure)).toMatch(/Nova: GET \/v2.1\/servers: the proxy that the environment names cannot be used: .*URL/);
    expect(String(failure)).not.toContain('me:');
    await client.close();
  });
});
