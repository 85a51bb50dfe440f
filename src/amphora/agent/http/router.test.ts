import { expect, test } from 'vitest';
import { HttpFault, ok } from './reply.ts';
import { createRouter } from './router.ts';

const handle = () => ok();
const router = createRouter([
  { method: 'GET', path: '/', handle },
  { method: 'PUT', path: '/1.0/loadbalancer/:id/:action', handle },
  { method: 'GET', path: '/1.0/loadbalancer/:id/haproxy', handle },
  { method: 'PUT', path: '/1.0/vrrp/:action', handle },
  { method: 'PUT', path: '/1.0/vrrp/upload', handle },
]);

function faultOf(method: string, url: string): { status: number; allow: string | undefined } {
  try {
    router(method, url);
    return { status: 0, allow: undefined };
  } catch (error) {
    if (error instanceof HttpFault) return { status: error.reply.status, allow: error.reply.headers['allow'] };
    throw error;
  }
}

test.each([
  ['GET', '/', '/', {}],
  ['HEAD', '/', '/', {}],
  ['GET', '//', '/', {}],
  ['PUT', '/1.0//vrrp/upload', '/1.0/vrrp/upload', {}],
  ['PUT', '/1.0/loadbalancer/x/start', '/1.0/loadbalancer/:id/:action', { id: 'x', action: 'start' }],
  ['PUT', '/1.0/loadbalancer/x/haproxy', '/1.0/loadbalancer/:id/:action', { id: 'x', action: 'haproxy' }],
  ['GET', '/1.0/loadbalancer/x/haproxy?a=b', '/1.0/loadbalancer/:id/haproxy', { id: 'x' }],
  ['PUT', '/1.0/vrrp/upload', '/1.0/vrrp/upload', {}],
  ['GET', '/1.0/loadbalancer/2001%3Adb8%3A%3A1/haproxy', '/1.0/loadbalancer/:id/haproxy', { id: '2001:db8::1' }],
])('%s %s is %s', (method, url, path, params) => {
  const found = router(method, url);
  expect([found.route.path, found.params]).toEqual([path, params]);
});

test.each(['/1.0/nothing', '/1.0/loadbalancer/%2e%2e/haproxy', '/1.0/loadbalancer/..%2f..%2fetc/haproxy', '/1.0/loadbalancer/a%00b/haproxy', '/1.0/%zz', '/1.0/loadbalancer//haproxy'])('%s is unknown', (url) => {
  expect(faultOf('GET', url).status).toBe(404);
});

test('a verb that the path does not have names those it has', () => {
  expect(faultOf('DELETE', '/1.0/loadbalancer/x/haproxy')).toEqual({ status: 405, allow: 'GET, HEAD, PUT' });
});
