import Fastify, { type FastifyInstance } from 'fastify';
import { beforeEach, expect, test } from 'vitest';
import { openRecordStore } from '../../lib/records/record-store.ts';
import type { TokenInfo } from '../../openstack/token.ts';
import { mountService } from '../http/service-scope.ts';
import { keyFaults } from './key-fault.ts';
import { openKeyRecords } from './key-records.ts';
import { registerKeyRoutes } from './key-routes.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const token = (role: string | undefined): TokenInfo => ({
  userId: `user-${role}`, userName: '', userDomainId: 'default', projectId: role === undefined ? null : 'p', projectName: '', projectDomainId: 'default', domainId: null, systemScope: null,
  roles: role === undefined ? [] : [role], expiresAtMs: Infinity,
});

let app: FastifyInstance;
let nowMs: number;
beforeEach(() => {
  nowMs = Date.parse('2027-01-01T00:00:00Z');
  const records = openKeyRecords(openRecordStore(':memory:'));
  app = Fastify();
  const tokens = { validate: async (text: string) => token(text === 'unscoped' ? undefined : text) };
  mountService(app, '/key-manager', { faults: keyFaults, log: silent }, (scope) => registerKeyRoutes(scope, { records, tokens, baseUrl: 'http://cloud', clock: { now: () => nowMs } }));
});

/** A request as somebody who has one role; the token is the role's name. */
async function call(role: string, method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, payload?: object) {
  const response = await app.inject({ method, url: `/key-manager/v1/${path}`, headers: { 'x-auth-token': role }, ...(payload && { payload }) });
  return { status: response.statusCode, text: response.body, body: response.body.startsWith('{') ? response.json() : null };
}
const idOf = (answer: { body: { secret_ref?: string; container_ref?: string } }) => (answer.body.secret_ref ?? answer.body.container_ref ?? '').split('/').at(-1) ?? '';

test.each(['reader', 'load-balancer_observer', 'unscoped'])('%s stores, changes and deletes nothing', async (role) => {
  const secret = idOf(await call('member', 'POST', 'secrets', { payload: 'key' }));
  const container = idOf(await call('member', 'POST', 'containers', { type: 'generic' }));
  const attempts = [
    call(role, 'POST', 'secrets', { payload: 'key' }), call(role, 'POST', 'containers', { type: 'generic' }), call(role, 'PUT', `secrets/${secret}/acl`, { read: { users: ['me'] } }),
    call(role, 'DELETE', `secrets/${secret}`), call(role, 'DELETE', `containers/${container}`),
  ];
  expect((await Promise.all(attempts)).map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
  expect((await call('member', 'GET', `secrets/${secret}/payload`)).text).toBe('key');
});

test('a reader reads secrets and who else may', async () => {
  const secret = idOf(await call('member', 'POST', 'secrets', { payload: 'key' }));
  expect((await call('reader', 'GET', `secrets/${secret}/payload`)).text).toBe('key');
  expect((await call('reader', 'GET', `secrets/${secret}/acl`)).body).toEqual({ read: { 'project-access': true, users: [] } });
});

test('a secret is served until it expires, and one that expired already is refused', async () => {
  const store = (expiration: string) => call('member', 'POST', 'secrets', { name: expiration, payload: 'key', expiration });
  for (const refused of ['2026-12-31T23:59:59', '2027-01-01T01:00:00+02:00', 'tomorrow']) expect((await store(refused)).status).toBe(400);
  const secret = idOf(await store('2027-01-01T03:00:00+02:00'));
  expect((await call('member', 'GET', `secrets/${secret}`)).body).toMatchObject({ expiration: '2027-01-01T01:00:00' });
  expect((await call('member', 'GET', `secrets/${secret}/payload`)).text).toBe('key');
  nowMs = Date.parse('2027-01-01T01:00:00Z');
  for (const path of ['', '/payload', '/acl']) expect((await call('member', 'GET', `secrets/${secret}${path}`)).status).toBe(404);
  expect((await call('member', 'GET', 'secrets')).body).toMatchObject({ secrets: [], total: 0 });
  expect((await call('member', 'POST', 'containers', { type: 'generic', secret_refs: [{ name: 'a', secret_ref: `secrets/${secret}` }] })).status).toBe(404);
  expect((await call('member', 'DELETE', `secrets/${secret}`)).status).toBe(204);
});

test('each page of a list leads to the next and to the one before, with the same filters', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) await call('member', 'POST', 'secrets', { name: 'wanted', payload: name });
  await call('member', 'POST', 'secrets', { name: 'other', payload: 'f' });
  const follow = (answer: { body: { next?: string } }) => call('member', 'GET', (answer.body.next ?? '').replace('http://cloud/key-manager/v1/', ''));
  const first = await call('member', 'GET', 'secrets?name=wanted&limit=2');
  const second = await follow(first);
  const last = await follow(second);
  expect([first, second, last].map(({ body }) => body.secrets.length)).toEqual([2, 2, 1]);
  expect(first.body).not.toHaveProperty('previous');
  expect(last.body).not.toHaveProperty('next');
  expect(last.body.previous).toBe('http://cloud/key-manager/v1/secrets?name=wanted&limit=2&offset=2');
});

test('what Terraform notes about a secret is kept, all at once or by key, and only by who may change it', async () => {
  const secret = idOf(await call('member', 'POST', 'secrets', { name: 'certificate', secret_type: 'certificate' }));
  const path = `secrets/${secret}/metadata`;
  const status = async (...request: Parameters<typeof call>) => (await call(...request)).status;
  expect((await call('member', 'GET', path)).body).toEqual({ metadata: {} });
  expect(await status('member', 'PUT', path, { metadata: { Key: 'foo', number: 3 } })).toBe(201);
  expect(await status('member', 'POST', path, { key: 'other', value: 'bar' })).toBe(201);
  expect(await status('member', 'POST', path, { key: 'other', value: 'again' })).toBe(409);
  expect(await status('member', 'PUT', `${path}/key`, { key: 'key', value: 'new' })).toBe(200);
  expect(await status('member', 'PUT', `${path}/none`, { key: 'none', value: 'new' })).toBe(404);
  expect(await status('member', 'DELETE', `${path}/number`)).toBe(204);
  expect(await status('reader', 'PUT', path, { metadata: {} })).toBe(403);
  expect((await call('reader', 'GET', path)).body).toEqual({ metadata: { key: 'new', other: 'bar' } });
  expect((await call('member', 'GET', `${path}/other`)).body).toEqual({ key: 'other', value: 'bar' });
});
