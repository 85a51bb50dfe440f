import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Fabric } from '../drivers/network/local/fabric/fabric.ts';
import { DriverFailure } from '../drivers/errors.ts';
import { inRequestScope } from '../openstack/request-scope.ts';
import { openMiniCloud, type MiniCloud } from './open-mini-cloud.ts';

const nothing = async (): Promise<void> => undefined;
let settled = nothing;
const noFabric: Fabric = { plug: nothing, unplug: nothing, settled: () => settled(), restore: nothing, close: nothing, conflictingRoute: async (cidr) => (cidr === '172.31.0.0/16' ? '172.31.0.0/16 dev eth0' : null) };
const silent = { info: () => undefined, warn: () => undefined, error: (fields: object, message: string) => { throw new Error(`${message} ${JSON.stringify(fields)}`); } };

let dataDir: string;
let nowMs: number;
let cloud: MiniCloud;
let app: FastifyInstance;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'minicloud-'));
  nowMs = 1_800_000_000_000;
  settled = nothing;
  await open();
});
afterEach(async () => {
  await shut();
  rmSync(dataDir, { recursive: true });
});

async function open(): Promise<void> {
  cloud = await openMiniCloud({ dataDir, baseUrl: 'http://127.0.0.1:9876', log: silent, openFabric: () => noFabric, clock: { now: () => nowMs } });
  app = Fastify();
  cloud.registerRoutes(app);
  cloud.writeOpenrc(join(dataDir, 'openrc'));
}
async function shut(): Promise<void> {
  await app.close();
  await cloud.close();
}

interface Answer { readonly status: number; readonly body: any; readonly token: string; readonly text: string } // eslint-disable-line typescript/no-explicit-any

async function call(method: InjectOptions['method'], url: string, token?: string, payload?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await app.inject({
    method: method ?? 'GET', url, headers: { ...(token !== undefined && { 'x-auth-token': token }), ...headers }, ...(payload !== undefined && { payload: payload as object }),
  });
  const isJson = String(response.headers['content-type'] ?? '').includes('json');
  return { status: response.statusCode, body: isJson && response.body !== '' ? response.json() : null, token: String(response.headers['x-subject-token'] ?? ''), text: response.body };
}

async function signIn(user: string, scope?: unknown): Promise<string> {
  const openrc = readFileSync(join(dataDir, user === 'admin' ? 'openrc' : `openrc-${user}`), 'utf8');
  const value = (key: string) => new RegExp(`export ${key}=(.*)`).exec(openrc)?.[1] ?? '';
  const answer = await call('POST', '/identity/v3/auth/tokens', undefined, {
    auth: {
      identity: { methods: ['password'], password: { user: { name: value('OS_USERNAME'), password: value('OS_PASSWORD'), domain: { id: 'default' } } } },
      scope: scope ?? { project: { name: value('OS_PROJECT_NAME'), domain: { id: 'default' } } },
    },
  });
  expect(answer.status).toBe(201);
  return answer.token;
}

describe('identity', () => {
  test('every built-in user signs in with the openrc written for it, and only the owner can read that', async () => {
    const roles: Record<string, readonly string[]> = {};
    for (const user of ['admin', 'member', 'reader', 'load-balancer_observer', 'load-balancer_global_observer', 'load-balancer_member', 'load-balancer_quota_admin', 'load-balancer_admin', 'other-member', 'octavia']) {
      roles[user] = (await cloud.tokens.validate(await signIn(user)))?.roles ?? [];
    }
    expect(roles).toMatchObject({
      admin: ['admin', 'member', 'reader'], member: ['member', 'reader'], reader: ['reader'], 'load-balancer_observer': ['load-balancer_observer'], 'other-member': ['member', 'reader'],
    });
    for (const file of ['openrc', 'openrc-member', 'minicloud.sqlite', 'identity-passwords.json']) expect(statSync(join(dataDir, file)).mode & 0o777).toBe(0o600);
  });

  test('a token stays valid over a restart, ends when revoked, expired or its user is disabled', async () => {
    const [first, second] = [await signIn('member'), await signIn('member')];
    await shut();
    await open();
    expect(await cloud.tokens.validate(first)).toMatchObject({ userName: 'member', projectName: 'demo' });
    expect((await call('DELETE', '/identity/v3/auth/tokens', first, undefined, { 'x-subject-token': first })).status).toBe(204);
    expect(await cloud.tokens.validate(first)).toBeNull();
    const admin = await signIn('admin');
    const member = (await cloud.tokens.validate(second))?.userId;
    await call('PATCH', `/identity/v3/users/${member}`, admin, { user: { enabled: false } });
    expect(await cloud.tokens.validate(second)).toBeNull();
    nowMs += 13 * 3_600_000;
    expect(await cloud.tokens.validate(admin)).toBeNull();
  });

  test('a new password ends the tokens that were got with the old one', async () => {
    const [admin, first] = [await signIn('admin'), await signIn('member')];
    const id = (await cloud.tokens.validate(first))?.userId;
    const old = JSON.parse(readFileSync(join(dataDir, 'identity-passwords.json'), 'utf8')).member;
    expect((await call('POST', `/identity/v3/users/${id}/password`, first, { user: { original_password: old, password: 'second' } })).status).toBe(204);
    expect(await cloud.tokens.validate(first)).toBeNull();
    const second = (await call('POST', '/identity/v3/auth/tokens', undefined, { auth: { identity: { methods: ['password'], password: { user: { id, password: 'second' } } } } })).token;
    expect((await call('PATCH', `/identity/v3/users/${id}`, admin, { user: { password: 'third' } })).status).toBe(200);
    expect(await cloud.tokens.validate(second)).toBeNull();
  });

  test('a token ends with the last role of its user in the project', async () => {
    const [admin, member] = [await signIn('admin'), await signIn('member')];
    const ref = (await call('POST', '/key-manager/v1/secrets', member, { payload: 'private' })).body.secret_ref;
    const info = await cloud.tokens.validate(member);
    const role = (await call('GET', '/identity/v3/roles?name=member', admin)).body.roles[0].id;
    await call('DELETE', `/identity/v3/projects/${info?.projectId}/users/${info?.userId}/roles/${role}`, admin);
    expect((await call('GET', `${new URL(ref).pathname}/payload`, member)).status).toBe(401);
    expect((await call('GET', '/identity/v3/auth/tokens', admin, undefined, { 'x-subject-token': member })).status).toBe(404);
  });

  test.each([
    ['system', { system: { all: true } }, { systemScope: 'all', projectId: null, roles: ['admin', 'member', 'reader'] }],
    ['domain', { domain: { id: 'default' } }, { domainId: 'default', projectId: null, roles: ['admin', 'member', 'reader'] }],
    ['no', 'unscoped', { systemScope: null, domainId: null, projectId: null, roles: [] }],
    ['another project’s', { project: { name: 'demo', domain: { name: 'Default' } } }, { projectName: 'demo' }],
  ])('the administrator gets a token of %s scope', async (_what, scope, expected) => {
    expect(await cloud.tokens.validate(await signIn('admin', scope))).toMatchObject(expected);
  });

  test('a wrong password, a foreign project and a disabled method are 401 in Keystone’s words', async () => {
    const attempt = (user: object, scope?: object, methods = ['password']) => call('POST', '/identity/v3/auth/tokens', undefined, { auth: { identity: { methods, password: { user } }, ...(scope && { scope }) } });
    const wrong = await attempt({ name: 'admin', domain: { id: 'default' }, password: 'guess' });
    expect([wrong.status, wrong.body.error.title]).toEqual([401, 'Unauthorized']);
    expect((await attempt({ name: 'admin', password: 'x' }, undefined, ['totp'])).status).toBe(401);
    const password = JSON.parse(readFileSync(join(dataDir, 'identity-passwords.json'), 'utf8')).member;
    expect((await attempt({ name: 'member', domain: { id: 'default' }, password }, { project: { name: 'other', domain: { id: 'default' } } })).status).toBe(401);
    expect((await call('GET', '/identity/v3/projects', 'nonsense')).status).toBe(401);
    expect((await call('GET', '/identity/v3/projects', await signIn('member'))).status).toBe(403);
  });

  test('a token buys another token that lives no longer', async () => {
    const token = await signIn('admin', 'unscoped');
    nowMs += 3_600_000;
    const answer = await call('POST', '/identity/v3/auth/tokens', undefined, { auth: { identity: { methods: ['token'], token: { id: token } }, scope: { project: { name: 'demo', domain: { id: 'default' } } } } });
    expect(answer.body.token.methods).toEqual(['token', 'password']);
    expect((await cloud.tokens.validate(answer.token))?.expiresAtMs).toBe((await cloud.tokens.validate(token))?.expiresAtMs);
  });

  test('a new project, user and role assignment work at once and leave with the project', async () => {
    const admin = await signIn('admin');
    const project = (await call('POST', '/identity/v3/projects', admin, { project: { name: 'new' } })).body.project.id;
    const user = (await call('POST', '/identity/v3/users', admin, { user: { name: 'newcomer', password: 'pw', default_project_id: project } })).body.user.id;
    const role = (await call('GET', '/identity/v3/roles?name=member', admin)).body.roles[0].id;
    const grant = `/identity/v3/projects/${project}/users/${user}/roles/${role}`;
    expect((await call('PUT', grant, admin)).status).toBe(204);
    const signInNew = () => call('POST', '/identity/v3/auth/tokens', undefined, { auth: { identity: { methods: ['password'], password: { user: { id: user, password: 'pw' } } } } });
    expect((await signInNew()).body.token).toMatchObject({ project: { name: 'new' }, roles: [{ name: 'member' }, { name: 'reader' }] });
    expect((await call('POST', '/identity/v3/projects', admin, { project: { name: 'new' } })).status).toBe(409);
    await call('DELETE', `/identity/v3/projects/${project}`, admin);
    expect((await signInNew()).body.token.project).toBeUndefined();
  });
});

describe('network', () => {
  const create = async (token: string, path: string, root: string, fields: object) => (await call('POST', `/network/v2.0/${path}`, token, { [root]: fields })).body[root];

  test('lists filter by name, by several values, by fixed IP, pick fields and page', async () => {
    const token = await signIn('member');
    const [a, b] = [await create(token, 'networks', 'network', { name: 'a' }), await create(token, 'networks', 'network', { name: 'b' })];
    const subnet = await create(token, 'subnets', 'subnet', { network_id: a.id, cidr: '10.0.0.0/24', ip_version: 4 });
    const port = await create(token, 'ports', 'port', { network_id: a.id, fixed_ips: [{ ip_address: '10.0.0.9' }] });
    await create(token, 'ports', 'port', { network_id: a.id });
    const ids = async (path: string, root: string) => (await call('GET', `/network/v2.0/${path}`, token)).body[root].map((view: { id: string }) => view.id);
    expect(await ids('networks?name=a', 'networks')).toEqual([a.id]);
    expect(await ids('networks?name=a&name=b', 'networks')).toEqual([a.id, b.id]);
    expect(await ids('networks?router%3Aexternal=False&sort_key=name&sort_dir=desc', 'networks')).toEqual([b.id, a.id]);
    expect(await ids(`networks?limit=1&marker=${a.id}`, 'networks')).toEqual([b.id]);
    expect(await ids('ports?fixed_ips=ip_address%3D10.0.0.9', 'ports')).toEqual([port.id]);
    expect(await ids(`ports?fixed_ips=subnet_id%3D${subnet.id}`, 'ports')).toHaveLength(2);
    expect((await call('GET', '/network/v2.0/networks?name=a&fields=id', token)).body.networks).toEqual([{ id: a.id }]);
  });

  test('projects see their own, shared and external networks; readers write nothing', async () => {
    const [admin, member, other, reader] = [await signIn('admin'), await signIn('member'), await signIn('other-member'), await signIn('reader')];
    const own = await create(member, 'networks', 'network', { name: 'own' });
    await create(admin, 'networks', 'network', { name: 'public', 'router:external': true });
    await create(admin, 'networks', 'network', { name: 'secret' });
    const names = async (token: string) => (await call('GET', '/network/v2.0/networks', token)).body.networks.map((view: { name: string }) => view.name);
    expect(await names(other)).toEqual(['public']);
    expect(await names(reader)).toEqual(['own', 'public']);
    expect(await names(admin)).toEqual(['own', 'public', 'secret']);
    expect((await call('DELETE', `/network/v2.0/networks/${own.id}`, other)).status).toBe(404);
    expect((await call('POST', '/network/v2.0/networks', reader, { network: { name: 'x' } })).body.NeutronError.type).toBe('PolicyNotAuthorized');
    expect((await call('POST', '/network/v2.0/networks', member, { network: { name: 'x', shared: true } })).status).toBe(403);
    expect((await call('GET', '/network/v2.0/networks')).status).toBe(401);
  });

  test('only administrators share a QoS policy, when it is changed too', async () => {
    const member = await signIn('member');
    const policy = await create(member, 'qos/policies', 'policy', { name: 'slow' });
    const share = { policy: { shared: true } };
    expect((await call('PUT', `/network/v2.0/qos/policies/${policy.id}`, member, share)).status).toBe(403);
    expect((await call('PUT', `/network/v2.0/qos/policies/${policy.id}`, await signIn('admin'), share)).status).toBe(200);
  });

  test('faults carry Neutron’s type and message', async () => {
    const token = await signIn('member');
    expect((await call('GET', '/network/v2.0/ports/nothing', token)).body).toEqual({ NeutronError: { type: 'PortNotFound', message: 'Port nothing could not be found.', detail: '' } });
    expect((await call('POST', '/network/v2.0/networks', token, {})).status).toBe(400);
    expect((await call('POST', '/network/v2.0/networks', token, '{"network":' as never, { 'content-type': 'application/json' })).status).toBe(400);
    const network = await create(token, 'networks', 'network', { name: 'n' });
    const clash = await call('POST', '/network/v2.0/subnets', token, { subnet: { network_id: network.id, cidr: '172.31.0.0/16', ip_version: 4 } });
    expect([clash.status, clash.body.NeutronError.message]).toEqual([409, 'The subnet 172.31.0.0/16 overlaps a route of this host (172.31.0.0/16 dev eth0); choose another range.']);
  });

  test('a subnet that the host cannot have is refused with the reason, and not kept', async () => {
    const token = await signIn('member');
    const network = await create(token, 'networks', 'network', { name: 'n' });
    settled = async () => { throw new DriverFailure('network', `network ${network.id}`, 'IPv6 is disabled on this device'); };
    const refused = await call('POST', '/network/v2.0/subnets', token, { subnet: { network_id: network.id, cidr: 'fd00:1::/64', ip_version: 6 } });
    expect([refused.status, refused.body.NeutronError.message]).toEqual([409, expect.stringMatching(/^This host cannot have the subnet fd00:1::\/64: .*IPv6 is disabled on this device/)]);
    expect((await call('GET', '/network/v2.0/subnets', token)).body.subnets).toEqual([]);
  });

  test('what Octavia probes is offered', async () => {
    const token = await signIn('octavia');
    for (const alias of ['security-group', 'allowed-address-pairs', 'qos', 'project-id']) expect((await call('GET', `/network/v2.0/extensions/${alias}`, token)).status).toBe(200);
    expect((await call('GET', '/network/v2.0/extensions/dns-integration', token)).status).toBe(404);
    const group = await create(token, 'security-groups', 'security_group', { name: 'lb-x' });
    const vrrp = { security_group_id: group.id, direction: 'ingress', protocol: 112, port_range_min: null, port_range_max: null, ethertype: 'IPv4', remote_ip_prefix: null };
    expect((await call('POST', '/network/v2.0/security-group-rules', token, { security_group_rule: vrrp })).status).toBe(201);
    expect((await call('POST', '/network/v2.0/security-group-rules', token, { security_group_rule: vrrp })).body.NeutronError.type).toBe('SecurityGroupRuleExists');
  });

  test('tags can be set, listed by and removed', async () => {
    const token = await signIn('member');
    const network = await create(token, 'networks', 'network', { name: 'n' });
    await call('PUT', `/network/v2.0/networks/${network.id}/tags`, token, { tags: ['blue', 'red'] });
    await call('DELETE', `/network/v2.0/networks/${network.id}/tags/red`, token);
    expect((await call('GET', '/network/v2.0/networks?tags=blue', token)).body.networks[0].tags).toEqual(['blue']);
  });
});

test('a server runs a command for administrators only', async () => {
  const [admin, member] = [await signIn('admin'), await signIn('member')];
  const create = (token: string) => call('POST', '/octavia-embedded/v1/servers', token, { server: { name: 'web1', network: 'none', command: ['touch', '/etc/owned'] } });
  const refused = await create(member);
  expect([refused.status, refused.body.error.message]).toEqual([403, 'rule:create_server:command is disallowed by policy']);
  expect((await create(admin)).body.error.message).toBe('Network none could not be found.');
});

describe('key manager', () => {
  const store = async (token: string, fields: object): Promise<string> => (await call('POST', '/key-manager/v1/secrets/', token, fields)).body.secret_ref;
  const path = (ref: string) => new URL(ref).pathname;

  test('a secret comes back as it went in, text and bytes, in one step or two', async () => {
    const token = await signIn('member');
    const text = await store(token, { name: 't', payload: 'hällo', payload_content_type: 'text/plain' });
    expect((await call('GET', `${path(text)}/payload`, token)).text).toBe('hällo');
    const later = await store(token, { name: 'l' });
    expect((await call('GET', `${path(later)}/payload`, token)).status).toBe(404);
    expect((await call('PUT', path(later), token, Buffer.from([0, 255]), { 'content-type': 'application/octet-stream' })).status).toBe(204);
    expect((await call('GET', path(later), token)).body.content_types).toEqual({ default: 'application/octet-stream' });
    expect((await call('GET', '/key-manager/v1/secrets?limit=1&offset=1', token)).body).toMatchObject({ total: 2, secrets: [{ name: 'l' }] });
    await store(token, { name: 'aes', algorithm: 'aes', bit_length: 256 });
    for (const filter of ['alg=aes', 'bits=256']) expect((await call('GET', `/key-manager/v1/secrets?${filter}`, token)).body).toMatchObject({ total: 1, secrets: [{ name: 'aes' }] });
    expect((await call('GET', path(text), await signIn('other-member'))).status).toBe(403);
    expect((await call('DELETE', path(text), token)).status).toBe(204);
    expect((await call('GET', path(text), token)).body).toEqual({ code: 404, title: 'Not Found', description: 'Secret not found.' });
  });

  describe.each(['rsa', 'ec'])('%s certificates', (kind) => {
    const algorithm = kind === 'rsa' ? ['rsa:2048'] : ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];

    test('as PKCS12 of modern and of legacy encryption, and as a container, all give the same bundle', async () => {
      const [key, certificate] = [join(dataDir, 'k.pem'), join(dataDir, 'c.pem')];
      execFileSync('openssl', ['req', '-x509', '-newkey', ...algorithm, '-nodes', '-keyout', key, '-out', certificate, '-subj', '/CN=www.example.com', '-days', '9'], { stdio: 'ignore' });
      const token = await signIn('member');
      const project = (await cloud.tokens.validate(token))?.projectId ?? '';
      for (const legacy of [[], ['-legacy']]) {
        const p12 = execFileSync('openssl', ['pkcs12', '-export', ...legacy, '-inkey', key, '-in', certificate, '-certfile', certificate, '-passout', 'pass:']);
        const ref = await store(token, { payload: p12.toString('base64'), payload_content_type: 'application/octet-stream', payload_content_encoding: 'base64' });
        const bundle = await cloud.certManager.getBundle(ref, project);
        expect(bundle.certificate.trim()).toBe(readFileSync(certificate, 'utf8').trim());
        expect(bundle.privateKey).toContain('BEGIN PRIVATE KEY');
        expect(bundle.primaryCn).toBe('www.example.com');
      }
      const [first, second] = [await store(token, { payload: readFileSync(certificate, 'utf8') }), await store(token, { payload: readFileSync(key, 'utf8') })];
      const container = (await call('POST', '/key-manager/v1/containers', token, { type: 'certificate', secret_refs: [{ name: 'certificate', secret_ref: first }, { name: 'private_key', secret_ref: second }] })).body.container_ref;
      expect(await cloud.certManager.getBundle(container, project)).toMatchObject({ primaryCn: 'www.example.com', privateKey: readFileSync(key, 'utf8') });
      await expect(cloud.certManager.getBundle(container, 'stranger')).rejects.toThrow(DriverFailure);
      await cloud.certManager.grantAccess(container, project);
      expect((await cloud.certManager.getBundle(container, 'stranger')).primaryCn).toBe('www.example.com');
    });
  });

  describe('a load balancer of another project', () => {
    const OTHER = 'project-of-the-load-balancer';
    const grant = (token: string, ref: string) => inRequestScope({ requestId: 'req-1', token }, () => cloud.certManager.grantAccess(ref, OTHER));
    const contain = async (token: string, ref: string): Promise<string> =>
      (await call('POST', '/key-manager/v1/containers', token, { type: 'certificate', secret_refs: [{ name: 'certificate', secret_ref: ref }] })).body.container_ref;

    test('gets no secret that its user may not read, though the service reads it for its owner, be it in a container of that user', async () => {
      const [owner, stranger] = [await signIn('member'), await signIn('other-member')];
      const ref = await store(owner, { payload: 'mine' });
      await grant(owner, ref);
      expect(await cloud.certManager.getSecret(ref, OTHER)).toBe('mine');
      await expect(grant(stranger, ref)).rejects.toThrow(/was not found or may not be read/);
      await expect(grant(stranger, await contain(stranger, ref))).rejects.toThrow(/was not found or may not be read/);
      await expect(cloud.certManager.grantAccess(ref, OTHER)).rejects.toThrow(/was not found or may not be read/);
    });

    test('gets nothing out of a container of its own project that holds a secret of another', async () => {
      const [owner, stranger] = [await signIn('member'), await signIn('other-member')];
      const project = (await cloud.tokens.validate(stranger))?.projectId ?? '';
      const container = await contain(stranger, await store(owner, { payload: 'mine' }));
      await expect(cloud.certManager.getBundle(container, project)).rejects.toThrow(/was not found or may not be read/);
    });

    test('gets a secret that its ACL shares with the user, and one of an administrator’s choice', async () => {
      const [owner, guest] = [await signIn('member'), await signIn('other-member')];
      const guestId = (await cloud.tokens.validate(guest))?.userId;
      const [shared, chosen] = [await store(owner, { payload: 'shared' }), await store(owner, { payload: 'chosen' })];
      await call('PUT', `${path(shared)}/acl`, owner, { read: { users: [guestId], 'project-access': true } });
      await grant(guest, shared);
      await grant(await signIn('admin'), chosen);
      expect([await cloud.certManager.getSecret(shared, OTHER), await cloud.certManager.getSecret(chosen, OTHER)]).toEqual(['shared', 'chosen']);
    });

    test('a secret without project access is its creator’s', async () => {
      const [owner, colleague] = [await signIn('member'), await signIn('reader')];
      const ref = await store(owner, { payload: 'private' });
      await call('PUT', `${path(ref)}/acl`, owner, { read: { 'project-access': false } });
      await expect(grant(colleague, ref)).rejects.toThrow(/may not be read/);
      await grant(owner, ref);
      expect(await cloud.certManager.getSecret(ref, OTHER)).toBe('private');
    });
  });

  test('an expired secret is given to no load balancer', async () => {
    const token = await signIn('member');
    const ref = await store(token, { payload: 'short-lived', expiration: new Date(nowMs + 60_000).toISOString() });
    expect(await cloud.certManager.getSecret(ref, null)).toBe('short-lived');
    nowMs += 60_000;
    await expect(cloud.certManager.getSecret(ref, null)).rejects.toThrow(/has expired/);
  });

  test('a secret that is no PKCS12 says so', async () => {
    const token = await signIn('member');
    const ref = await store(token, { payload: 'not a bundle' });
    await expect(cloud.certManager.getBundle(ref, null)).rejects.toThrow(/PKCS12 bundle is unreadable/);
    expect(await cloud.certManager.getSecret(ref, null)).toBe('not a bundle');
  });
});
