import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AmphoraPaths } from '../amphora-paths.ts';
import { replaceFile } from '../../../lib/replace-file.ts';
import { areCertificatesStale, digestCertificates, rememberLoaded } from './loaded-certificates.ts';

const LB = 'lb';
let root: string;
let paths: AmphoraPaths;
const upload = (name: string, pem: string): Promise<void> => replaceFile(paths.onHost(join(paths.certificateDir(LB), name)), pem, 0o600);
const load = async (): Promise<void> => rememberLoaded(paths, LB, await digestCertificates(paths, LB));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'octavia-certificates-'));
  paths = new AmphoraPaths(root, { basePath: '/var/lib/octavia', baseCertDir: '/var/lib/octavia/certs', networkDir: '/etc/net' });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('a load balancer without certificates is never stale', async () => {
  expect(await areCertificatesStale(paths, LB)).toBe(false);
  await load();
  expect(await areCertificatesStale(paths, LB)).toBe(false);
});

test('certificates that an earlier agent loaded, who knows when, count as stale', async () => {
  await upload('a.pem', 'one');
  expect(await areCertificatesStale(paths, LB)).toBe(true);
});

test.each([
  ['another content', () => upload('a.pem', 'two'), true],
  ['the same content again', () => upload('a.pem', 'one'), false],
  ['a file that no configuration named before', () => upload('c.pem', 'three'), false],
  ['one file fewer', () => rm(paths.onHost(join(paths.certificateDir(LB), 'a.pem'))), false],
])('after %s', async (_, change, isStale) => {
  await upload('a.pem', 'one');
  await upload('b.pem', 'two');
  await load();
  await change();
  expect(await areCertificatesStale(paths, LB)).toBe(isStale);
});

test('a file that is replaced while haproxy reads counts as not read', async () => {
  await upload('a.pem', 'one');
  const before = await digestCertificates(paths, LB);
  await upload('a.pem', 'two');
  await rememberLoaded(paths, LB, before);
  expect(await areCertificatesStale(paths, LB)).toBe(true);
});
