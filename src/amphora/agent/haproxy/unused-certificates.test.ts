import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AmphoraPaths } from '../amphora-paths.ts';
import { replaceFile } from '../../../lib/replace-file.ts';
import { removeUnusedCertificates } from './unused-certificates.ts';

const LB = 'lb';
const DIRECTORY = `/var/lib/octavia/certs/${LB}`;
const CONFIG = `frontend l1
    bind 10.0.0.2:443 ssl crt-list ${DIRECTORY}/l1.pem ca-file ${DIRECTORY}/ca.pem verify required crl-file ${DIRECTORY}/crl.pem
backend p1
    server m1 10.0.1.2:443 weight 1 ssl crt ${DIRECTORY}/client.pem ca-file ${DIRECTORY}/pool-ca.pem
`;
let root: string;
let paths: AmphoraPaths;

/** `at`: seconds of some hour. */
const write = async (path: string, text: string, at: number): Promise<void> => {
  await replaceFile(paths.onHost(path), text, 0o600);
  await utimes(paths.onHost(path), at, at);
};
const upload = (name: string, at: number, text = 'key'): Promise<void> => write(join(DIRECTORY, name), text, at);
const configure = (text: string, at: number): Promise<void> => write(paths.haproxyConfig(LB), text, at);
const left = async (): Promise<string[]> => (await readdir(paths.onHost(DIRECTORY))).sort();

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'octavia-unused-'));
  paths = new AmphoraPaths(root, { basePath: '/var/lib/octavia', baseCertDir: '/var/lib/octavia/certs', networkDir: '/etc/net' });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('what the configuration and its crt-lists name stays, older files go', async () => {
  for (const name of ['ca.pem', 'crl.pem', 'client.pem', 'pool-ca.pem', 'default.pem', 'sni.pem', 'former.pem', 'note.txt']) await upload(name, 100);
  await upload('l1.pem', 100, `${DIRECTORY}/default.pem\n${DIRECTORY}/sni.pem [verify none] example.org\n`);
  await upload('l2.pem', 100, `${DIRECTORY}/former.pem\n`);
  await configure(CONFIG, 101);
  expect([...(await removeUnusedCertificates(paths, LB, CONFIG))].sort()).toEqual(['former.pem', 'l2.pem']);
  expect(await left()).toEqual(['ca.pem', 'client.pem', 'crl.pem', 'default.pem', 'l1.pem', 'note.txt', 'pool-ca.pem', 'sni.pem']);
});

test.each([['younger than', 102], ['as old as', 101]])('a file %s the configuration may belong to the next one', async (_, at) => {
  await upload('next.pem', at);
  await configure(CONFIG, 101);
  expect(await removeUnusedCertificates(paths, LB, CONFIG)).toEqual([]);
  expect(await left()).toEqual(['next.pem']);
});

test('files of a configuration that came after the one that is loaded stay, and so do those that are loaded', async () => {
  await upload('client.pem', 100);
  await upload('next.pem', 102);
  await configure(`backend p1\n    server m1 10.0.1.2:443 ssl crt ${DIRECTORY}/next.pem\n`, 103);
  expect(await removeUnusedCertificates(paths, LB, CONFIG)).toEqual([]);
  expect(await left()).toEqual(['client.pem', 'next.pem']);
});

test.each([DIRECTORY, `${DIRECTORY}/`])('a configuration that reads all of %s keeps everything', async (words) => {
  await upload('old.pem', 100);
  const config = `frontend l1\n    bind 10.0.0.2:443 ssl crt ${words}\n`;
  await configure(config, 101);
  expect(await removeUnusedCertificates(paths, LB, config)).toEqual([]);
});

test('a load balancer without certificates, or without a configuration, has nothing to remove', async () => {
  expect(await removeUnusedCertificates(paths, LB, CONFIG)).toEqual([]);
  await configure(CONFIG, 101);
  expect(await removeUnusedCertificates(paths, LB, CONFIG)).toEqual([]);
});
