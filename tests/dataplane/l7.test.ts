import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../src/processes/embedded/cloud-client.ts';
import { ask, type Answer } from './http-client.ts';
import { HttpWorld, members, untilServed, type LoadBalancer } from './http-world.ts';

let world: HttpWorld;
let lb: LoadBalancer;

const CODES = [301, 302, 303, 307, 308] as const;

interface RuleCase {
  readonly name: string;
  readonly rules: readonly Json[];
  /** Requests as path, or path with headers. */
  readonly hits: readonly (readonly [path: string, headers?: Record<string, string>])[];
  readonly misses: readonly (readonly [path: string, headers?: Record<string, string>])[];
}

const header = (key: string, compare: string, value: string, extra: Json = {}): Json => ({ type: 'HEADER', key, compare_type: compare, value, ...extra });

const RULE_CASES: readonly RuleCase[] = [
  { name: 'HOST_NAME EQUAL_TO ignores case', rules: [{ type: 'HOST_NAME', compare_type: 'EQUAL_TO', value: 'equal.example' }], hits: [['/', { host: 'equal.example' }], ['/', { host: 'EQUAL.Example' }]], misses: [['/', { host: 'equal.example.org' }]] },
  { name: 'HOST_NAME STARTS_WITH', rules: [{ type: 'HOST_NAME', compare_type: 'STARTS_WITH', value: 'begin.' }], hits: [['/', { host: 'begin.example' }]], misses: [['/', { host: 'www.begin.example' }]] },
  { name: 'HOST_NAME ENDS_WITH', rules: [{ type: 'HOST_NAME', compare_type: 'ENDS_WITH', value: '.end' }], hits: [['/', { host: 'www.end' }]], misses: [['/', { host: 'www.end.example' }]] },
  { name: 'HOST_NAME CONTAINS', rules: [{ type: 'HOST_NAME', compare_type: 'CONTAINS', value: 'middle' }], hits: [['/', { host: 'a.middle.example' }]], misses: [['/', { host: 'a.mid.example' }]] },
  { name: 'HOST_NAME REGEX', rules: [{ type: 'HOST_NAME', compare_type: 'REGEX', value: '^r[0-9]+\\.example$' }], hits: [['/', { host: 'r42.example' }]], misses: [['/', { host: 'r42xexample' }], ['/', { host: 'rr.example' }]] },
  { name: 'PATH EQUAL_TO', rules: [{ type: 'PATH', compare_type: 'EQUAL_TO', value: '/path-equal' }], hits: [['/path-equal'], ['/path-equal?query=1']], misses: [['/path-equal/'], ['/PATH-EQUAL']] },
  { name: 'PATH STARTS_WITH', rules: [{ type: 'PATH', compare_type: 'STARTS_WITH', value: '/path-begin' }], hits: [['/path-begin/x']], misses: [['/x/path-begin']] },
  { name: 'PATH ENDS_WITH', rules: [{ type: 'PATH', compare_type: 'ENDS_WITH', value: '/path-end' }], hits: [['/x/path-end']], misses: [['/path-end/x']] },
  { name: 'PATH CONTAINS', rules: [{ type: 'PATH', compare_type: 'CONTAINS', value: 'path-inner' }], hits: [['/x/path-inner/y']], misses: [['/x?path-inner']] },
  { name: 'PATH REGEX', rules: [{ type: 'PATH', compare_type: 'REGEX', value: '^/path-(one|two)/\\d{2}$' }], hits: [['/path-one/12'], ['/path-two/99']], misses: [['/path-three/12'], ['/path-one/1']] },
  { name: 'FILE_TYPE EQUAL_TO', rules: [{ type: 'FILE_TYPE', compare_type: 'EQUAL_TO', value: 'jpgx' }], hits: [['/pictures/cat.jpgx']], misses: [['/pictures/jpgx/cat']] },
  { name: 'FILE_TYPE REGEX', rules: [{ type: 'FILE_TYPE', compare_type: 'REGEX', value: '(pngx|gifx)$' }], hits: [['/a.pngx'], ['/b.gifx']], misses: [['/a.pngx.txt']] },
  { name: 'HEADER EQUAL_TO', rules: [header('X-Equal', 'EQUAL_TO', 'one/two')], hits: [['/', { 'x-equal': 'one/two' }]], misses: [['/', { 'x-equal': 'one' }], ['/']] },
  { name: 'HEADER EQUAL_TO a quoted value with blanks', rules: [header('X-Quoted', 'EQUAL_TO', '"one two"')], hits: [['/', { 'x-quoted': 'one two' }]], misses: [['/', { 'x-quoted': 'one' }]] },
  { name: 'HEADER STARTS_WITH', rules: [header('X-Begin', 'STARTS_WITH', 'abc')], hits: [['/', { 'x-begin': 'abcdef' }]], misses: [['/', { 'x-begin': 'xabc' }]] },
  { name: 'HEADER ENDS_WITH', rules: [header('X-End', 'ENDS_WITH', 'xyz')], hits: [['/', { 'x-end': 'wxyz' }]], misses: [['/', { 'x-end': 'xyzw' }]] },
  { name: 'HEADER CONTAINS', rules: [header('X-Inner', 'CONTAINS', 'mid')], hits: [['/', { 'x-inner': 'a mid b' }]], misses: [['/', { 'x-inner': 'MID' }]] },
  { name: 'HEADER REGEX', rules: [header('X-Regex', 'REGEX', '^a+b?$')], hits: [['/', { 'x-regex': 'aaab' }]], misses: [['/', { 'x-regex': 'bab' }]] },
  { name: 'COOKIE EQUAL_TO', rules: [{ type: 'COOKIE', key: 'c-equal', compare_type: 'EQUAL_TO', value: 'v1' }], hits: [['/', { cookie: 'other=1; c-equal=v1' }]], misses: [['/', { cookie: 'c-equal=v12' }], ['/']] },
  { name: 'COOKIE STARTS_WITH', rules: [{ type: 'COOKIE', key: 'c-begin', compare_type: 'STARTS_WITH', value: 'abc' }], hits: [['/', { cookie: 'c-begin=abcd' }]], misses: [['/', { cookie: 'c-begin=dabc' }]] },
  { name: 'COOKIE ENDS_WITH', rules: [{ type: 'COOKIE', key: 'c-end', compare_type: 'ENDS_WITH', value: 'xyz' }], hits: [['/', { cookie: 'c-end=wxyz' }]], misses: [['/', { cookie: 'c-end=xyzw' }]] },
  { name: 'COOKIE CONTAINS', rules: [{ type: 'COOKIE', key: 'c-inner', compare_type: 'CONTAINS', value: 'mid' }], hits: [['/', { cookie: 'c-inner=amidb' }]], misses: [['/', { cookie: 'c-inner=am-idb' }]] },
  { name: 'COOKIE REGEX', rules: [{ type: 'COOKIE', key: 'c-regex', compare_type: 'REGEX', value: '^[a-f0-9]{4}$' }], hits: [['/', { cookie: 'c-regex=beef' }]], misses: [['/', { cookie: 'c-regex=beefy' }]] },
  { name: 'an inverted rule', rules: [header('X-Invert', 'EQUAL_TO', 'no', { invert: true }), { type: 'PATH', compare_type: 'EQUAL_TO', value: '/inverted' }], hits: [['/inverted'], ['/inverted', { 'x-invert': 'yes' }]], misses: [['/inverted', { 'x-invert': 'no' }]] },
  { name: 'three rules of one policy, ANDed', rules: [header('X-And', 'EQUAL_TO', '1'), { type: 'PATH', compare_type: 'STARTS_WITH', value: '/and' }, { type: 'HOST_NAME', compare_type: 'EQUAL_TO', value: 'and.example' }], hits: [['/and/x', { 'x-and': '1', host: 'and.example' }]], misses: [['/and/x', { 'x-and': '1' }], ['/and/x', { host: 'and.example' }], ['/x', { 'x-and': '1', host: 'and.example' }]] },
  { name: 'a rule that is admin-down does not count', rules: [header('X-Down', 'EQUAL_TO', 'never', { admin_state_up: false }), { type: 'PATH', compare_type: 'EQUAL_TO', value: '/rule-down' }], hits: [['/rule-down']], misses: [['/']] },
  { name: '45 rules of one policy, more than a haproxy line holds', rules: Array.from({ length: 45 }, (_, index) => header(`X-Many-${index}`, 'EQUAL_TO', String(index))), hits: [['/', manyHeaders(45)]], misses: [['/', manyHeaders(44)], ['/']] },
];

function manyHeaders(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-many-${index}`, String(index)]));
}

const path = (value: string): Json => ({ type: 'PATH', compare_type: 'EQUAL_TO', value });
const rulePolicies = RULE_CASES.map(({ name, rules }, index) => ({ name, action: 'REDIRECT_TO_URL', redirect_url: `http://hit.example/${index}`, position: index + 1, rules }));

const ACTIONS: readonly Json[] = [
  { name: 'reject', action: 'REJECT', rules: [path('/reject')] },
  ...CODES.map((code) => ({ action: 'REDIRECT_TO_URL', redirect_url: `https://url.example/${code}?a=b&c=%20`, redirect_http_code: code, rules: [path(`/url/${code}`)] })),
  ...CODES.map((code) => ({ action: 'REDIRECT_PREFIX', redirect_prefix: 'https://prefix.example/under', redirect_http_code: code, rules: [path(`/prefix/${code}`)] })),
  { name: 'url without code', action: 'REDIRECT_TO_URL', redirect_url: 'http://plain.example/', rules: [path('/url/default')] },
  { name: 'down', action: 'REJECT', admin_state_up: false, rules: [path('/policy-down')] },
  { name: 'without rules', action: 'REJECT' },
  { name: 'pool', action: 'REDIRECT_TO_POOL', redirect_pool: { name: 'special', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [members(2, 80)[1]] }, rules: [path('/pool')] },
  { name: 'pool and url', action: 'REDIRECT_TO_POOL', redirect_pool: { name: 'special' }, rules: [path('/both')] },
  { name: 'url after pool', action: 'REDIRECT_TO_URL', redirect_url: 'http://first.example/', rules: [path('/both')] },
  { name: 'url before reject', action: 'REDIRECT_TO_URL', redirect_url: 'http://first.example/', rules: [path('/refused')] },
  { name: 'reject after url', action: 'REJECT', rules: [path('/refused')] },
  { name: 'first', action: 'REDIRECT_TO_URL', redirect_url: 'http://one.example/', rules: [path('/order')] },
  { name: 'second', action: 'REDIRECT_TO_URL', redirect_url: 'http://two.example/', rules: [path('/order')] },
];

beforeAll(async () => {
  world = await HttpWorld.start();
  const pool = { name: 'default', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [members(1, 80)[0]] };
  lb = await world.loadBalancer({
    name: 'l7',
    listeners: [
      { name: 'rules', protocol: 'HTTP', protocol_port: 80, default_pool: pool, l7policies: rulePolicies },
      { name: 'actions', protocol: 'HTTP', protocol_port: 81, default_pool: { name: 'default' }, l7policies: ACTIONS.map((policy, index) => ({ ...policy, position: index + 1 })) },
    ],
  });
  await untilServed(`http://${lb.vip}/`);
});

afterAll(() => world?.stop());

const rules = (target: string, headers: Record<string, string> = {}): Promise<Answer> => ask(`http://${lb.vip}${target}`, { headers });
const actions = (target: string): Promise<Answer> => ask(`http://${lb.vip}:81${target}`);

describe('L7 rules decide literally', () => {
  it.each(RULE_CASES.map((ruleCase, index) => ({ ...ruleCase, index })))('$name', async ({ index, hits, misses }) => {
    for (const [target, headers] of hits) expect((await rules(target, headers)).headers.location, `hit ${target} ${JSON.stringify(headers)}`).toBe(`http://hit.example/${index}`);
    for (const [target, headers] of misses) expect((await rules(target, headers)).status, `miss ${target} ${JSON.stringify(headers)}`).toBe(200);
  });
});

describe('L7 policies act', () => {
  it('REJECT answers 403', async () => {
    expect((await actions('/reject')).status).toBe(403);
  });

  it.each(CODES)('REDIRECT_TO_URL with code %i', async (code) => {
    const answer = await actions(`/url/${code}`);
    expect([answer.status, answer.headers.location]).toEqual([code, `https://url.example/${code}?a=b&c=%20`]);
  });

  it.each(CODES)('REDIRECT_PREFIX with code %i keeps path and query', async (code) => {
    const answer = await actions(`/prefix/${code}?x=1`);
    expect([answer.status, answer.headers.location]).toEqual([code, `https://prefix.example/under/prefix/${code}?x=1`]);
  });

  it('redirects with 302 when no code was given', async () => {
    expect((await actions('/url/default')).status).toBe(302);
  });

  it('REDIRECT_TO_POOL hands the request to the other pool', async () => {
    expect((await actions('/pool')).echo.name).toBe('web2');
    expect((await actions('/elsewhere')).echo.name).toBe('web1');
  });

  it('ignores a policy that is admin-down or has no rules', async () => {
    expect((await actions('/policy-down')).status).toBe(200);
  });

  it('takes rejections first, then redirects by position, then pools', async () => {
    expect((await actions('/refused')).status).toBe(403);
    expect((await actions('/both')).headers.location).toBe('http://first.example/');
    expect((await actions('/order')).headers.location).toBe('http://one.example/');
  });
});

describe('L7 changes reach the traffic', () => {
  const policy = async (name: string): Promise<Json> => (await world.cloud.list(`/v2/lbaas/l7policies?name=${encodeURIComponent(name)}`, 'l7policies'))[0] ?? {};

  it('a policy moved before another one wins', async () => {
    const [first, second] = [await policy('first'), await policy('second')];
    await world.change(lb, 'PUT', `/v2/lbaas/l7policies/${String(second['id'])}`, { l7policy: { position: first['position'] } });
    expect((await actions('/order')).headers.location).toBe('http://two.example/');
  });

  it('a policy switched off and on again', async () => {
    const { id } = await policy('reject');
    await world.change(lb, 'PUT', `/v2/lbaas/l7policies/${String(id)}`, { l7policy: { admin_state_up: false } });
    expect((await actions('/reject')).status).toBe(200);
    await world.change(lb, 'PUT', `/v2/lbaas/l7policies/${String(id)}`, { l7policy: { admin_state_up: true } });
    expect((await actions('/reject')).status).toBe(403);
  });

  it('a new rule narrows a policy and its deletion widens it again', async () => {
    const { id } = await policy('reject');
    const made = await world.change(lb, 'POST', `/v2/lbaas/l7policies/${String(id)}/rules`, { rule: header('X-Reject', 'EQUAL_TO', 'yes') });
    expect((await actions('/reject')).status).toBe(200);
    const rule = made['rule'] as { id: string };
    await world.change(lb, 'PUT', `/v2/lbaas/l7policies/${String(id)}/rules/${rule.id}`, { rule: { invert: true } });
    expect((await actions('/reject')).status).toBe(403);
    await world.change(lb, 'DELETE', `/v2/lbaas/l7policies/${String(id)}/rules/${rule.id}`);
    expect((await actions('/reject')).status).toBe(403);
  });

  it('a policy changed from one action to another', async () => {
    const { id } = await policy('reject');
    await world.change(lb, 'PUT', `/v2/lbaas/l7policies/${String(id)}`, { l7policy: { action: 'REDIRECT_PREFIX', redirect_prefix: 'https://new.example' } });
    expect((await actions('/reject')).headers.location).toBe('https://new.example/reject');
  });

  it('a redirect to a pool that is switched off falls through to the default pool', async () => {
    const { redirect_pool_id: id } = await policy('pool');
    await world.change(lb, 'PUT', `/v2/lbaas/pools/${String(id)}`, { pool: { admin_state_up: false } });
    expect((await actions('/pool')).echo.name).toBe('web1');
  });
});
