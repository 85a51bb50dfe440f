import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../config/config.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { createDriverLibrary } from './driver-library.ts';
import { NotImplementedByProvider, UnsupportedOption } from './provider-driver.ts';
import { loadProviderModule, ProviderModuleNotLoaded } from './provider-module.ts';

let directory: string;
beforeAll(() => { directory = mkdtempSync(join(tmpdir(), 'octavia-module-')); });
afterAll(() => rmSync(directory, { recursive: true }));

const context = {
  name: 'acme', config: {} as Config, log: silentLogger,
  library: createDriverLibrary({ status_socket_path: '/nonexistent', stats_socket_path: '/nonexistent', get_socket_path: '/nonexistent' }),
};

function moduleOf(name: string, text: string): string {
  const file = join(directory, `${name}.ts`);
  writeFileSync(file, text);
  return file;
}

describe('a provider of a TypeScript module', () => {
  it('is called, refuses with the errors it was given and does not implement what it leaves out', async () => {
    const file = moduleOf('acme', `
      export async function createProvider({ name, errors }: { name: string; errors: any }) {
        const seen: unknown[] = [];
        return {
          driver: {
            async listenerCreate(listener: object) { seen.push(listener); if (seen.length > 1) throw new errors.UnsupportedOption('one is enough'); },
            async getSupportedFlavorMetadata() { return new Map([[name, String(seen.length)]]); },
          },
          close() { seen.length = 0; },
        };
      }`);
    const loaded = await loadProviderModule(file, context);
    const { driver } = loaded;
    await driver.listenerCreate({ listener_id: 'x' });
    await expect(driver.listenerCreate({})).rejects.toThrow(new UnsupportedOption('one is enough'));
    await expect(driver.poolCreate({})).rejects.toThrow(new NotImplementedByProvider('This feature is not implemented by the provider.'));
    expect(await driver.getSupportedFlavorMetadata()).toEqual(new Map([['acme', '2']]));
    await loaded.close();
    expect(await driver.getSupportedFlavorMetadata()).toEqual(new Map([['acme', '0']]));
  });

  it.each([
    ['empty', 'export const other = 1;', 'it exports no function createProvider'], ['undriven', 'export const createProvider = () => ({});', 'createProvider answered no driver'],
    ['throwing', 'export const createProvider = () => { throw new Error("no licence"); };', 'no licence'], ['broken', 'export const = 1;', ''],
  ])('says why it cannot be loaded (%s)', async (name, text, reason) => {
    const loading = loadProviderModule(moduleOf(name, text), context);
    await expect(loading).rejects.toBeInstanceOf(ProviderModuleNotLoaded);
    await expect(loading).rejects.toThrow(reason);
  });

  it('may be a package, which must be installed', async () => {
    await expect(loadProviderModule('octavia-provider-that-nobody-has', context)).rejects.toThrow('octavia-provider-that-nobody-has');
  });
});

it('a driver agent that is not there is named', async () => {
  await expect(context.library.get('pools', 'x')).rejects.toThrow('The driver agent cannot be asked: connect ENOENT /nonexistent');
});
