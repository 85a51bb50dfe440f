import { describe, expect, it } from 'vitest';
import type { ComputeDriver } from '../drivers/compute/compute-driver.ts';
import type { NetworkDriver } from '../drivers/network/network-driver.ts';
import type { Trx } from '../store/database.ts';
import { createProviderRegistry, ProviderNotEnabled, ProviderNotFound } from './provider-registry.ts';

const scope = { trx: {} as Trx, requestId: 'req-1', cast: () => undefined };
const services = { network: {} as NetworkDriver, compute: {} as ComputeDriver };
const registry = createProviderRegistry(
  { api_settings: { enabled_provider_drivers: { amphora: 'The amphora driver.', octavia: 'Alias.', 'noop_driver-alt': 'Noop.', ovn: 'Foreign.' }, default_provider_driver: 'amphora' } },
  services,
);

describe('provider registry', () => {
  it('lists what the operator enabled, in his order and words', () => {
    expect([...registry.enabled]).toEqual([['amphora', 'The amphora driver.'], ['octavia', 'Alias.'], ['noop_driver-alt', 'Noop.'], ['ovn', 'Foreign.']]);
    expect(registry.defaultName).toBe('amphora');
  });

  it('the old names answer with the amphora provider, the noop names with the noop provider', async () => {
    const keysOf = async (name: string) => [...(await registry.driver(name, scope).getSupportedFlavorMetadata()).keys()];
    expect(await keysOf('octavia')).toEqual(await keysOf('amphora'));
    expect(await keysOf('noop_driver-alt')).toEqual(['amp_image_tag']);
  });

  it('tells "not enabled" from "no such driver"', () => {
    expect(() => registry.driver('noop_driver', scope)).toThrow(new ProviderNotEnabled('noop_driver'));
    expect(() => registry.driver('ovn', scope)).toThrow(new ProviderNotFound('ovn'));
    expect(() => registry.driver('constructor', scope)).toThrow(ProviderNotEnabled);
  });

  it('the noop provider fills what the caller left open and keeps the rest', async () => {
    const driver = registry.driver('noop_driver-alt', scope);
    const { vip, additional } = await driver.createVipPort('lb', 'p', { vip_network_id: 'net', vip_address: null }, [{ subnet_id: 's' }]);
    expect(vip).toMatchObject({ vip_address: '198.0.2.5', vip_network_id: 'net', vip_port_id: expect.any(String), vip_subnet_id: expect.any(String) });
    expect(additional).toEqual([{ subnet_id: 's' }]);
  });
});
