import { createHash, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../harness/until.ts';
import { ask } from './http-client.ts';
import { HttpWorld, members, untilServed, type LoadBalancer } from './http-world.ts';

let world: HttpWorld;
let lb: LoadBalancer;
let listenerPath: string;

beforeAll(async () => {
  world = await HttpWorld.start({ servers: 1 });
  await world.pki.issue('intermediate', { by: 'ca', isAuthority: true });
  for (const name of ['old', 'new', 'other']) await world.pki.issue(name, { by: 'intermediate', dnsNames: [`${name}.example`] });
  lb = await world.loadBalancer({
    name: 'secrets',
    listeners: [
      { name: 'tls', protocol: 'TERMINATED_HTTPS', protocol_port: 443, default_tls_container_ref: await world.pkcs12Secret('old'), default_pool: { name: 'web', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: members(1, 80) } },
      { name: 'plain', protocol: 'HTTP', protocol_port: 80, default_pool: { name: 'web' } },
    ],
  });
  listenerPath = `/v2/lbaas/listeners/${(await world.named('listeners', 'tls')).id}`;
  await untilServed(`https://${lb.vip}/`);
});

afterAll(() => world?.stop());

const shown = (servername?: string): Promise<string | null> => ask(`https://${lb.vip}/`, { timeout: 5_000, ...(servername !== undefined && { servername }) }).then((answer) => answer.certificateName);
const isVerified = (): Promise<boolean> => ask(`https://${lb.vip}/`, { ca: world.pki.text('ca.crt'), servername: 'new.example' }).then(() => true, () => false);
const set = (listener: object): Promise<unknown> => world.change(lb, 'PUT', listenerPath, { listener });
const fileOf = (name: string): string => `${createHash('sha1').update(new X509Certificate(world.pki.text(`${name}.crt`)).toString()).digest('hex')}.pem`;

describe('secrets that change', () => {
  it('a new reference is served', async () => {
    expect([await shown(), await world.tlsFiles(lb)]).toEqual(['old', expect.arrayContaining([fileOf('old')])]);
    await set({ default_tls_container_ref: await world.pkcs12Secret('new') });
    expect([await shown(), await world.tlsFiles(lb)]).toEqual(['new', expect.arrayContaining([fileOf('new')])]);
  });

  // The worker never calls deleteCertificate.
  it('the key of a replaced certificate leaves the amphora', async () => {
    expect(await world.tlsFiles(lb)).not.toContain(fileOf('old'));
  });

  it('a certificate that comes back is served again', async () => {
    await set({ default_tls_container_ref: await world.pkcs12Secret('old') });
    expect(await shown()).toBe('old');
    await set({ default_tls_container_ref: await world.pkcs12Secret('new') });
    expect(await shown()).toBe('new');
  });

  it('the same certificate with another chain is served', async () => {
    expect(await isVerified()).toBe(false);
    await set({ default_tls_container_ref: await world.pkcs12Secret('new', ['intermediate']) });
    expect(await isVerified()).toBe(true);
    await set({ default_tls_container_ref: await world.pkcs12Secret('new') });
    expect(await isVerified()).toBe(false);
  });

  it('SNI certificates come and go', async () => {
    await set({ sni_container_refs: [await world.pkcs12Secret('other')] });
    expect([await shown('other.example'), await shown()]).toEqual(['other', 'new']);
    await set({ sni_container_refs: [] });
    expect(await shown('other.example')).toBe('new');
  });

  it('open connections outlive a change of the certificate', async () => {
    const slow = ask(`https://${lb.vip}/?wait=1500`);
    await set({ default_tls_container_ref: await world.pkcs12Secret('other') });
    expect(await shown()).toBe('other');
    expect([(await slow).status, (await slow).certificateName]).toEqual([200, 'new']);
  });
});

describe('secrets that cannot be used', () => {
  const missing = 'http://127.0.0.1:9876/key-manager/v1/secrets/00000000-0000-4000-8000-000000000000';
  const create = async (extra: object): Promise<{ status: number; text: string }> =>
    world.refusal(world.cloud.request('POST', '/v2/lbaas/listeners', { listener: { name: 'bad', protocol: 'TERMINATED_HTTPS', protocol_port: 999, loadbalancer_id: lb.id, ...extra } }));

  it.each([
    ['default_tls_container_ref', { default_tls_container_ref: missing }],
    ['sni_container_refs', { sni_container_refs: [missing] }],
  ])('a missing %s is refused and named', async (_field, extra) => {
    expect(await create(extra)).toEqual({ status: 400, text: expect.stringContaining(missing) as unknown });
  });

  it('a missing client CA is refused and named', async () => {
    const answer = await create({ default_tls_container_ref: await world.pkcs12Secret('old'), client_authentication: 'MANDATORY', client_ca_tls_container_ref: missing });
    expect(answer).toEqual({ status: 400, text: expect.stringContaining(missing) as unknown });
  });

  it('text that is no PKCS12 is refused with what to look for', async () => {
    const text = expect.stringContaining('The PKCS12 bundle is unreadable. Please check the PKCS12 bundle validity.') as unknown;
    expect(await create({ default_tls_container_ref: await world.textSecret('old.crt') })).toEqual({ status: 400, text });
  });

  it.each([
    ['a container whose key belongs to another certificate', () => world.certificateContainer({ certificate: 'old.crt', private_key: 'new.key' })],
    ['a container with a wrong passphrase', async () => {
      await world.pki.openssl('ec', '-aes256', '-in', world.pki.file('old.key'), '-passout', 'pass:right', '-out', world.pki.file('old.enc.key'));
      return world.certificateContainer({ certificate: 'old.crt', private_key: 'old.enc.key', private_key_passphrase: 'wrong' });
    }],
    ['a container with garbage for intermediates', () => world.certificateContainer({ certificate: 'old.crt', private_key: 'old.key', intermediates: 'nothing of the kind' })],
  ])('%s is refused', async (_what, make) => {
    const ref = await make();
    expect(await create({ default_tls_container_ref: ref })).toEqual({ status: 400, text: expect.stringContaining(ref) as unknown });
  });

  it('a refused update leaves traffic alone', async () => {
    expect(await world.refusal(world.cloud.request('PUT', listenerPath, { listener: { default_tls_container_ref: missing } }))).toMatchObject({ status: 400 });
    expect(await shown()).toBe('other');
  });
});

describe('a secret withdrawn while it is in use', () => {
  it('makes the next change of its listener fail, while traffic goes on', async () => {
    const { default_tls_container_ref: ref } = await world.named('listeners', 'tls');
    await world.forget(String(ref));
    await world.cloud.request('PUT', listenerPath, { listener: { connection_limit: 77 } });
    await until('the listener is in ERROR', async () => (await world.named('listeners', 'tls'))['provisioning_status'] === 'ERROR');
    await world.cloud.waitActive(lb.id);
    expect((await world.named('listeners', 'plain'))['provisioning_status']).toBe('ACTIVE');
    expect(world.complaints()).toMatch(/The TLS data of listener \S+ cannot be used: .* was not found or may not be read/);
    expect(await shown()).toBe('other');
    expect((await ask(`http://${lb.vip}/`)).status).toBe(200);
  });

  it('is mended by a new reference', async () => {
    await set({ default_tls_container_ref: await world.pkcs12Secret('new') });
    expect(await shown()).toBe('new');
    expect((await world.named('listeners', 'tls'))['provisioning_status']).toBe('ACTIVE');
  });

  it('fails changes elsewhere in the load balancer too; they are made when its listener is deleted', async () => {
    const { default_tls_container_ref: ref } = await world.named('listeners', 'tls');
    await world.forget(String(ref));
    const collection = `/v2/lbaas/pools/${(await world.named('pools', 'web')).id}/members`;
    const status = async (): Promise<unknown> => (await world.cloud.list(`${collection}?name=late`, 'members'))[0]?.['provisioning_status'];
    await world.cloud.request('POST', collection, { member: { name: 'late', address: '10.0.10.99', protocol_port: 80, weight: 0 } });
    await until('the member is in ERROR', async () => (await status()) === 'ERROR');
    await world.cloud.waitActive(lb.id);
    await world.change(lb, 'DELETE', listenerPath);
    expect(await status()).toBe('ACTIVE');
    await expect(shown()).rejects.toThrow();
    expect((await ask(`http://${lb.vip}/`)).status).toBe(200);
  });

  it('does not keep its load balancer from being deleted', async () => {
    const ref = await world.pkcs12Secret('old');
    const created = await world.change(lb, 'POST', '/v2/lbaas/listeners', { listener: { name: 'again', protocol: 'TERMINATED_HTTPS', protocol_port: 443, loadbalancer_id: lb.id, default_tls_container_ref: ref } });
    expect(created).toHaveProperty('listener');
    await world.forget(ref);
    await world.cloud.request('DELETE', `/v2/lbaas/loadbalancers/${lb.id}?cascade=true`);
    await world.cloud.waitGone(lb.id);
  });
});
