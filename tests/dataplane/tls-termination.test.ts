import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, curl, type Answer, type Wishes } from './http-client.ts';
import { HttpWorld, members, untilServed, type LoadBalancer } from './http-world.ts';

let world: HttpWorld;
let lb: LoadBalancer;

const CLIENT_HEADERS = ['Client-Verify', 'Client-Has-Cert', 'Client-DN', 'Client-CN', 'Issuer', 'Client-SHA1', 'Client-Not-Before', 'Client-Not-After'].map((name) => `X-SSL-${name}`);

/** The server certificates and clients of these tests. */
async function issueCertificates(): Promise<void> {
  const { pki } = world;
  await pki.issue('intermediate', { by: 'ca', isAuthority: true });
  await pki.issue('default', { by: 'intermediate', dnsNames: ['default.example'] });
  for (const name of ['one', 'two', 'three']) await pki.issue(name, { by: 'intermediate', dnsNames: [`${name}.example`] });
  await pki.openssl('ec', '-aes256', '-in', pki.file('one.key'), '-passout', 'pass:open sesame', '-out', pki.file('one.enc.key'));
  for (const format of ['PEM', 'DER']) await pki.openssl('crl2pkcs7', '-nocrl', '-certfile', pki.file('intermediate.crt'), '-outform', format, '-out', pki.file(`intermediate.p7.${format}`));
  await pki.issue('client-ca', { isAuthority: true });
  await pki.issue('alice', { by: 'client-ca', subject: '/O=Wonderland/CN=alice' });
  await pki.issue('mallory', { by: 'client-ca' });
  await pki.issue('stranger', { by: 'foreign-ca' });
  await pki.revoke('client-ca', ['mallory']);
}

beforeAll(async () => {
  world = await HttpWorld.start({ servers: 1 });
  await issueCertificates();
  const { pki } = world;
  const [defaultRef, oneRef, twoRef, threeRef, caRef, crlRef] = await Promise.all([
    world.pkcs12Secret('default', ['intermediate']),
    world.certificateContainer({ certificate: 'one.crt', private_key: 'one.enc.key', private_key_passphrase: 'open sesame', intermediates: pki.text('intermediate.crt') }),
    world.certificateContainer({ certificate: 'two.crt', private_key: 'two.key', intermediates: pki.text('intermediate.p7.PEM') }),
    world.certificateContainer({ certificate: 'three.crt', private_key: 'three.key', intermediates: readFileSync(pki.file('intermediate.p7.DER')) }),
    world.textSecret('client-ca.crt'), world.textSecret('client-ca.crl'),
  ]);
  const common = { protocol: 'TERMINATED_HTTPS', default_tls_container_ref: defaultRef };
  const clients = { ...common, client_ca_tls_container_ref: caRef, client_crl_container_ref: crlRef, insert_headers: Object.fromEntries(CLIENT_HEADERS.map((name) => [name, 'true'])) };
  const redirect = (value: string, rule: object): object => ({ action: 'REDIRECT_TO_URL', redirect_url: `http://hit.example/${value}`, rules: [{ type: 'PATH', compare_type: 'EQUAL_TO', value: `/${value}` }, rule] });
  lb = await world.loadBalancer({
    name: 'tls',
    pools: [{ name: 'web', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: members(1, 80) }, { name: 'proxied', protocol: 'PROXYV2', lb_algorithm: 'ROUND_ROBIN', members: members(1, 81) }],
    listeners: [
      { ...common, name: 'main', protocol_port: 443, default_pool: { name: 'web' }, sni_container_refs: [oneRef, twoRef, threeRef], hsts_max_age: 31_536_000, hsts_include_subdomains: true, hsts_preload: true, insert_headers: { 'X-Forwarded-Proto': 'true', 'X-Forwarded-For': 'true', 'X-Forwarded-Port': 'true' } },
      { name: 'plain', protocol: 'HTTP', protocol_port: 80, l7policies: [{ action: 'REDIRECT_PREFIX', redirect_prefix: 'https://default.example', redirect_http_code: 301, rules: [{ type: 'PATH', compare_type: 'STARTS_WITH', value: '/' }] }] },
      { ...clients, name: 'optional', protocol_port: 444, default_pool: { name: 'web' }, client_authentication: 'OPTIONAL', l7policies: [
        redirect('has-cert', { type: 'SSL_CONN_HAS_CERT', compare_type: 'EQUAL_TO', value: 'True' }),
        redirect('verified', { type: 'SSL_VERIFY_RESULT', compare_type: 'EQUAL_TO', value: '0' }),
        redirect('not-verified', { type: 'SSL_VERIFY_RESULT', compare_type: 'EQUAL_TO', value: '0', invert: true }),
        redirect('wonderland', { type: 'SSL_DN_FIELD', key: 'O', compare_type: 'STARTS_WITH', value: 'Wonder' }),
      ] },
      { ...clients, name: 'mandatory', protocol_port: 445, default_pool: { name: 'web' }, client_authentication: 'MANDATORY' },
      { ...clients, name: 'none', protocol_port: 446, default_pool: { name: 'web' }, client_authentication: 'NONE', hsts_max_age: 60 },
      { ...common, name: 'narrow', protocol_port: 447, default_pool: { name: 'web' }, tls_versions: ['TLSv1.2'], tls_ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384', alpn_protocols: ['http/1.1'] },
      { name: 'sni only', protocol: 'TERMINATED_HTTPS', protocol_port: 448, default_pool: { name: 'web' }, sni_container_refs: [twoRef] },
      { ...clients, name: 'proxied', protocol_port: 449, insert_headers: {}, client_authentication: 'OPTIONAL', default_pool: { name: 'proxied' } },
      { ...common, name: 'tls 1.3', protocol_port: 450, default_pool: { name: 'web' }, tls_versions: ['TLSv1.3'], alpn_protocols: ['h2'] },
    ],
  });
  await untilServed(`https://${lb.vip}/`);
});

afterAll(() => world?.stop());

const tls = (port: number, path = '/', wishes: Wishes = {}): Promise<Answer> => ask(`https://${lb.vip}:${port}${path}`, wishes);
const as = (name: string): Wishes => ({ cert: world.pki.text(`${name}.crt`), key: world.pki.text(`${name}.key`) });
const names = (port: number, servername?: string): Promise<string | null> => tls(port, '/', servername === undefined ? {} : { servername }).then((answer) => answer.certificateName);

describe('TLS termination', () => {
  it.each([['nothing', undefined, 'default'], ['default.example', 'default.example', 'default'], ['a name nobody has', 'other.example', 'default'], ['one.example', 'one.example', 'one'], ['two.example', 'two.example', 'two'], ['three.example', 'three.example', 'three']])(
    'a client that asks for %s gets the right certificate', async (_what, servername, expected) => {
      expect(await names(443, servername)).toBe(expected);
    });

  it.each(['default', 'one', 'two', 'three'])('%s comes with its intermediates, so that the root alone verifies it (PKCS12, PEM, PKCS7 PEM, PKCS7 DER)', async (name) => {
    expect((await tls(443, '/', { ca: world.pki.text('ca.crt'), servername: `${name}.example` })).status).toBe(200);
  });

  it('serves a listener that has SNI certificates only', async () => {
    expect([await names(448), await names(448, 'two.example')]).toEqual(['two', 'two']);
  });

  it('speaks HTTP/2 by ALPN, HTTP/1.1 where only that is wanted', async () => {
    const version = (port: number, ...wish: string[]): Promise<string> => curl(['--insecure', ...wish, '--output', '/dev/null', '--write-out', '%{http_version}', `https://${lb.vip}:${port}/`]);
    expect([await version(443, '--http2'), await version(443, '--http1.1'), await version(447, '--http2'), await version(450, '--http2')]).toEqual(['2', '1.1', '1.1', '2']);
  });

  it.each([[443, 'TLSv1.1', false], [443, 'TLSv1.2', true], [443, 'TLSv1.3', true], [447, 'TLSv1.1', false], [447, 'TLSv1.2', true], [447, 'TLSv1.3', false], [450, 'TLSv1.2', false], [450, 'TLSv1.3', true]] as const)('port %i with %s only: accepted %s', async (port, version, isAccepted) => {
    const work = tls(port, '/', { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }).then((answer) => answer.tlsVersion, () => null);
    expect(await work).toBe(isAccepted ? version : null);
  });

  it('negotiates the wanted cipher and no other', async () => {
    expect((await tls(447)).tlsCipher).toBe('ECDHE-ECDSA-AES256-GCM-SHA384');
    await expect(tls(447, '/', { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).rejects.toThrow(/handshake/);
  });

  it('takes up changed versions, ciphers and protocols', async () => {
    const { id } = await world.named('listeners', 'tls 1.3');
    await world.change(lb, 'PUT', `/v2/lbaas/listeners/${id}`, { listener: { tls_versions: ['TLSv1.2'], tls_ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', alpn_protocols: ['http/1.0'] } });
    const answer = await tls(450, '/', { ALPNProtocols: ['h2', 'http/1.0'] });
    expect([answer.tlsVersion, answer.tlsCipher, answer.alpn]).toEqual(['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'http/1.0']);
  });

  it('sends HSTS as configured, and none where it is not', async () => {
    expect((await tls(443)).headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains; preload;');
    expect((await tls(446)).headers['strict-transport-security']).toBe('max-age=60;');
    expect((await tls(447)).headers['strict-transport-security']).toBeUndefined();
  });

  it('redirects from HTTP to HTTPS', async () => {
    const answer = await ask(`http://${lb.vip}/some/page?q=1`);
    expect([answer.status, answer.headers.location]).toEqual([301, 'https://default.example/some/page?q=1']);
    const followed = await curl(['--location', '--cacert', world.pki.file('ca.crt'), '--resolve', `default.example:443:${lb.vip}`, `http://${lb.vip}/some/page`]);
    expect(followed).toContain('"url":"/some/page"');
  });

  it('tells members the scheme, the port and the client', async () => {
    const { headers } = (await tls(443)).echo;
    expect([headers['x-forwarded-proto'], headers['x-forwarded-port']]).toEqual(['https', '443']);
    expect(headers['x-forwarded-for']).toMatch(/^10\.0\.10\.|^169\.254\.|^\d+\./);
  });
});

describe('client certificates', () => {
  it('OPTIONAL: without one the request is served and marked', async () => {
    const { headers } = (await tls(444, '/', { headers: { 'X-SSL-Client-CN': 'forged' } })).echo;
    expect([headers['x-ssl-client-has-cert'], headers['x-ssl-client-verify'], headers['x-ssl-client-cn']]).toEqual(['0', '0', '']);
  });

  it('OPTIONAL: with one the member learns everything about it', async () => {
    const { headers } = (await tls(444, '/', as('alice'))).echo;
    const { pki } = world;
    const print = async (...wish: string[]): Promise<string> => (await pki.openssl('x509', '-in', pki.file('alice.crt'), '-noout', ...wish)).trim().split('=').slice(1).join('=');
    expect(headers['x-ssl-client-has-cert']).toBe('1');
    expect(headers['x-ssl-client-verify']).toBe('0');
    expect(headers['x-ssl-client-dn']).toContain('/O=Wonderland/CN=alice');
    expect(headers['x-ssl-client-cn']).toContain('alice');
    expect(headers['x-ssl-issuer']).toContain('/CN=client-ca');
    expect(headers['x-ssl-client-sha1']?.replaceAll('"', '')).toBe((await print('-fingerprint', '-sha1')).replaceAll(':', ''));
    for (const [header, wish] of [['x-ssl-client-not-before', '-startdate'], ['x-ssl-client-not-after', '-enddate']] as const) {
      const date = new Date(await print(wish)).toISOString().replace(/\.\d+/, '').replaceAll(/[-:T]/g, '').slice(2);
      expect(headers[header]).toContain(date);
    }
  });

  it.each([
    ['OPTIONAL', 444, 'nobody', true], ['OPTIONAL', 444, 'alice', true], ['OPTIONAL', 444, 'mallory', false], ['OPTIONAL', 444, 'stranger', false],
    ['MANDATORY', 445, 'nobody', false], ['MANDATORY', 445, 'alice', true], ['MANDATORY', 445, 'mallory', false], ['MANDATORY', 445, 'stranger', false],
    ['NONE', 446, 'nobody', true], ['NONE', 446, 'mallory', true], ['NONE', 446, 'stranger', true],
  ] as const)('%s (port %i): %s is let in: %s', async (_mode, port, who, isLetIn) => {
    const work = tls(port, '/', who === 'nobody' ? {} : as(who)).then(({ status }) => status, () => 'refused');
    expect(await work).toBe(isLetIn ? 200 : 'refused');
  });

  it.each([
    ['/has-cert', 'alice', true], ['/has-cert', 'nobody', false],
    ['/verified', 'alice', true], ['/not-verified', 'alice', false],
    ['/wonderland', 'alice', true], ['/wonderland', 'nobody', false],
  ] as const)('L7 rule %s matches %s: %s', async (path, who, isHit) => {
    expect((await tls(444, path, who === 'nobody' ? {} : as(who))).status).toBe(isHit ? 302 : 200);
  });

  it('PROXYV2 members learn the TLS version and the common name', async () => {
    expect((await tls(449, '/', as('alice'))).echo.proxy).toMatchObject({ version: 2, destination: lb.vip, destinationPort: 449, tls: { overTls: true, certificateSent: true, version: 'TLSv1.3', commonName: 'alice' } });
    expect((await tls(449)).echo.proxy?.tls).toMatchObject({ overTls: true, certificateSent: false });
  });

  it('a new revocation list locks a client out', async () => {
    await world.pki.revoke('client-ca', ['mallory', 'alice'], 'both.crl');
    const { id } = await world.named('listeners', 'mandatory');
    await world.change(lb, 'PUT', `/v2/lbaas/listeners/${id}`, { listener: { client_crl_container_ref: await world.textSecret('both.crl') } });
    await expect(tls(445, '/', as('alice'))).rejects.toThrow();
    expect((await tls(444, '/', as('alice'))).status).toBe(200);
  });

  it('authentication switched from MANDATORY to OPTIONAL lets clients without certificate in', async () => {
    const { id } = await world.named('listeners', 'mandatory');
    await world.change(lb, 'PUT', `/v2/lbaas/listeners/${id}`, { listener: { client_authentication: 'OPTIONAL' } });
    expect((await tls(445)).status).toBe(200);
  });
});
