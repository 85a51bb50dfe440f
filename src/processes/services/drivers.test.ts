import { describe, expect, it } from 'vitest';
import type { ConfigOverrides } from '../../config/config.ts';
import { ConfigError } from '../../config/config-error.ts';
import { loadConfig } from '../../config/load-config.ts';
import { DriverNotAvailable, openDrivers } from './drivers.ts';
import { KeyManagerNotAvailable } from './key-manager.ts';

const login = { service_auth: { auth_url: 'http://127.0.0.1:1/v3', username: 'octavia', password: 'secret', project_name: 'service', default_domain_name: 'Default' } };
const driversOf = (overrides: ConfigOverrides) => openDrivers(loadConfig({ env: {}, overrides }));

describe('drivers of a separate process', () => {
  it('those of an OpenStack cloud are there without asking it anything', async () => {
    const drivers = driversOf({ ...login, controller_worker: { volume_driver: 'volume_cinder_driver' } });
    const [network, compute, certManager, catalogue] = await Promise.all([drivers.network(), drivers.compute(), drivers.certManager(), drivers.catalogue()]);
    expect([typeof network.ensureVip, typeof compute.ensure, typeof certManager.getBundle, typeof catalogue.image?.validateTag, typeof catalogue.volume?.validateAvailabilityZone])
      .toEqual(Array.from({ length: 5 }, () => 'function'));
    expect(await drivers.network()).toBe(network);
    await drivers.close();
  });

  it('failures name the service that could not be reached', async () => {
    const drivers = driversOf({ ...login, service_auth: { ...login.service_auth, connect_retries: 0 } });
    await expect((await drivers.network()).getNetwork('n')).rejects.toThrow(/^Keystone: POST \/v3\/auth\/tokens: .*ECONNREFUSED/);
    await drivers.close();
  });

  it('missing log-in options and what this process cannot use are named', async () => {
    await expect(driversOf({}).network()).rejects.toThrow(ConfigError);
    await expect(driversOf({ ...login, controller_worker: { network_driver: 'local_network_driver' } }).network()).rejects.toThrow(DriverNotAvailable);
    const noop = driversOf({ controller_worker: { network_driver: 'network_noop_driver', compute_driver: 'compute_noop_driver' }, certificates: { cert_manager: 'noop_cert_manager' } });
    expect(await noop.catalogue()).toEqual({});
    expect((await noop.compute()).readsBootFiles).toBe(false);
    await noop.close();
  });

  it('castellan has Barbican behind it, named in either way, and nothing else', async () => {
    const castellan = (backend: string) => driversOf({ ...login, certificates: { cert_manager: 'castellan_cert_manager' }, key_manager: { backend } });
    for (const backend of ['barbican', 'castellan.key_manager.barbican_key_manager.BarbicanKeyManager']) {
      const drivers = castellan(backend);
      expect(typeof (await drivers.certManager()).getBundle).toBe('function');
      await drivers.close();
    }
    const refused = castellan('vault').certManager();
    await expect(refused).rejects.toThrow(KeyManagerNotAvailable);
    await expect(refused).rejects.toThrow('[key_manager] backend = vault cannot be used: castellan_cert_manager reads certificates from Barbican only');
  });
});
