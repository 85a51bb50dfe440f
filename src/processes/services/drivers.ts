import type { Bus } from '../../bus/bus.ts';
import { connectOsloBus } from '../../bus/oslo-bus.ts';
import type { Config } from '../../config/config.ts';
import type { CertManager } from '../../drivers/certs/cert-manager.ts';
import type { ComputeDriver } from '../../drivers/compute/compute-driver.ts';
import { createNoopCompute } from '../../drivers/compute/noop.ts';
import type { NetworkDriver } from '../../drivers/network/network-driver.ts';
import { createNoopNetworkDriver } from '../../drivers/network/noop.ts';
import { OctaviaError } from '../../lib/errors.ts';
import type { AmphoraProviderServices } from '../../providers/amphora-services.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { computeDriversToChoose } from './compute-drivers.ts';
import { requireBarbican } from './key-manager.ts';
import type { LightPoolParts, openLightPool } from './light-pool.ts';
import type { OpenStackDrivers } from './openstack-drivers.ts';

/** A driver that octavia.conf names and this process cannot use. */
export class DriverNotAvailable extends OctaviaError {
  constructor(option: string, name: string, available: readonly string[]) {
    super('driver-not-available', `${option} = ${name} is not available in a separate process; available: ${available.join(', ')}.`);
  }
}

/** The drivers that octavia.conf names, each made at first use; those of OpenStack are loaded only where they are named. */
export interface Drivers {
  network(): Promise<NetworkDriver>;
  compute(): Promise<ComputeDriver>;
  certManager(): Promise<CertManager>;
  /** Look-ups for flavors and availability zones, and what flavors may choose; left out where every value is good. */
  catalogue(): Promise<Pick<AmphoraProviderServices, 'image' | 'volume' | 'computeDrivers'>>;
  close(): Promise<void>;
}

/** `home`: where the light pool keeps its memory; processes without amphorae have no need of it. */
export function openDrivers(config: Config, home: Pick<LightPoolParts, 'store' | 'log'> | null = null): Drivers {
  const { controller_worker: worker, certificates } = config;
  let opened: Promise<OpenStackDrivers> | null = null;
  const openStack = () => (opened ??= import('./openstack-drivers.ts').then(({ openOpenStackDrivers }) => openOpenStackDrivers(config, async (...interfaceOf) => (await (await drivers.compute()).attachNetwork?.(...interfaceOf)) ?? null, home?.log)));
  const openDriver = async (name: string): Promise<ComputeDriver> => {
    if (name === 'compute_noop_driver') return createNoopCompute();
    if (name === 'compute_nova_driver') return (await openStack()).compute();
    throw new DriverNotAvailable('[controller_worker] compute_driver', name, ['compute_nova_driver', 'compute_light_driver', 'compute_noop_driver']);
  };
  const choice = computeDriversToChoose(config);
  let pool: ReturnType<typeof openLightPool> | null = null;
  const openPool = async (parts: Pick<LightPoolParts, 'store' | 'log'>) => {
    const { openLightPool } = await import('./light-pool.ts');
    const ports = worker.network_driver === 'allowed_address_pairs_driver' ? (await openStack()).portBinding() : null;
    return openLightPool({ ...parts, config, openDriver, ports });
  };
  const drivers: Drivers = {
    async network() {
      const name = worker.network_driver;
      if (name === 'network_noop_driver') return createNoopNetworkDriver();
      if (name === 'allowed_address_pairs_driver') return (await openStack()).network();
      throw new DriverNotAvailable('[controller_worker] network_driver', name, ['allowed_address_pairs_driver', 'network_noop_driver']);
    },
    async compute() {
      if (choice.length === 0 || home === null) return openDriver(worker.compute_driver);
      return (await (pool ??= openPool(home))).compute;
    },
    async certManager() {
      switch (certificates.cert_manager) {
        case 'local_cert_manager': return atFirstUse(async () => (await import('../../drivers/certs/local-cert-manager.ts')).createLocalCertManager(certificates.storage_path));
        case 'noop_cert_manager': return atFirstUse(async () => (await import('../../drivers/certs/noop-cert-manager.ts')).createNoopCertManager());
        case 'barbican_cert_manager': return (await openStack()).barbican();
        case 'castellan_cert_manager': {
          requireBarbican(config);
          return (await openStack()).castellan();
        }
        default: return certificates.cert_manager satisfies never;
      }
    },
    async catalogue() {
      const computeDrivers = choice.length === 0 ? {} : { computeDrivers: choice };
      if (worker.compute_driver !== 'compute_nova_driver' && !choice.includes('compute_nova_driver')) return computeDrivers;
      const drivers = await openStack();
      const volume = drivers.volume();
      return {
        ...computeDrivers,
        image: { validateTag: async (tag) => void (await drivers.image().findImage(tag, worker.amp_image_owner_id || null)) },
        ...(volume !== null && { volume }),
      };
    },
    async close() {
      await (await pool)?.close();
      await (await opened)?.close();
    },
  };
  return drivers;
}

/** Loads the manager's code with the first certificate: the parsers of certificates weigh more than the rest of an API process, and many never see one. */
function atFirstUse(load: () => Promise<CertManager>): CertManager {
  let loading: Promise<CertManager> | null = null;
  const manager = () => (loading ??= load());
  return {
    getBundle: async (ref, projectId) => (await manager()).getBundle(ref, projectId),
    getSecret: async (ref, projectId) => (await manager()).getSecret(ref, projectId),
    grantAccess: async (ref, projectId) => (await manager()).grantAccess(ref, projectId),
  };
}

export function connectBus({ DEFAULT, oslo_messaging_rabbit }: Config, log: Logger): Promise<Bus> {
  return connectOsloBus(DEFAULT.transport_url, { host: DEFAULT.host, exchange: DEFAULT.control_exchange, rabbit: oslo_messaging_rabbit, log });
}
