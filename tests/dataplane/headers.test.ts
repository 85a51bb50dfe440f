import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, curl, type Answer, type Echo, type Wishes } from './http-client.ts';
import { HttpWorld, members, untilServed, type LoadBalancer } from './http-world.ts';

let world: HttpWorld;
let lb: LoadBalancer;

beforeAll(async () => {
  world = await HttpWorld.start({ servers: 1 });
  const pool = (name: string, protocol: string, port: number): object => ({ name, protocol, lb_algorithm: 'ROUND_ROBIN', members: members(1, port) });
  lb = await world.loadBalancer({
    name: 'protocols',
    pools: [
      pool('http', 'HTTP', 80), pool('proxy1', 'PROXY', 81), pool('proxy2', 'PROXYV2', 81), pool('tcp', 'TCP', 82), pool('https', 'HTTPS', 443),
      { name: 'nowhere', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [{ address: '10.0.10.199', protocol_port: 80 }] },
    ],
    listeners: [
      { name: 'plain', protocol: 'HTTP', protocol_port: 80, default_pool: { name: 'http' } },
      { name: 'marked', protocol: 'HTTP', protocol_port: 81, default_pool: { name: 'http' }, insert_headers: { 'X-Forwarded-For': 'true', 'X-Forwarded-Port': 'TRUE', 'X-Forwarded-Proto': 'True' } },
      { name: 'unmarked', protocol: 'HTTP', protocol_port: 82, default_pool: { name: 'http' }, insert_headers: { 'X-Forwarded-For': 'false', 'X-Forwarded-Port': 'no', 'X-Forwarded-Proto': '1' } },
      { name: 'http proxy1', protocol: 'HTTP', protocol_port: 83, default_pool: { name: 'proxy1' } },
      { name: 'http proxy2', protocol: 'HTTP', protocol_port: 84, default_pool: { name: 'proxy2' } },
      { name: 'tcp proxy1', protocol: 'TCP', protocol_port: 85, default_pool: { name: 'proxy1' } },
      { name: 'tcp proxy2', protocol: 'TCP', protocol_port: 86, default_pool: { name: 'proxy2' } },
      { name: 'tcp', protocol: 'TCP', protocol_port: 87, default_pool: { name: 'tcp' }, timeout_tcp_inspect: 200 },
      { name: 'pass-through', protocol: 'HTTPS', protocol_port: 443, default_pool: { name: 'https' } },
      // Longer than the pauses of a busy machine.
      { name: 'impatient', protocol: 'HTTP', protocol_port: 88, default_pool: { name: 'http' }, timeout_member_data: 1_500, timeout_client_data: 1_500 },
      { name: 'unreachable', protocol: 'HTTP', protocol_port: 89, default_pool: { name: 'nowhere' }, timeout_member_connect: 100 },
      { name: 'limited', protocol: 'TCP', protocol_port: 90, default_pool: { name: 'tcp' }, connection_limit: 1 },
      { name: 'restricted', protocol: 'HTTP', protocol_port: 91, default_pool: { name: 'http' }, allowed_cidrs: ['10.0.10.11/32', '192.0.2.0/24'] },
      { name: 'empty', protocol: 'HTTP', protocol_port: 92 },
      { name: 'impatient tcp', protocol: 'TCP', protocol_port: 93, default_pool: { name: 'tcp' }, timeout_client_data: 1_500, timeout_member_data: 1_500 },
    ],
  });
  await untilServed(`http://${lb.vip}/`);
});

afterAll(() => world?.stop());

const through = (port: number, wishes: Wishes = {}, path = '/'): Promise<Answer> => ask(`http://${lb.vip}:${port}${path}`, wishes);

async function open(port: number): Promise<Socket> {
  const socket = connect({ host: lb.vip, port });
  socket.setEncoding('utf8');
  await once(socket, 'connect');
  return socket;
}

const said = async (socket: Socket): Promise<string> => String((await once(socket, 'data'))[0]);

describe('headers for members', () => {
  it('tells client, port and scheme when asked to', async () => {
    const echo = JSON.parse(await curl([`http://${lb.vip}:81/`], 'web1')) as Echo;
    expect(echo.headers).toMatchObject({ 'x-forwarded-for': '10.0.10.11', 'x-forwarded-port': '81', 'x-forwarded-proto': 'http' });
  });

  it('adds the client to what proxies before have said, and replaces port and scheme', async () => {
    const { headers } = (await through(81, { headers: { 'X-Forwarded-For': '192.0.2.1', 'X-Forwarded-Port': '1', 'X-Forwarded-Proto': 'forged' } })).echo;
    expect(headers['x-forwarded-for']).toMatch(/^192\.0\.2\.1, \d+\./);
    expect([headers['x-forwarded-port'], headers['x-forwarded-proto']]).toEqual(['81', 'http']);
  });

  it.each([80, 82])('adds nothing unless the value is true (port %i)', async (port) => {
    expect(Object.keys((await through(port)).echo.headers).filter((name) => name.startsWith('x-forwarded'))).toEqual([]);
  });

  it('carries a connection that leaves HTTP (WebSocket and the like)', async () => {
    const socket = await open(80);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    expect(await said(socket)).toMatch(/^HTTP\/1\.1 101 /);
    socket.write('anything');
    expect(await said(socket)).toBe('anything');
    socket.destroy();
  });

  it('passes path, query, method and body on', async () => {
    const { echo } = await through(80, { method: 'PUT', body: 'x'.repeat(100_000) }, '/a%20b/%C3%A9?x=%2F&y=1');
    expect([echo.method, echo.url, echo.headers['content-length'] ?? echo.headers['transfer-encoding']]).toEqual(['PUT', '/a%20b/%C3%A9?x=%2F&y=1', expect.anything()]);
  });
});

describe('the PROXY protocol', () => {
  it.each([['HTTP', 83, 1], ['HTTP', 84, 2], ['TCP', 85, 1], ['TCP', 86, 2]])('an %s listener on port %i sends version %i with the client\'s address', async (_protocol, port, version) => {
    const echo = JSON.parse(await curl([`http://${lb.vip}:${port}/`], 'web1')) as Echo;
    expect(echo.proxy).toMatchObject({ version, source: '10.0.10.11', destination: lb.vip, destinationPort: port });
  });
});

describe('TCP and HTTPS pass-through', () => {
  it('carries a conversation both ways', async () => {
    const socket = await open(87);
    expect(await said(socket)).toBe('hello from web1\n');
    socket.write('one\n');
    expect(await said(socket)).toBe('web1 heard one\n');
    socket.destroy();
  });

  it('hands TLS through to the member untouched', async () => {
    const answer = await ask(`https://${lb.vip}/`, { ca: world.pki.text('ca.crt'), servername: 'member.example', cert: world.pki.text('member.crt'), key: world.pki.text('member.key') });
    expect([answer.certificateName, answer.echo.tls?.serverName, answer.echo.tls?.clientName]).toEqual(['member', 'member.example', 'member']);
  });

  it('speaks HTTP/2 through it', async () => {
    expect(await curl(['--insecure', '--http2', `https://${lb.vip}/`])).toContain('"httpVersion":"2.0"');
  });
});

describe('timeouts', () => {
  it('a member that does not answer in timeout_member_data is 504', async () => {
    expect((await through(88, {}, '/?wait=4000')).status).toBe(504);
    expect((await through(88, {}, '/?wait=10')).status).toBe(200);
  });

  it('a client that says nothing for timeout_client_data is disconnected', async () => {
    const socket = await open(93);
    expect(await said(socket)).toContain('hello');
    await once(socket, 'end');
    socket.destroy();
  });

  it('a half request is answered 408 after timeout_client_data', async () => {
    const socket = await open(88);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
    expect(await said(socket)).toMatch(/^HTTP\/1\.[01] 408/);
    socket.destroy();
  });

  it('a member that cannot be reached in timeout_member_connect is 503', async () => {
    expect((await through(89)).status).toBe(503);
  });

  it('changed timeouts hold for the next request', async () => {
    const { id } = await world.named('listeners', 'impatient');
    await world.change(lb, 'PUT', `/v2/lbaas/listeners/${id}`, { listener: { timeout_member_data: 8_000 } });
    expect((await through(88, {}, '/?wait=2000')).status).toBe(200);
  });
});

describe('limits', () => {
  it('connection_limit makes the next client wait until another leaves', async () => {
    const first = await open(90);
    expect(await said(first)).toContain('hello');
    const second = await open(90);
    const heard = said(second);
    const early = await Promise.race([heard, new Promise((resolve) => setTimeout(resolve, 400, 'silence'))]);
    first.destroy();
    expect([early, await heard]).toEqual(['silence', 'hello from web1\n']);
    second.destroy();
  });

  it('a raised connection_limit lets both in at once', async () => {
    const { id } = await world.named('listeners', 'limited');
    await world.change(lb, 'PUT', `/v2/lbaas/listeners/${id}`, { listener: { connection_limit: -1 } });
    const sockets = [await open(90), await open(90)];
    for (const socket of sockets) expect(await said(socket)).toContain('hello');
    for (const socket of sockets) socket.destroy();
  });

  it('allowed_cidrs let in whom they name, and new ones at once', async () => {
    const get = (): Promise<string> => curl(['--connect-timeout', '1', `http://${lb.vip}:91/`], 'web1').catch(() => 'refused');
    expect(await get()).toContain('web1');
    const { id } = await world.named('listeners', 'restricted');
    await world.change(lb, 'PUT', `/v2/lbaas/listeners/${id}`, { listener: { allowed_cidrs: ['192.0.2.0/24'] } });
    expect(await get()).toBe('refused');
    await world.change(lb, 'PUT', `/v2/lbaas/listeners/${id}`, { listener: { allowed_cidrs: null } });
    expect(await get()).toContain('web1');
  });

  it('a listener without pool answers 503', async () => {
    expect((await through(92)).status).toBe(503);
  });

  it('a listener switched off does not listen', async () => {
    const { id } = await world.named('listeners', 'plain');
    await world.change(lb, 'PUT', `/v2/lbaas/listeners/${id}`, { listener: { admin_state_up: false } });
    await expect(through(80, { timeout: 1_000 })).rejects.toThrow();
    expect((await through(81)).status).toBe(200);
    await world.change(lb, 'PUT', `/v2/lbaas/listeners/${id}`, { listener: { admin_state_up: true } });
    expect((await through(80)).status).toBe(200);
  });

  it('a load balancer switched off answers nothing', async () => {
    await world.change(lb, 'PUT', `/v2/lbaas/loadbalancers/${lb.id}`, { loadbalancer: { admin_state_up: false } });
    await expect(through(81, { timeout: 1_000 })).rejects.toThrow();
    await world.change(lb, 'PUT', `/v2/lbaas/loadbalancers/${lb.id}`, { loadbalancer: { admin_state_up: true } });
    expect((await through(81)).status).toBe(200);
  });
});
