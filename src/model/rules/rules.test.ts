import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { L7RULE_COMPARE_TYPES, L7RULE_TYPES, LISTENER_PROTOCOLS, POOL_PROTOCOLS, HEALTH_MONITOR_TYPES } from '../enums.ts';
import { movedTo, settleRedirect } from './l7policy.ts';
import { checkL7Rule } from './l7rule.ts';
import { checkMonitorType, checkPoolProtocol } from './protocols.ts';
import { isHttpUrl, isUrlPath } from './url.ts';

const passes = (check: () => void) => { try { check(); return true; } catch { return false; } };

test('the protocol matrix is the original\'s', () => {
  const matrix = LISTENER_PROTOCOLS.map((listener) => `${listener}: ${POOL_PROTOCOLS.filter((pool) => passes(() => checkPoolProtocol(listener, pool))).toSorted().join(' ')}`);
  expect(matrix).toEqual([
    'TCP: HTTP HTTPS PROXY PROXYV2 TCP', 'HTTP: HTTP PROXY PROXYV2', 'HTTPS: HTTPS PROXY PROXYV2 TCP', 'TERMINATED_HTTPS: HTTP PROXY PROXYV2', 'UDP: UDP', 'SCTP: SCTP', 'PROMETHEUS: ',
  ]);
});

test('the monitor matrix is the original\'s', () => {
  const types = (protocol: (typeof POOL_PROTOCOLS)[number]) => HEALTH_MONITOR_TYPES.filter((type) => passes(() => checkMonitorType({ type, delay: 3 }, protocol, 3))).join(' ');
  for (const protocol of ['TCP', 'HTTP', 'HTTPS', 'PROXY', 'PROXYV2'] as const) expect(types(protocol)).toBe('HTTP HTTPS PING TCP TLS-HELLO');
  for (const protocol of ['UDP', 'SCTP'] as const) expect(types(protocol)).toBe('HTTP TCP UDP-CONNECT SCTP');
});

describe('L7 rules', () => {
  const samples: Readonly<Record<(typeof L7RULE_TYPES)[number], { key: string | null; value: string }>> = {
    HOST_NAME: { key: null, value: 'www' }, PATH: { key: null, value: '/a' }, FILE_TYPE: { key: null, value: 'jpg' }, HEADER: { key: 'X-A', value: 'v' }, COOKIE: { key: 'c', value: 'v' },
    SSL_CONN_HAS_CERT: { key: null, value: 'True' }, SSL_VERIFY_RESULT: { key: null, value: '0' }, SSL_DN_FIELD: { key: 'CN', value: 'x' },
  };
  test('each type takes exactly its comparisons', () => {
    const table = L7RULE_TYPES.map((type) => [type, L7RULE_COMPARE_TYPES.filter((compareType) => passes(() => checkL7Rule({ type, compareType, ...samples[type] }))).length]);
    expect(Object.fromEntries(table)).toEqual({ HOST_NAME: 5, PATH: 5, FILE_TYPE: 2, HEADER: 5, COOKIE: 5, SSL_CONN_HAS_CERT: 1, SSL_VERIFY_RESULT: 1, SSL_DN_FIELD: 5 });
  });
  test.each([
    ['HEADER', 'EQUAL_TO', null, 'v'], ['HEADER', 'EQUAL_TO', 'a b', 'v'], ['HEADER', 'EQUAL_TO', 'a', 'b c'], ['COOKIE', 'EQUAL_TO', 'a', 'b;c'], ['PATH', 'EQUAL_TO', null, ''], ['PATH', 'REGEX', null, '('],
    ['SSL_CONN_HAS_CERT', 'EQUAL_TO', 'k', 'true'], ['SSL_VERIFY_RESULT', 'EQUAL_TO', null, '-1'], ['SSL_DN_FIELD', 'EQUAL_TO', '1x', 'v'], ['SSL_DN_FIELD', 'EQUAL_TO', null, 'v'], ['SSL_DN_FIELD', 'EQUAL_TO', 'CN', 'a\u0001b'], [null, 'EQUAL_TO', null, 'v'], ['PATH', null, null, 'v'], ['SSL_VERIFY_RESULT', null, null, '0'], ['FILE_TYPE', null, null, 'v'], ['PATH', 'EQUAL_TO', null, null],
  ] as const)('%s %s key %j value %j is refused', (type, compareType, key, value) => {
    expect(passes(() => checkL7Rule({ type, compareType, key, value }))).toBe(false);
  });
  test.each([['^/a(?P<x>b)(?P=x)$'], ['(?i)abc'], ['a++b'], [String.raw`\.(jpg|png)$`]])('the expression %s is understood', (value) => {
    expect(passes(() => checkL7Rule({ type: 'PATH', compareType: 'REGEX', key: null, value }))).toBe(true);
  });
});

test('a redirect target implies its action and clears the others', () => {
  expect(settleRedirect({ redirect_url: 'http://a' })).toEqual({ action: 'REDIRECT_TO_URL', redirect_url: 'http://a', redirect_pool_id: null, redirect_prefix: null, redirect_http_code: 302 });
  expect(settleRedirect({ redirect_prefix: 'http://a', redirect_http_code: 301 })).toMatchObject({ action: 'REDIRECT_PREFIX', redirect_http_code: 301, redirect_url: null });
  expect(settleRedirect({ action: 'REDIRECT_PREFIX', redirect_url: 'http://a', redirect_prefix: 'http://b' })).toMatchObject({ action: 'REDIRECT_TO_URL', redirect_url: 'http://a', redirect_prefix: null });
  expect(settleRedirect({ redirect_pool_id: 'p', redirect_http_code: 301 })).toMatchObject({ action: 'REDIRECT_TO_POOL', redirect_http_code: null });
  expect(settleRedirect({ action: 'REJECT', redirect_url: 'http://a' })).toMatchObject({ action: 'REJECT', redirect_url: null });
  expect(() => settleRedirect({ redirect_pool_id: 'p', redirect_url: 'http://a' })).toThrow('at the same time');
  expect(settleRedirect({})).toEqual({});
  const body = { redirect_http_code: 301, admin_state_up: null };
  expect(settleRedirect(body)).toEqual({ redirect_http_code: 301 });
  expect(() => settleRedirect({ action: null })).toThrow('Invalid L7 Policy action specified: None');
});

test('moving keeps every policy exactly once and puts the moved one in its place', () => {
  fc.assert(fc.property(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 8 }), fc.nat(), fc.integer({ min: 1, max: 12 }), (ids, pick, position) => {
    const id = ids[pick % ids.length] ?? '';
    const moved = movedTo(ids, id, position);
    expect(moved.toSorted()).toEqual(ids.toSorted());
    expect(moved.indexOf(id)).toBe(Math.min(position, ids.length) - 1);
    expect(moved.filter((other) => other !== id)).toEqual(ids.filter((other) => other !== id));
  }));
});

test.each([['http://a', true], ['https://a.example:8443/x?y=z#f', true], ['http://[2001:db8::1]/', true], ['http://user@a/%20', true], ['HTTP://A', false], ['ftp://a', false], ['//a', false], ['http://', false], ['http://a b', false], ['http://a/\nbind', false], ['http://a/%zz', true], ['http://a/"ä', true], ['http://a/[', false], ['http://a/?[', true], ['http://%zz/', false], ['http://ä/', false]])('URL %j: %j', (url, isFine) => {
  expect(isHttpUrl(url)).toBe(isFine);
});
test.each([['/', true], ['/a?b=c', true], ['a', false], ['//host/a', false], ['/a b', false], ['http://a/', false]])('path %j: %j', (path, isFine) => {
  expect(isUrlPath(path)).toBe(isFine);
});
