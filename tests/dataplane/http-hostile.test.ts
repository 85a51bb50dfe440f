import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../src/processes/embedded/cloud-client.ts';
import { ask, type Answer } from './http-client.ts';
import { HttpWorld, members, untilServed, type LoadBalancer } from './http-world.ts';

let world: HttpWorld;
let lb: LoadBalancer;

/** What a client sends so that the wire carries these characters in UTF-8. */
const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** Values of HEADER rules that the API takes, with what must match and what must not. */
const VALUES: readonly (readonly [compare: string, value: string, match: string, mismatch: string])[] = [
  ['EQUAL_TO', '%[src]', '%[src]', '127.0.0.1'],
  ['EQUAL_TO', "it's", "it's", 'its'],
  ['EQUAL_TO', 'a"b', 'a"b', 'ab'],
  ['EQUAL_TO', 'back\\slash', 'back\\slash', 'backslash'],
  ['EQUAL_TO', '\\\\', '\\\\', '\\'],
  ['EQUAL_TO', '#nothing', '#nothing', 'x'],
  ['EQUAL_TO', '${HOME}$PATH', '${HOME}$PATH', '/root'],
  ['EQUAL_TO', '-f/etc/passwd', '-f/etc/passwd', 'root'],
  ['EQUAL_TO', '--', '--', '-'],
  ['EQUAL_TO', '-i', '-i', 'i'],
  ['EQUAL_TO', '{ab}(c)', '{ab}(c)', 'ab'],
  ['EQUAL_TO', '"two words"', 'two words', 'two'],
  ['EQUAL_TO', '"a # b \' c \\ d"', "a # b ' c \\ d", 'a'],
  ['STARTS_WITH', '"quoted start "', 'quoted start here', 'quoted'],
  ['CONTAINS', ';if{TRUE}', 'x;if{TRUE}y', 'TRUE'],
  ['REGEX', '^two words$', 'two words', 'twowords'],
  ['REGEX', '^a\\\\b$', 'a\\b', 'ab'],
  ['REGEX', '^"quoted"$', '"quoted"', 'quoted'],
  ['REGEX', "^it's 100% [#]1$", "it's 100% #1", 'its 100% #1'],
  ['REGEX', '^%\\[src\\]$', '%[src]', '127.0.0.1'],
  ['REGEX', '^gr(ü|ue)n ☃$', bytes('grün ☃'), 'grn'],
  ['REGEX', '^\\$\\{HOME\\}$', '${HOME}', '/root'],
];

const KEYS = ["X-It's", 'X-Hash#', 'X-Percent%', 'X-Back`tick', 'X-Dollar$', 'X-Pipe|', 'X-Caret^'] as const;

const PATHS = ['/%5Bsrc%5D', '/q"uote', "/it's", '/back\\slash', '/a%20b', '/%C3%BC', '/$HOME', '/{x}'] as const;

const URLS = ["http://x.example/it's", 'http://x.example/?%[src]', 'http://x.example/?q"uote', 'http://x.example/?back\\slash', 'http://x.example/#fragment', 'http://x.example/?${HOME}', 'http://x.example/%0d%0aSet-Cookie:%20a', 'http://x.example/;if(a)?{if}=b;c', 'http://x.example/?ü', 'http://x.example/q"uote', 'http://x.example/back\\slash', 'http://x.example/ü'] as const;

const COOKIE = "it's#1%&'*+^`|~$ü";

const listener = (name: string, port: number, l7policies: readonly Json[]): Json => ({ name, protocol: 'HTTP', protocol_port: port, default_pool: { name: 'web' }, l7policies });
const hit = (index: number, ...rules: readonly Json[]): Json => ({ action: 'REDIRECT_TO_URL', redirect_url: `http://hit.example/${index}`, position: index + 1, rules });

beforeAll(async () => {
  world = await HttpWorld.start();
  lb = await world.loadBalancer({
    name: 'hostile; "listen" \'x\' \\ # ü',
    pools: [
      { name: 'web', description: 'a\tb "c" ${HOME} %[src]', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: members(1, 80) },
      { name: 'sticky', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', session_persistence: { type: 'APP_COOKIE', cookie_name: COOKIE }, members: members(2, 80) },
    ],
    listeners: [
      listener('values', 80, VALUES.map(([compare, value], index) => hit(index, { type: 'HEADER', key: `X-Value-${index}`, compare_type: compare, value }))),
      listener('keys', 81, KEYS.map((key, index) => hit(index, { type: 'HEADER', key, compare_type: 'EQUAL_TO', value: 'x' }))),
      listener('paths', 82, PATHS.map((value, index) => hit(index, { type: 'PATH', compare_type: 'EQUAL_TO', value }))),
      listener('urls', 83, URLS.map((redirect_url, index) => ({ action: 'REDIRECT_TO_URL', redirect_url, position: index + 1, rules: [{ type: 'PATH', compare_type: 'EQUAL_TO', value: `/${index}` }] }))),
      { name: 'sticky', protocol: 'HTTP', protocol_port: 85, default_pool: { name: 'sticky' } },
      listener('prefixes', 84, URLS.map((redirect_prefix, index) => ({ action: 'REDIRECT_PREFIX', redirect_prefix, position: index + 1, rules: [{ type: 'PATH', compare_type: 'EQUAL_TO', value: `/${index}` }] }))),
    ],
  });
  await untilServed(`http://${lb.vip}/`);
});

afterAll(() => world?.stop());

const get = (port: number, path: string, headers: Record<string, string> = {}): Promise<Answer> => ask(`http://${lb.vip}:${port}${path}`, { headers });

describe('hostile text that the API takes stands for itself', () => {
  it.each(VALUES.map((entry, index) => [...entry, index] as const))('HEADER %s %s', async (_compare, _value, match, mismatch, index) => {
    expect((await get(80, '/', { [`X-Value-${index}`]: match })).headers.location).toBe(`http://hit.example/${index}`);
    expect((await get(80, '/', { [`X-Value-${index}`]: mismatch })).status).toBe(200);
  });

  it.each(KEYS.map((key, index) => [key, index] as const))('key %s', async (key, index) => {
    expect((await get(81, '/', { [key]: 'x' })).headers.location).toBe(`http://hit.example/${index}`);
  });

  it.each(PATHS.map((path, index) => [path, index] as const))('PATH %s', async (path, index) => {
    expect((await get(82, path)).headers.location).toBe(`http://hit.example/${index}`);
  });

  it.each(URLS.map((url, index) => [url, index] as const))('redirect to %s', async (url, index) => {
    const answer = await get(83, `/${index}`);
    expect([answer.headers.location, answer.headers['set-cookie']]).toEqual([bytes(url), undefined]);
    expect((await get(84, `/${index}`)).headers.location).toBe(`${bytes(url)}/${index}`);
  });
});

describe('hostile names of cookies', () => {
  it('keep their sessions', async () => {
    const sent = encodeURIComponent(`${COOKIE}=session; Path=/`);
    const { name } = (await get(85, `/?set-cookie=${sent}`)).echo;
    for (let count = 0; count < 4; count += 1) expect((await get(85, '/', { cookie: bytes(`${COOKIE}=session`) })).echo.name).toBe(name);
    const strangers = [await get(85, '/', { cookie: 'other=1' }), await get(85, '/', { cookie: 'other=1' })];
    expect(new Set(strangers.map((answer) => answer.echo.name)).size).toBe(2);
  });
});

describe('text that cannot be taken is refused', () => {
  const refused = async (path: string, body: unknown): Promise<number> => (await world.refusal(world.cloud.request('POST', path, body))).status;

  it.each(['http://x.example/%[src]', 'http://x.example/a b', 'http://x.example/\r\nSet-Cookie: a=b', 'http://x.example/\n    http-request deny', 'http://x.example/\u0000', 'javascript:alert(1)', 'ftp://x.example/', '/relative', ''])('redirect_url and redirect_prefix %j', async (url) => {
    const { id } = await world.named('listeners', 'urls');
    expect(await refused('/v2/lbaas/l7policies', { l7policy: { listener_id: id, action: 'REDIRECT_TO_URL', redirect_url: url } })).toBe(400);
    expect(await refused('/v2/lbaas/l7policies', { l7policy: { listener_id: id, action: 'REDIRECT_PREFIX', redirect_prefix: url } })).toBe(400);
  });

  it.each([
    { type: 'HEADER', key: 'X-A', compare_type: 'EQUAL_TO', value: 'two words' },
    { type: 'HEADER', key: 'X-A', compare_type: 'EQUAL_TO', value: 'a\nb' },
    { type: 'HEADER', key: 'X-A', compare_type: 'EQUAL_TO', value: 'ü' },
    { type: 'HEADER', key: 'X A', compare_type: 'EQUAL_TO', value: 'a' },
    { type: 'HEADER', key: 'X-A)(b', compare_type: 'EQUAL_TO', value: 'a' },
    { type: 'COOKIE', key: 'a;b', compare_type: 'EQUAL_TO', value: 'a' },
    { type: 'COOKIE', key: 'a', compare_type: 'EQUAL_TO', value: 'a b' },
    { type: 'COOKIE', key: 'a', compare_type: 'EQUAL_TO', value: 'a"b' },
    { type: 'PATH', compare_type: 'EQUAL_TO', value: '/a b' },
    { type: 'PATH', compare_type: 'REGEX', value: '(unclosed' },
    { type: 'SSL_DN_FIELD', key: 'C N)', compare_type: 'EQUAL_TO', value: 'a' },
    { type: 'SSL_VERIFY_RESULT', compare_type: 'EQUAL_TO', value: '0 or 1' },
  ])('rule %j', async (rule) => {
    const [policy] = await world.cloud.list('/v2/lbaas/l7policies', 'l7policies');
    expect(await refused(`/v2/lbaas/l7policies/${String(policy?.['id'])}/rules`, { rule })).toBe(400);
  });

  it.each(['AES128-SHA no-tlsv13', 'AES128-SHA\n', 'AES128-SHA;x', '"AES128-SHA"', "AES128'SHA", 'AES128-SHA # x', 'ü'])('tls_ciphers %j', async (ciphers) => {
    await world.pki.issue('front', { by: 'ca' });
    const ref = await world.pkcs12Secret('front');
    expect(await refused('/v2/lbaas/listeners', { listener: { protocol: 'TERMINATED_HTTPS', protocol_port: 999, loadbalancer_id: lb.id, default_tls_container_ref: ref, tls_ciphers: ciphers } })).toBe(400);
    expect(await refused('/v2/lbaas/pools', { pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: lb.id, tls_enabled: true, tls_ciphers: ciphers } })).toBe(400);
  });

  it.each(['a b', 'a)b', 'a;b', 'a"b', 'a\nb', ''])('cookie_name %j', async (cookie) => {
    expect(await refused('/v2/lbaas/pools', { pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: lb.id, session_persistence: { type: 'APP_COOKIE', cookie_name: cookie } } })).toBe(400);
  });

  it('an unknown header to insert', async () => {
    expect(await refused('/v2/lbaas/listeners', { listener: { protocol: 'HTTP', protocol_port: 999, loadbalancer_id: lb.id, insert_headers: { 'X-Evil %[src]': 'true' } } })).toBe(400);
  });

  it('and leaves the load balancer serving', async () => {
    expect((await world.cloud.waitActive(lb.id))['operating_status']).toBe('ONLINE');
    expect((await get(80, '/')).status).toBe(200);
  });
});
