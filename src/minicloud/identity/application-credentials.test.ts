import Fastify, { type FastifyInstance } from 'fastify';
import { beforeEach, expect, test } from 'vitest';
import { openRecordStore } from '../../lib/records/record-store.ts';
import { mountService } from '../http/service-scope.ts';
import { identityFaults } from './identity-fault.ts';
import { grant, openIdentityRecords, revoke, type IdentityRecords } from './identity-records.ts';
import { registerIdentityRoutes } from './identity-routes.ts';
import { hashPassword } from './passwords.ts';
import { createTokens, type Tokens } from './tokens.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const DEFAULT = { id: 'default' };

let app: FastifyInstance;
let records: IdentityRecords;
let tokens: Tokens;
let nowMs: number;
let own: string;
beforeEach(async () => {
  nowMs = Date.parse('2027-01-01T00:00:00Z');
  records = openIdentityRecords(openRecordStore(':memory:'));
  const passwordHash = await hashPassword('pw');
  records.store.transaction(() => {
    for (const name of ['admin', 'member', 'reader']) records.roles.put({ id: name, name, description: '' });
    for (const id of ['p', 'q']) records.projects.put({ id, name: id, description: '', enabled: true, tags: [] });
    for (const id of ['alice', 'bob']) records.users.put({ id, name: id, description: '', email: null, enabled: true, defaultProjectId: 'p', passwordHash });
  });
  for (const [user, role, project] of [['alice', 'member', 'p'], ['alice', 'admin', 'q'], ['bob', 'member', 'p']] as const) grant(records, user, role, `project:${project}`);
  tokens = createTokens(records, { now: () => nowMs });
  app = Fastify();
  mountService(app, '/identity', { faults: identityFaults, log: silent }, (scope) => registerIdentityRoutes(scope, { records, tokens, baseUrl: 'http://cloud', clock: { now: () => nowMs } }));
  own = await signIn({ methods: ['password'], password: { user: { name: 'alice', domain: DEFAULT, password: 'pw' } } });
});

async function call(method: 'GET' | 'POST' | 'DELETE', path: string, token: string, payload?: object) {
  const response = await app.inject({ method, url: `/identity/v3/${path}`, headers: { 'x-auth-token': token }, ...(payload && { payload }) });
  return { status: response.statusCode, body: response.body === '' ? null : response.json(), token: String(response.headers['x-subject-token'] ?? '') };
}
const attempt = (identity: object, scope?: object) => call('POST', 'auth/tokens', '', { auth: { identity, ...(scope && { scope }) } });
async function signIn(identity: object): Promise<string> {
  const { status, token } = await attempt(identity);
  expect(status).toBe(201);
  return token;
}
async function create(fields: object = {}, token = own) {
  const { status, body } = await call('POST', 'users/alice/application_credentials', token, { application_credential: { name: 'cluster', unrestricted: false, ...fields } });
  return { status, credential: body.application_credential };
}
const by = (credential: object) => ({ methods: ['application_credential'], application_credential: credential });

test('a program signs in by id or by name, as gophercloud and keystoneauth ask, and is told where it is', async () => {
  const { status, credential } = await create();
  expect([status, credential.project_id, credential.roles.map((role: { name: string }) => role.name), credential.expires_at]).toEqual([201, 'p', ['member', 'reader'], null]);
  const { id, secret } = credential;
  const answer = await attempt(by({ id, secret }));
  expect(answer.body.token).toMatchObject({
    methods: ['application_credential'], user: { name: 'alice' }, project: { id: 'p' }, application_credential: { id, name: 'cluster', restricted: true }, roles: [{ name: 'member' }, { name: 'reader' }],
  });
  expect(await tokens.validate(answer.token)).toMatchObject({ userId: 'alice', projectId: 'p', roles: ['member', 'reader'] });
  for (const user of [{ id: 'alice' }, { name: 'alice', domain: { name: 'Default' } }]) await signIn(by({ name: 'cluster', user, secret }));
  const shown = (await call('GET', 'users/alice/application_credentials?name=cluster', own)).body.application_credentials;
  expect([shown.length, shown[0].id, shown[0].secret]).toEqual([1, id, undefined]);
  expect((await call('GET', `users/alice/application_credentials/${id}`, own)).body.application_credential.name).toBe('cluster');
  const { credential: other } = await create({ name: 'other', secret: '', expires_at: '', roles: [], access_rules: null });
  expect((await attempt(by({ id: other.id, secret: '' }))).status).toBe(401);
  await signIn(by({ id: other.id, secret: other.secret }));
});

test('nobody signs in with a wrong secret, for another scope, after the expiry, or once the credential or its roles are gone', async () => {
  const { credential: { id, secret } } = await create({ expires_at: '2027-01-01T01:00:00.000000' });
  const token = await signIn(by({ id, secret }));
  expect((await attempt(by({ id, secret: 'guess' }))).status).toBe(401);
  expect((await attempt(by({ name: 'cluster', user: { id: 'bob' }, secret }))).status).toBe(401);
  expect((await attempt(by({ id, secret }), { project: { id: 'q' } })).status).toBe(401);
  expect((await attempt({ methods: ['token'], token: { id: token } }, { project: { id: 'q' } })).status).toBe(403);
  nowMs += 3_600_000;
  expect([(await attempt(by({ id, secret }))).status, await tokens.validate(token)]).toEqual([401, null]);
  own = await signIn({ methods: ['password'], password: { user: { name: 'alice', domain: DEFAULT, password: 'pw' } } });
  const { credential: second } = await create({ name: 'second', roles: [{ name: 'reader' }] });
  const reading = await signIn(by({ id: second.id, secret: second.secret }));
  expect((await tokens.validate(reading))?.roles).toEqual(['reader']);
  expect((await call('DELETE', `users/alice/application_credentials/${second.id}`, own)).status).toBe(204);
  expect([await tokens.validate(reading), (await attempt(by({ id: second.id, secret: second.secret }))).status]).toEqual([null, 401]);
  const { credential: third } = await create({ name: 'third' });
  revoke(records, 'alice', 'member', 'project:p');
  expect((await attempt(by({ id: third.id, secret: third.secret }))).status).toBe(401);
});

test('a credential has no more than its maker, and makes others only when it is unrestricted', async () => {
  expect((await create({ roles: [{ name: 'admin' }] })).status).toBe(400);
  expect((await create({ access_rules: [{ service: 'load-balancer', method: 'GET', path: '/v2/**' }] })).status).toBe(400);
  const { credential: restricted } = await create();
  expect((await create()).status).toBe(409);
  const token = await signIn(by({ id: restricted.id, secret: restricted.secret }));
  expect((await create({ name: 'child' }, token)).status).toBe(403);
  expect((await call('DELETE', `users/alice/application_credentials/${restricted.id}`, token)).status).toBe(403);
  const { credential: free } = await create({ name: 'free', unrestricted: true, roles: [{ id: 'reader' }] });
  const reader = await signIn(by({ id: free.id, secret: free.secret }));
  expect((await create({ name: 'grandchild', roles: [{ name: 'member' }] }, reader)).status).toBe(400);
  expect((await create({ name: 'child' }, reader)).credential.roles).toHaveLength(1);
  const bob = await signIn({ methods: ['password'], password: { user: { name: 'bob', domain: DEFAULT, password: 'pw' } } });
  expect((await create({ name: 'foreign' }, bob)).status).toBe(403);
  expect((await call('GET', `users/alice/application_credentials/${free.id}`, bob)).status).toBe(403);
  expect((await call('GET', `users/bob/application_credentials/${free.id}`, bob)).status).toBe(404);
});
