import type { Config } from '../../config/config.ts';
import { createComputeChoice } from '../../drivers/compute/compute-choice.ts';
import type { ComputeDriver } from '../../drivers/compute/compute-driver.ts';
import { createLightCompute } from '../../drivers/compute/light/light-compute.ts';
import { connectLightHost, parseHostAddress, type LightHost } from '../../drivers/compute/light/light-host.ts';
import { createNoopPortBinding, type PortBinding } from '../../drivers/network/port-binding.ts';
import type { Store } from '../../store/database.ts';
import { openPlacements } from '../../store/light-amphorae.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { computeDriversToChoose } from './compute-drivers.ts';

const LIGHT = 'compute_light_driver';

export interface LightPoolParts {
  readonly config: Config;
  readonly store: Store;
  readonly log: Logger;
  /** Makes a driver that is not the light pool's. */
  readonly openDriver: (name: string) => Promise<ComputeDriver>;
  /** Null where nothing binds ports. */
  readonly ports: PortBinding | null;
}

/** The light pool, beside the other drivers that flavors may choose. */
export async function openLightPool(parts: LightPoolParts): Promise<{ readonly compute: ComputeDriver; close(): Promise<void> }> {
  const { config, store, log } = parts;
  const { light_pool: pool, haproxy_amphora: tls } = config;
  const hosts = pool.hosts.map((text): LightHost => connectLightHost(parseHostAddress(text), {
    clientCert: tls.client_cert, serverCa: tls.server_ca, requestTimeoutMs: pool.request_timeout * 1000,
  }));
  const placements = openPlacements(store);
  const light = createLightCompute({
    hosts, placements, log, ports: parts.ports ?? createNoopPortBinding(), isApartForced: pool.anti_affinity_policy === 'anti-affinity', zone: null,
    portActiveTimeoutMs: pool.port_active_timeout * 1000, orphanGraceSeconds: pool.orphan_grace,
  });
  const close = async (): Promise<void> => void (await Promise.all(hosts.map((host) => host.close())));
  const names = computeDriversToChoose(config);
  const other = names.find((name) => name !== LIGHT);
  if (other === undefined) return { compute: light, close };
  const drivers = new Map<string, ComputeDriver>();
  for (const name of names) drivers.set(name, name === LIGHT ? light : await parts.openDriver(name));
  const compute = createComputeChoice({ drivers, unnoted: other, ownerOf: async (computeId) => ((await placements.find(computeId)) === null ? null : LIGHT) });
  return { compute, close };
}
