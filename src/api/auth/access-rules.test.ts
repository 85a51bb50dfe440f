import { expect, it } from 'vitest';
import { isAdmitted } from './access-rules.ts';

const admits = (pattern: string, url: string) => isAdmitted([{ service: 'load-balancer', method: 'GET', path: pattern }], { method: 'GET', url }, 'load-balancer');

it.each([
  ['/v2.0/lbaas/pools', '/v2.0/lbaas/pools'],
  ['/v2.0/lbaas/pools', '/v2.0/lbaas/pools?limit=1'],
  ['/v2.0/lbaas/pools/*', '/v2.0/lbaas/pools/1'],
  ['/v2.0/lbaas/pools/{id}/members/*', '/v2.0/lbaas/pools/1/members/2'],
  ['/v2.0/lbaas/*s/*', '/v2.0/lbaas/pools/1'],
  ['/v2.0/**', '/v2.0/'],
  ['/v2.0/**', '/v2.0/lbaas/pools/1'],
  ['/**/members/*', '/v2.0/lbaas/pools/1/members/2'],
])('%s admits %s', (pattern, url) => {
  expect(admits(pattern, url)).toBe(true);
});

it.each([
  ['/v2.0/lbaas/pools', '/v2.0/lbaas/pools/1'],
  ['/v2.0/lbaas/pools', '/load-balancer/v2.0/lbaas/pools'],
  ['/v2.0/lbaas/pools/*', '/v2.0/lbaas/pools/'],
  ['/v2.0/lbaas/pools/*', '/v2.0/lbaas/pools/1/members'],
  ['/v2.0/lbaas/pools', '/v2x0/lbaas/pools'],
  ['/v2.0/**/status', '/v2.0/lbaas/pools/1#/status'],
])('%s does not admit %s', (pattern, url) => {
  expect(admits(pattern, url)).toBe(false);
});

it('neither a pattern nor a path that is made to take long does', () => {
  const beganAt = performance.now();
  for (const length of [1000, 16_000]) expect(admits(`/${'**a'.repeat(70)}`, `/${'a'.repeat(length)}b`)).toBe(false);
  expect(performance.now() - beganAt).toBeLessThan(2000);
});
