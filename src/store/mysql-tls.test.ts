import 'reflect-metadata';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { SubjectAlternativeNameExtension, X509Certificate, X509CertificateGenerator } from '@peculiar/x509';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, type Authority } from '../drivers/certs/authority.ts';
import { mysqlTls } from './dialects/mysql.ts';
import { openStore } from './open-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'mysql-tls-'));
afterAll(() => rmSync(directory, { recursive: true }));
const file = (name: string, content: string) => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};
const [ca, cert, key] = ['ca', 'cert', 'key'].map((name) => file(name, name));

describe('what the URL says', () => {
  const files = { ca: 'ca', cert: 'cert', key: 'key' };
  it.each([
    ['', {}], ['charset=utf8', {}], ['ssl_verify_cert=false', {}],
    [`ssl_ca=${ca}`, { ssl: { ca: 'ca', rejectUnauthorized: true, verifyIdentity: true } }],
    [`ssl_ca=${ca}&ssl_check_hostname=false`, { ssl: { ca: 'ca', rejectUnauthorized: true, verifyIdentity: false } }],
    [`ssl_ca=${ca}&ssl_cert=${cert}&ssl_key=${key}&ssl_check_hostname=1`, { ssl: { ...files, rejectUnauthorized: true, verifyIdentity: true } }],
    [`ssl_cert=${cert}&ssl_key=${key}`, { ssl: { cert: 'cert', key: 'key', rejectUnauthorized: false, verifyIdentity: false } }],
    [`ssl_ca=${ca}&ssl_verify_cert=true`, { ssl: { ca: 'ca', rejectUnauthorized: true, verifyIdentity: false } }],
    [`ssl_ca=${ca}&ssl_verify_cert=0`, { ssl: { ca: 'ca', rejectUnauthorized: false, verifyIdentity: false } }],
    [`ssl_ca=${ca}&ssl_verify_identity=true`, { ssl: { ca: 'ca', rejectUnauthorized: true, verifyIdentity: true } }],
    ['ssl_verify_cert=required', { ssl: { rejectUnauthorized: true, verifyIdentity: false } }],
    ['ssl_verify_cert=true', { ssl: { rejectUnauthorized: true, verifyIdentity: false } }],
    ['ssl_verify_identity=1', { ssl: { rejectUnauthorized: true, verifyIdentity: true } }],
  ])('%j', (query, expected) => expect(mysqlTls(new Map(new URLSearchParams(query)))).toEqual(expected));
});

/** A packet of MySQL's protocol. */
const packet = (sequence: number, ...parts: readonly (Buffer | readonly number[])[]): Buffer => {
  const payload = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([payload.length & 255, payload.length >> 8, 0, sequence]), payload]);
};
/** Server greeting: protocol 10, all that a client could ask for, TLS among it. */
const GREETING = packet(0, [10], Buffer.from('8.0.0\0'), [1, 0, 0, 0], Buffer.from('12345678\0'), [0xff, 0xff, 45, 2, 0, 0xff, 0xc1, 21], Buffer.alloc(10), Buffer.from('123456789012\0mysql_native_password\0'));
const TLS_REQUEST_BYTES = 36;
const DENIED = packet(3, [255, 1045 & 255, 1045 >> 8], Buffer.from('#28000Access denied, after TLS'));

describe('a server with a certificate', () => {
  let authority: Authority;
  let server: Server | null = null;
  beforeAll(async () => { authority = await createAuthority('the operator', 3600); });
  afterEach(() => server?.close());

  /** Why no store can be opened at a server whose certificate is for this name or address; it denies access to all that speak TLS with it. */
  async function reasonAt(host: string, name: { readonly type: 'dns' | 'ip'; readonly value: string }, query: string): Promise<string> {
    const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const keys = await crypto.subtle.generateKey(P256, true, ['sign', 'verify']);
    const certificate = await X509CertificateGenerator.create({
      serialNumber: '01', subject: 'CN=database', issuer: new X509Certificate(authority.certificatePem).subject, notAfter: new Date(Date.now() + 3_600_000), publicKey: keys.publicKey,
      signingKey: createPrivateKey(authority.privateKeyPem).toCryptoKey(P256, true, ['sign']), signingAlgorithm: P256, extensions: [new SubjectAlternativeNameExtension([name])],
    });
    const privateKey = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
    const identity = { cert: certificate.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${privateKey}\n-----END PRIVATE KEY-----\n` };
    const greet = (socket: Socket) => {
      socket.on('error', () => undefined);
      socket.write(GREETING);
      socket.once('data', (chunk: Buffer) => {
        socket.pause();
        // What follows the request for TLS may have come with it.
        if (chunk.length > TLS_REQUEST_BYTES) socket.unshift(chunk.subarray(TLS_REQUEST_BYTES));
        const secure = new TLSSocket(socket, { isServer: true, ...identity });
        secure.on('error', () => undefined);
        secure.once('data', () => secure.end(DENIED));
      });
    };
    const listening = createServer(greet);
    server = listening;
    await new Promise<void>((resolve) => { listening.listen(0, '127.0.0.1', resolve); });
    const url = `mysql+pymysql://u:p@${host}:${(listening.address() as AddressInfo).port}/o?ssl_ca=${file('authority', authority.certificatePem)}${query}`;
    return openStore(url).then(() => 'opened', (error: Error) => error.message);
  }

  it.each([
    ['127.0.0.1', { type: 'ip', value: '127.0.0.1' }, '', /after TLS/],
    ['127.0.0.1', { type: 'ip', value: '127.0.0.9' }, '', /altnames|not in the cert/],
    ['127.0.0.1', { type: 'dns', value: 'database' }, '&ssl_check_hostname=false', /after TLS/],
    ['localhost', { type: 'dns', value: 'localhost' }, '', /after TLS/],
    ['localhost', { type: 'dns', value: 'elsewhere' }, '', /altnames/],
  ] as const)('at %s with %j and %j', async (host, name, query, reason) => {
    expect(await reasonAt(host, name, query)).toMatch(reason);
  });
});
