import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createNamespaceCompute } from './namespace-compute.ts';

const namespaces = new Set<string>();
let shell: { close(): void } | null = null;
vi.mock('../../../lib/run.ts', () => ({ runThroughLauncher: () => undefined }));
vi.mock('../../../lib/linux/netns.ts', () => ({ netnsExists: (netns: string) => namespaces.has(netns), removeNetns: async (netns: string) => void namespaces.delete(netns) }));
vi.mock('./prepared-namespaces.ts', () => ({
  createPreparedNamespaces: () => ({ boot: async (netns: string) => { namespaces.add(netns); return shell; }, refill: () => undefined, close: () => undefined }),
}));
vi.mock('./keys-in-memory.ts', () => ({ keepKeysInMemory: async () => { if (isDiskFull) throw new Error('ENOSPC: no space left on device'); }, dropKeys: async () => undefined }));

const AMPHORA = '8d4a8f2e-0c56-4f0e-9f0f-2a5d1c3b7e90';
const CERTIFICATE = 'etc/octavia/certs/server.pem';
let isDiskFull = false;
let dataDir: string;
beforeEach(() => { dataDir = mkdtempSync(join(tmpdir(), 'broken-off-')); });
afterEach(() => {
  isDiskFull = false;
  shell = null;
  namespaces.clear();
  rmSync(dataDir, { recursive: true });
});

/** Agents need their certificate, as the real ones do. */
function compute() {
  const start = async ({ root }: { root: string }) => void readFileSync(join(root, CERTIFICATE));
  return createNamespaceCompute({ dataDir, agents: { start, stop: async () => undefined }, wiring: { plug: async () => undefined, unplug: async () => undefined }, log: { warn: () => undefined } });
}
const request = { amphoraId: AMPHORA, loadBalancerId: null, name: 'a', files: { [`/${CERTIFICATE}`]: 'certificate' }, flavor: {}, availabilityZone: {}, serverGroupId: null };
const fileOf = (path: string) => join(dataDir, 'amphorae', AMPHORA, path);

test('a boot that a full disk broke off is completed by the next attempt', async () => {
  const driver = compute();
  isDiskFull = true;
  await expect(driver.ensure(request)).rejects.toThrow(/ENOSPC/);
  rmSync(fileOf(CERTIFICATE), { force: true });
  isDiskFull = false;
  expect((await driver.ensure(request)).state).toBe('active');
  expect(readFileSync(fileOf(CERTIFICATE), 'utf8')).toBe('certificate');
});

test('so is one that ended with the process, before all files were written', async () => {
  await compute().ensure(request);
  rmSync(fileOf(CERTIFICATE));
  const next = compute();
  await next.restore();
  const instance = await next.ensure(request);
  expect([instance.state, instance.lbNetworkIp, existsSync(fileOf(CERTIFICATE))]).toEqual(['active', '127.16.0.1', true]);
});

test('one that is broken off leaves no shell behind in its namespace', async () => {
  const close = vi.fn();
  shell = { close };
  isDiskFull = true;
  await expect(compute().ensure(request)).rejects.toThrow(/ENOSPC/);
  expect(close).toHaveBeenCalledOnce();
});
