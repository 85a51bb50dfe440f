import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLocalCertManager } from './local-cert-manager.ts';

let directory: string;
const lost: unknown[] = [];
const note = (reason: unknown) => void lost.push(reason);
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-certs-'));
  process.on('unhandledRejection', note);
});
afterAll(() => {
  process.off('unhandledRejection', note);
  rmSync(directory, { recursive: true });
});

it.each(['http://x/y', '../etc/passwd', 'absent', ''])('the reference %j is refused, and nothing fails behind the caller\'s back', async (ref) => {
  const manager = createLocalCertManager(directory);
  await expect(manager.getBundle(ref, null)).rejects.toThrow();
  await expect(async () => manager.getSecret(ref, null)).rejects.toThrow();
  await new Promise((resolve) => void setImmediate(resolve));
  expect(lost).toEqual([]);
});
