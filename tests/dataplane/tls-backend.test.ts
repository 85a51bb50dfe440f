import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type Answer, type Wishes } from './http-client.ts';
import { HttpWorld, members, untilServed, type LoadBalancer } from './http-world.ts';

let world: HttpWorld;
let lb: LoadBalancer;

const PORTS = { untrusting: 80, verified: 81, revoked: 82, foreign: 83, unlisted: 84, identified: 85, narrow: 86, h2: 87 } as const;

beforeAll(async () => {
  world = await HttpWorld.start({ servers: 1 });
  const { pki } = world;
  await pki.issue('front', { by: 'ca', dnsNames: ['front.example'] });
  await pki.issue('balancer', { by: 'ca' });
  const [caRef, crlRef, clientRef, frontRef] = await Promise.all([world.textSecret('ca.crt'), world.textSecret('ca.crl'), world.pkcs12Secret('balancer'), world.pkcs12Secret('front')]);
  const pool = (name: string, port: number, extra: object = {}): object => ({ name, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', tls_enabled: true, members: members(1, port), ...extra });
  const pools = [
    pool('untrusting', 445),
    pool('verified', 443, { ca_tls_container_ref: caRef, crl_container_ref: crlRef }),
    pool('revoked', 444, { ca_tls_container_ref: caRef, crl_container_ref: crlRef }),
    pool('foreign', 445, { ca_tls_container_ref: caRef, crl_container_ref: crlRef }),
    pool('unlisted', 444, { ca_tls_container_ref: caRef }),
    pool('identified', 443, { tls_container_ref: clientRef }),
    pool('narrow', 443, { tls_versions: ['TLSv1.2'], tls_ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', alpn_protocols: ['http/1.1'] }),
    pool('h2', 443, { alpn_protocols: ['h2'] }),
    pool('plain', 80, { tls_enabled: false }),
  ];
  lb = await world.loadBalancer({
    name: 're-encryption',
    pools,
    listeners: [
      ...Object.entries(PORTS).map(([name, port]) => ({ name, protocol: 'HTTP', protocol_port: port, default_pool: { name } })),
      { name: 'front', protocol: 'TERMINATED_HTTPS', protocol_port: 443, default_tls_container_ref: frontRef, default_pool: { name: 'verified' } },
      { name: 'untrusting front', protocol: 'TERMINATED_HTTPS', protocol_port: 444, default_tls_container_ref: frontRef, default_pool: { name: 'untrusting' } },
    ],
  });
  await untilServed(`http://${lb.vip}/`);
});

afterAll(() => world?.stop());

const through = (name: keyof typeof PORTS): Promise<Answer> => ask(`http://${lb.vip}:${PORTS[name]}/`);
const front = (port: number, wishes: Wishes = {}): Promise<Answer> => ask(`https://${lb.vip}:${port}/`, wishes);

describe('re-encryption towards members', () => {
  it('encrypts without asking who the member is when no authority is given', async () => {
    expect((await through('untrusting')).echo.tls).toMatchObject({ version: 'TLSv1.3', serverName: null, clientName: null });
  });

  it.each([['a member of the authority', 'verified', 200], ['a revoked member', 'revoked', 503], ['a member of another authority', 'foreign', 503], ['a revoked member without revocation list', 'unlisted', 200]] as const)(
    '%s: %s answers %i', async (_what, name, status) => {
      expect((await through(name)).status).toBe(status);
    });

  it('presents the pool\'s certificate to members', async () => {
    expect((await through('identified')).echo.tls?.clientName).toBe('balancer');
  });

  it('uses the wanted version, cipher and protocol', async () => {
    const { tls, httpVersion } = (await through('narrow')).echo;
    expect([tls?.version, tls?.cipher, tls?.alpn, httpVersion]).toEqual(['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'http/1.1', '1.1']);
  });

  it('speaks HTTP/2 to members', async () => {
    const { tls, httpVersion } = (await through('h2')).echo;
    expect([tls?.alpn, httpVersion]).toEqual(['h2', '2.0']);
  });

  it('hands the client\'s server name on to the member', async () => {
    expect((await front(444, { servername: 'any.example' })).echo.tls?.serverName).toBe('any.example');
    expect((await front(443, { servername: 'member.example' })).echo.tls?.serverName).toBe('member.example');
  });

  it('refuses a verified member that does not bear the client\'s server name', async () => {
    expect((await front(443, { servername: 'other.example' })).status).toBe(503);
  });

  it('takes up a new authority, and drops encryption when switched off', async () => {
    const { id } = await world.named('pools', 'foreign');
    await world.change(lb, 'PUT', `/v2/lbaas/pools/${id}`, { pool: { ca_tls_container_ref: await world.textSecret('foreign-ca.crt'), crl_container_ref: null } });
    expect((await through('foreign')).status).toBe(200);
    const { id: plain } = await world.named('pools', 'plain');
    const { id: listener } = await world.named('listeners', 'narrow');
    await world.change(lb, 'PUT', `/v2/lbaas/listeners/${listener}`, { listener: { default_pool_id: plain } });
    expect((await through('narrow')).echo.tls).toBeNull();
  });

  it('a new client certificate reaches members', async () => {
    await world.pki.issue('renewed', { by: 'ca' });
    const { id } = await world.named('pools', 'identified');
    await world.change(lb, 'PUT', `/v2/lbaas/pools/${id}`, { pool: { tls_container_ref: await world.pkcs12Secret('renewed') } });
    expect((await through('identified')).echo.tls?.clientName).toBe('renewed');
  });
});

describe('TLS data of pools that cannot be used', () => {
  const missing = 'http://127.0.0.1:9876/key-manager/v1/secrets/00000000-0000-4000-8000-000000000000';

  it.each(['tls_container_ref', 'ca_tls_container_ref', 'crl_container_ref'])('a missing %s is refused and names it', async (field) => {
    const pool = { name: 'bad', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: lb.id, tls_enabled: true, ...(field === 'crl_container_ref' && { ca_tls_container_ref: await world.textSecret('ca.crt') }), [field]: missing };
    const { status, text } = await world.refusal(world.cloud.request('POST', '/v2/lbaas/pools', { pool }));
    expect([status, text]).toEqual([400, expect.stringContaining(missing)]);
  });

  it('a revocation list of another authority is refused', async () => {
    await world.pki.revoke('foreign-ca', []);
    const pool = { name: 'bad', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: lb.id, tls_enabled: true, ca_tls_container_ref: await world.textSecret('ca.crt'), crl_container_ref: await world.textSecret('foreign-ca.crl') };
    expect((await world.refusal(world.cloud.request('POST', '/v2/lbaas/pools', { pool }))).status).toBe(400);
  });
});
