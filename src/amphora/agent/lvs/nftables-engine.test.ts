import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silentLogger } from '../../../telemetry/logger.ts';
import { AmphoraPaths } from '../amphora-paths.ts';
import type { World } from '../world.ts';
import { NftablesEngine } from './nftables-engine.ts';
import { udpListenerConfig } from './testing/udp-listener-config.ts';

/** What stands in for the machine: the rules of the kernel, what happens when they change and when flows are counted, and members that do not answer their checks. */
const machine = vi.hoisted(() => ({ rules: '', onRules: async (): Promise<void> => undefined, onCount: async (): Promise<void> => undefined, silent: new Set<string>() }));
vi.mock('../../../lib/linux/nft.ts', () => ({
  nftApply: async (script: string) => {
    await machine.onRules();
    machine.rules = script;
  },
}));
vi.mock('./probe.ts', () => ({ probe: async ({ address }: { address: string }) => !machine.silent.has(address) }));

const LISTENER = 'dddddddd-0000-4000-8000-000000000001';
const [MEMBER_1, MEMBER_2] = ['eeeeeeee-0000-4000-8000-000000000001', 'eeeeeeee-0000-4000-8000-000000000002'];
const CONFIG = udpListenerConfig({ id: LISTENER, settings: ['delay_loop 1', 'retry 1'], members: [[MEMBER_1, '10.0.1.1'], [MEMBER_2, '10.0.1.2']] });
let root: string;
let engines: NftablesEngine[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nftables-engine-'));
  engines = [];
  machine.rules = '';
  machine.onRules = async () => undefined;
  machine.onCount = async () => undefined;
  machine.silent.clear();
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(engines.map((engine) => engine.close()));
  rmSync(root, { recursive: true });
});

function engineOf(): NftablesEngine {
  const paths = new AmphoraPaths(root, { basePath: '/lib', baseCertDir: '/certs', networkDir: '/net' });
  mkdirSync(join(root, paths.lvsDir), { recursive: true });
  writeFileSync(join(root, paths.lvsConfig(LISTENER)), CONFIG);
  const runInNetwork = async ([program]: readonly string[]) => {
    if (program === 'sh') await machine.onCount();
    return { stdout: '{}', stderr: '' };
  };
  const world = { netns: 'amphora', runInNetwork } as unknown as World;
  const engine = new NftablesEngine({ paths, world, log: silentLogger });
  engines.push(engine);
  return engine;
}

const statusesOf = async (engine: NftablesEngine) => (await engine.report(LISTENER))?.pool?.report.members;
const isSelected = (member: string) => new RegExp(`^ *numgen .*jump member_${member.replaceAll('-', '_')}`, 'm').test(machine.rules);

test('a member that was down when the agent ended is down for the next one, and is served again as soon as it answers', async () => {
  machine.silent.add('10.0.1.2');
  const former = engineOf();
  await former.apply(LISTENER);
  await vi.waitFor(async () => expect(await statusesOf(former)).toEqual({ [MEMBER_1]: 'UP', [MEMBER_2]: 'DOWN' }), { timeout: 5000 });
  expect([isSelected(MEMBER_1), isSelected(MEMBER_2)]).toEqual([true, false]);
  await former.close();

  machine.silent.clear();
  const next = engineOf();
  await next.adopt();
  expect(await statusesOf(next)).toEqual({ [MEMBER_1]: 'UP', [MEMBER_2]: 'DOWN' });
  await vi.waitFor(async () => expect(await statusesOf(next)).toEqual({ [MEMBER_1]: 'UP', [MEMBER_2]: 'UP' }), { timeout: 5000 });
  expect(isSelected(MEMBER_2)).toBe(true);
});

/** Lets simulated time pass, and real files be written in it. */
async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    await vi.advanceTimersByTimeAsync(1000);
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a change of health that could not be applied is applied soon after', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  const engine = engineOf();
  await engine.apply(LISTENER);
  let refused = 0;
  machine.onRules = async () => {
    if ((refused += 1) === 1) throw new Error('no memory for another process');
  };
  machine.silent.add('10.0.1.2');
  await pass(3);
  expect([refused, isSelected(MEMBER_2)]).toEqual([1, true]);
  await pass(7);
  expect(await statusesOf(engine)).toEqual({ [MEMBER_1]: 'UP', [MEMBER_2]: 'DOWN' });
  expect(isSelected(MEMBER_2)).toBe(false);
});

test('a failure that the former checks saw while the configuration changed does not keep a member down that answers the present ones', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  const engine = engineOf();
  await engine.apply(LISTENER);
  const [begun, loading] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  machine.onRules = () => {
    begun.resolve();
    return loading.promise;
  };
  const applied = engine.apply(LISTENER);
  await begun.promise;
  machine.silent.add('10.0.1.2');
  await pass(3);
  machine.silent.clear();
  loading.resolve();
  await applied;
  await pass(10);
  expect(await statusesOf(engine)).toEqual({ [MEMBER_1]: 'UP', [MEMBER_2]: 'UP' });
  expect(isSelected(MEMBER_2)).toBe(true);
});

test('flows that take longer to count than the interval do not pile up before a change of the configuration', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  const engine = engineOf();
  await engine.apply(LISTENER);
  const counted = Promise.withResolvers<void>();
  let counts = 0;
  machine.onCount = () => {
    counts += 1;
    return counted.promise;
  };
  await pass(60);
  const applied = engine.apply(LISTENER);
  counted.resolve();
  await applied;
  expect(counts).toBe(1);
  await pass(10);
  expect(counts).toBeGreaterThan(1);
});
