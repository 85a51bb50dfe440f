import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { inRequestScope } from '../../openstack/request-scope.ts';
import { startScriptedCloud, type ScriptedAnswer, type ScriptedCloud } from '../../openstack/testing/scripted-cloud.ts';
import { createAuthority, type IssuedCertificate } from './authority.ts';
import { createBarbicanCertManager, createCastellanCertManager } from './barbican-cert-manager.ts';
import type { CertManager } from './cert-manager.ts';

const [CONTAINER, CERTIFICATE, KEY, CHAIN] = ['c0', 'ce', 'ee', 'cc'].map((head) => `${head}000000-0000-4000-8000-000000000001`) as [string, string, string, string];
const ref = (kind: string, id: string) => `https://keys.example/v1/${kind}/${id}`;
let issued: IssuedCertificate;
let caPem: string;
let pkcs12: Buffer;
let directory: string;
let scripted: ScriptedCloud | undefined;
beforeAll(async () => {
  const authority = await createAuthority('ca', 3600);
  issued = await authority.issue('www.example.org', 3600);
  caPem = authority.certificatePem;
  directory = mkdtempSync(join(tmpdir(), 'octavia-barbican-'));
  const file = (name: string) => join(directory, name);
  writeFileSync(file('crt'), issued.certificatePem);
  writeFileSync(file('key'), issued.privateKeyPem);
  execFileSync('openssl', ['pkcs12', '-export', '-inkey', file('key'), '-in', file('crt'), '-passout', 'pass:', '-out', file('p12')]);
  pkcs12 = readFileSync(file('p12'));
});
afterAll(() => rmSync(directory, { recursive: true }));
afterEach(async () => { await scripted?.stop(); });

async function barbican(answers: Readonly<Record<string, ScriptedAnswer>> = {}) {
  const container = { secret_refs: [['certificate', CERTIFICATE], ['private_key', KEY], ['intermediates', CHAIN]].map(([name, id]) => ({ name, secret_ref: ref('secrets', id ?? '') })) };
  const texts: Record<string, string> = { [CERTIFICATE]: issued.certificatePem, [KEY]: issued.privateKeyPem, [CHAIN]: caPem };
  scripted = await startScriptedCloud(({ method, url, headers }) => {
    const given = answers[`${method} ${url}`];
    if (given !== undefined) return given;
    if (url.endsWith(`/containers/${CONTAINER}`)) return { body: container };
    const id = /secrets\/([^/]+)\/payload$/.exec(url)?.[1] ?? '';
    if (texts[id] !== undefined) return headers.accept === 'text/plain' ? { bytes: Buffer.from(texts[id]) } : { status: 406 };
    if (url.endsWith('/acl')) return method === 'PUT' ? { body: {} } : { body: { read: { 'project-access': true } } };
    return { status: 404, body: { title: 'Not Found', description: 'Secret not found.' } };
  });
  return { keys: createBarbicanCertManager(scripted.cloud.service('barbican')), castellan: createCastellanCertManager(scripted.cloud.service('castellan')), calls: scripted.calls, seen: scripted.seen };
}

describe('certificates of Barbican', () => {
  it('a container is read part by part, each once, without trying what it is', async () => {
    const { keys, calls } = await barbican();
    const bundle = await keys.getBundle(ref('containers', CONTAINER), 'demo');
    expect(bundle).toMatchObject({ primaryCn: 'www.example.org', certificate: issued.certificatePem, privateKey: issued.privateKeyPem });
    expect(bundle.intermediates).toHaveLength(1);
    expect(calls.toSorted()).toEqual([`GET /barbican/v1/containers/${CONTAINER}`, ...[CHAIN, CERTIFICATE, KEY].map((id) => `GET /barbican/v1/secrets/${id}/payload`)]);
  });

  it('a secret is a PKCS12 bundle, or a text for authorities and revocation lists, however it was stored', async () => {
    const { keys, castellan } = await barbican({ [`GET /barbican/v1/secrets/${CONTAINER}/payload`]: { bytes: pkcs12 } });
    expect((await keys.getBundle(ref('secrets', CONTAINER), 'demo')).primaryCn).toBe('www.example.org');
    expect((await castellan.getBundle(CONTAINER, 'demo')).primaryCn).toBe('www.example.org');
    expect(await keys.getSecret(ref('secrets', CHAIN), 'demo')).toBe(caPem);
  });

  it.each([
    ['what is no reference', 'nonsense', /is no reference/], ['a secret that is missing', ref('secrets', CONTAINER), /Secret .* was not found/],
    ['a text where a bundle belongs', ref('secrets', CHAIN), /Secret .*PKCS12 bundle is unreadable/],
  ])('%s is refused in words', async (_what, reference, message) => {
    await expect((await barbican()).keys.getBundle(reference, 'demo')).rejects.toThrow(message);
  });

  it('the service user is entered into the read lists with the token of the user that asks, once', async () => {
    const { keys, seen } = await barbican({ [`GET /barbican/v1/secrets/${KEY}/acl`]: { body: { read: { users: ['octavia-user'], 'project-access': false } } } });
    await inRequestScope({ requestId: 'req-1', token: 'user-token' }, () => keys.grantAccess(ref('containers', CONTAINER), 'demo'));
    const puts = seen.filter(({ method }) => method === 'PUT');
    expect(puts.map(({ url }) => url).toSorted()).toEqual([`/barbican/v1/containers/${CONTAINER}/acl`, `/barbican/v1/secrets/${CHAIN}/acl`, `/barbican/v1/secrets/${CERTIFICATE}/acl`].toSorted());
    expect(puts.every(({ body }) => JSON.stringify(body) === '{"read":{"users":["octavia-user"],"project-access":true}}')).toBe(true);
    expect(new Set(seen.map(({ headers }) => headers['x-auth-token']))).toEqual(new Set(['user-token']));
  });

  it('nobody is entered when no user asks', async () => {
    const { keys, seen } = await barbican();
    await keys.grantAccess(ref('secrets', KEY), 'demo');
    expect(seen).toEqual([]);
  });

  describe('a user that may not share a secret', () => {
    const acl = (kind: string, id: string) => `GET /barbican/v1/${kind}/${id}/acl`;
    const payload = (id: string) => `GET /barbican/v1/secrets/${id}/payload`;
    const grant = (keys: CertManager, reference: string) => inRequestScope({ requestId: 'req-1', token: 'user-token' }, () => keys.grantAccess(reference, 'demo'));

    it.each([['text', {}], ['bytes', { bytes: Buffer.from([1]) }], ['something else', { status: 406 }]])('uses what he may read himself: %s', async (_what, answer) => {
      const { keys, seen } = await barbican({ [acl('secrets', KEY)]: { status: 403 }, [payload(KEY)]: answer });
      await grant(keys, ref('secrets', KEY));
      expect(seen.map(({ method, headers }) => [method, headers['x-auth-token']])).toEqual([['GET', 'user-token'], ['GET', 'user-token']]);
    });

    // The service user could read it: a load balancer of its owner uses it.
    it.each([[401, 401], [403, 403], [404, 404], [403, 404]])('is refused what is not his (%d for the list, %d for the secret)', async (forAcl, forPayload) => {
      const { keys, seen } = await barbican({ [acl('secrets', KEY)]: { status: forAcl }, [payload(KEY)]: { status: forPayload } });
      await expect(grant(keys, ref('secrets', KEY))).rejects.toMatchObject({ retry: 'fatal', message: expect.stringMatching(/Secret .* the user may not read it/) as string });
      expect(new Set(seen.map(({ headers }) => headers['x-auth-token']))).toEqual(new Set(['user-token']));
    });

    it('is refused a private secret of a colleague that the service user has been entered for', async () => {
      const list = { body: { read: { users: ['octavia-user'], 'project-access': false } } };
      const { keys } = await barbican({ [acl('secrets', KEY)]: list, [payload(KEY)]: { status: 403 } });
      await expect(grant(keys, ref('secrets', KEY))).rejects.toThrow(/the user may not read it/);
    });

    it('is refused a container that holds one secret of somebody else, and one that he may not see', async () => {
      const mixed = await barbican({ [acl('secrets', KEY)]: { status: 403 }, [payload(KEY)]: { status: 403 } });
      await expect(grant(mixed.keys, ref('containers', CONTAINER))).rejects.toThrow(`Secret ${KEY} was not found, or the user may not read it`);
      await scripted?.stop();
      const hidden = await barbican({ [`GET /barbican/v1/containers/${CONTAINER}`]: { status: 403 } });
      await expect(grant(hidden.keys, ref('containers', CONTAINER))).rejects.toThrow(/403/);
    });

    it('uses a container that he may not share', async () => {
      const { keys, seen } = await barbican({ [acl('containers', CONTAINER)]: { status: 403 } });
      await grant(keys, ref('containers', CONTAINER));
      expect(seen.filter(({ method }) => method === 'PUT')).toHaveLength(3);
    });
  });
});
