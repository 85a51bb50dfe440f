import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../lib/run.ts';
import { createAuthority, loadAuthority } from './authority.ts';
import { ensureDualCa } from './create-ca.ts';
import { createLocalCertGenerator } from './local-cert-generator.ts';
import { createLocalCertManager } from './local-cert-manager.ts';
import { createNoopCertManager } from './noop-cert-manager.ts';

const AMPHORA = '8d4a8f2e-0c56-4f0e-9f0f-2a5d1c3b7e90';
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'octavia-certs-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test('an issued certificate carries the name as CN and SAN and is accepted by openssl for servers and clients', async () => {
  const authority = await createAuthority('test authority', 86_400);
  const issued = await authority.issue(AMPHORA, 3600);
  const certificate = new X509Certificate(issued.certificatePem);
  expect(certificate.subject).toBe(`CN=${AMPHORA}`);
  expect(certificate.subjectAltName).toBe(`DNS:${AMPHORA}`);
  expect(Date.parse(certificate.validTo)).toBe(issued.expiresAtMs);
  expect(certificate.checkPrivateKey(createPrivateKey(issued.privateKeyPem))).toBe(true);
  await writeFile(join(directory, 'ca.pem'), authority.certificatePem);
  await writeFile(join(directory, 'leaf.pem'), issued.certificatePem);
  for (const purpose of ['sslserver', 'sslclient']) {
    const { stdout } = await run('openssl', ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', join(directory, 'ca.pem'), join(directory, 'leaf.pem')]);
    expect(stdout).toContain('OK');
  }
  const { stdout } = await run('openssl', ['x509', '-in', join(directory, 'leaf.pem'), '-noout', '-ext', 'subjectKeyIdentifier,authorityKeyIdentifier']);
  expect(stdout).toMatch(/Subject Key Identifier[\s\S]+Authority Key Identifier/);
});

test.each([
  ['an encrypted RSA key', generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'foo' } })],
  ['an encrypted P-384 key', generateKeyPairSync('ec', { namedCurve: 'P-384', publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'foo' } })],
])('an authority with %s signs', async (_name, keys) => {
  const [key, ca] = [join(directory, 'op.key'), join(directory, 'op.pem')];
  await writeFile(key, keys.privateKey);
  await run('openssl', ['req', '-x509', '-key', key, '-passin', 'pass:foo', '-subj', '/O=Operator/CN=Own CA', '-days', '2', '-out', ca]);
  const generator = createLocalCertGenerator({ caCertificate: ca, caPrivateKey: key, passphrase: 'foo', signingDigest: 'sha384' });
  const issued = await generator.issue(AMPHORA, 3600);
  expect(new X509Certificate(issued.certificatePem).verify(new X509Certificate(await readFile(ca)).publicKey)).toBe(true);
});

test('a wrong passphrase is an error that says what is unusable', async () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'foo' } });
  const { certificatePem } = await createAuthority('x', 60);
  await expect(loadAuthority(certificatePem, key.privateKey, { passphrase: 'bar' })).rejects.toThrow(/certificate authority cannot be used/);
});

test('missing authority files fail with the path, and are used once they appear', async () => {
  const files = { caCertificate: join(directory, 'late.pem'), caPrivateKey: join(directory, 'late.key') };
  const generator = createLocalCertGenerator(files);
  await expect(generator.issue('x', 60)).rejects.toThrow(/late\.(pem|key) cannot be read/);
  const authority = await createAuthority('late', 3600);
  await writeFile(files.caCertificate, authority.certificatePem);
  await writeFile(files.caPrivateKey, authority.privateKeyPem);
  await expect(generator.issue('x', 60)).resolves.toMatchObject({ certificatePem: expect.stringContaining('BEGIN') });
});

test('the dual authorities let controller and agent trust each other, and stay what they are', async () => {
  const files = await ensureDualCa(join(directory, 'dual'));
  const read = (file: string): Promise<string> => readFile(file, 'utf8');
  const before = await Promise.all(Object.values(files).map(read));
  const issued = await createLocalCertGenerator({ caCertificate: files.serverCaCert, caPrivateKey: files.serverCaKey }).issue(AMPHORA, 3600);
  const server = createServer({ cert: issued.certificatePem, key: issued.privateKeyPem, ca: await read(files.clientCaCert), requestCert: true, rejectUnauthorized: true });
  server.on('secureConnection', (socket) => socket.end('hello'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const clientPem = await read(files.clientCertAndKey);
  const socket = connect({ host: '127.0.0.1', port: typeof address === 'object' && address ? address.port : 0, servername: AMPHORA, ca: await read(files.serverCaCert), cert: clientPem, key: clientPem });
  const [data] = await once(socket, 'data');
  expect(String(data)).toBe('hello');
  server.close();
  expect((await stat(files.serverCaKey)).mode & 0o077).toBe(0);
  await ensureDualCa(join(directory, 'dual'));
  expect(await Promise.all(Object.values(files).map(read))).toEqual(before);
});

test('local certificates are read with intermediates and passphrase; foreign paths are refused', async () => {
  const authority = await createAuthority('intermediate', 3600);
  const leaf = await authority.issue('www.example.org', 3600);
  const base = join(directory, 'ref-1');
  await Promise.all([
    writeFile(`${base}.crt`, leaf.certificatePem), writeFile(`${base}.key`, leaf.privateKeyPem), writeFile(`${base}.pass`, 'secret\n'),
    writeFile(`${base}.int`, authority.certificatePem + authority.certificatePem),
  ]);
  const manager = createLocalCertManager(directory);
  expect(await manager.getBundle('ref-1', null)).toMatchObject({ primaryCn: 'www.example.org', privateKeyPassphrase: 'secret', intermediates: [expect.any(String), expect.any(String)] });
  await expect(manager.getSecret('gone', null)).rejects.toThrow('Secret of gone could not be read.');
  await expect(manager.getSecret('../ref-1', null)).rejects.toThrow(/not the name/);
});

test('the no-op key manager has a usable certificate for every reference', async () => {
  const manager = createNoopCertManager();
  expect(await manager.getBundle('a', null)).toMatchObject({ primaryCn: 'www.example.com' });
  expect(await manager.getSecret('b', null)).toContain('BEGIN CERTIFICATE');
});
