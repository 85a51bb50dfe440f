import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { run } from '../../../lib/run.ts';
import { AmphoraPaths } from '../amphora-paths.ts';
import { World } from '../world.ts';
import { SupervisedServices } from './supervised.ts';

let directory: string;
let services: SupervisedServices;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'supervised-'));
  const world = new World('/', 'none');
  vi.spyOn(world, 'run').mockImplementation(([program = '', ...args]) => run(program, args));
  services = new SupervisedServices(world, new AmphoraPaths('/', { basePath: directory, baseCertDir: '/certs', networkDir: '/net' }));
});
afterEach(async () => {
  await services.remove('daemon');
  rmSync(directory, { recursive: true });
});

/** A daemon that ends once, and lives in its second life. */
function start(): Promise<void> {
  const diesOnce = 'if [ -e "$1" ]; then echo second life; exec sleep 600; fi; touch "$1"; echo Reloading HAProxy';
  return services.start({ name: 'daemon', description: '', command: ['sh', '-c', diesOnce, 'sh', join(directory, 'died')], stalePidFiles: [] });
}

const untilSecondLife = (): Promise<void> => vi.waitFor(async () => expect(await services.output('daemon')).toBe('Reloading HAProxy\nsecond life\n'), { timeout: 30_000 });

test('what a daemon printed before it ended is forgotten with the rest: a reload of haproxy looks for what is new', async () => {
  await start();
  await untilSecondLife();
  await services.forgetOutput('daemon');
  expect(await services.output('daemon')).toBe('');
});

test('ends count from the last start on, also when that takes over a daemon that was started anew', async () => {
  await start();
  await untilSecondLife();
  expect(await services.exits('daemon')).toBe(1);
  await start();
  expect(await services.exits('daemon')).toBe(0);
});
