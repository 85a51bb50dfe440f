import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { CertManager } from '../drivers/certs/cert-manager.ts';
import type { PortWiring } from '../drivers/compute/namespace/port-wiring.ts';
import { openLinuxFabric, type Fabric } from '../drivers/network/local/fabric/fabric.ts';
import { createLocalNetworkDriver } from '../drivers/network/local/local-network-driver.ts';
import { createLocalPortWiring } from '../drivers/network/local/local-port-wiring.ts';
import { openNetworkRecords, type NetworkRecords } from '../drivers/network/local/network-records.ts';
import type { NetworkDriver } from '../drivers/network/network-driver.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { openRecordStore } from '../lib/records/record-store.ts';
import type { TokenValidator } from '../openstack/token.ts';
import { mountService, type ServiceLog } from './http/service-scope.ts';
import { bootstrapIdentity } from './identity/bootstrap-identity.ts';
import { identityFaults } from './identity/identity-fault.ts';
import { openIdentityRecords } from './identity/identity-records.ts';
import { registerIdentityRoutes } from './identity/identity-routes.ts';
import { writeOpenrcFiles } from './identity/openrc.ts';
import { createTokens } from './identity/tokens.ts';
import { keyFaults } from './key-manager/key-fault.ts';
import { openKeyRecords } from './key-manager/key-records.ts';
import { registerKeyRoutes } from './key-manager/key-routes.ts';
import { createMiniCertManager } from './key-manager/mini-cert-manager.ts';
import { networkFaults } from './network/network-fault-style.ts';
import { registerNetworkRoutes } from './network/network-routes.ts';
import { createServerManager, type ServerManager } from './servers/server-manager.ts';
import { registerComputeRoutes, registerServerRoutes, serverFaults } from './servers/server-routes.ts';

export interface MiniCloudOptions {
  /** Holds `minicloud.sqlite`, the generated passwords and the servers' logs; made when missing. */
  readonly dataDir: string;
  /** Where the routes will be reachable, e.g. `http://127.0.0.1:9876`; goes into the catalogue. */
  readonly baseUrl: string;
  readonly log: ServiceLog;
  /** @default bridges, namespaces and nftables of this host */
  readonly openFabric?: (records: NetworkRecords, log: ServiceLog) => Fabric;
  readonly clock?: Clock;
}

/** Identity, network, key manager and servers of the embedded shape, for one process. */
export interface MiniCloud {
  readonly network: NetworkDriver;
  readonly wiring: PortWiring;
  readonly tokens: TokenValidator;
  readonly certManager: CertManager;
  readonly servers: ServerManager;
  /** The project that owns Octavia's own ports and security groups. */
  readonly serviceProjectId: string;
  /** Mounts /identity, /network, /key-manager, /compute and /octavia-embedded. */
  registerRoutes(app: FastifyInstance): void;
  /** Writes the administrator's openrc to `path` and one `<path>-<user>` for each other user (all 0600). */
  writeOpenrc(path: string): void;
  /** Rebuilds what is missing on the host after a reboot or restart; what runs is not touched. */
  restore(): Promise<void>;
  /** Closes the records; namespaces, bridges and servers stay. */
  close(): Promise<void>;
}

/** Opens (or makes) the embedded cloud in a data directory. */
export async function openMiniCloud(options: MiniCloudOptions): Promise<MiniCloud> {
  const { dataDir, baseUrl, log } = options;
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'minicloud.sqlite');
  const store = openRecordStore(file);
  chmodSync(file, 0o600);
  const networkRecords = openNetworkRecords(store);
  const identityRecords = openIdentityRecords(store);
  const keyRecords = openKeyRecords(store);

  const { passwords, serviceProjectId, serviceUserId } = await bootstrapIdentity(identityRecords, join(dataDir, 'identity-passwords.json'));
  const clock = options.clock ?? systemClock;
  const tokens = createTokens(identityRecords, clock);
  const fabric = (options.openFabric ?? openLinuxFabric)(networkRecords, log);
  const servers = createServerManager({ records: networkRecords, fabric, dataDir, log });

  return {
    network: createLocalNetworkDriver({ records: networkRecords, fabric, serviceProjectId }),
    wiring: createLocalPortWiring(fabric),
    tokens,
    certManager: createMiniCertManager(keyRecords, { userId: serviceUserId, tokens, clock }),
    servers,
    serviceProjectId,
    registerRoutes: (app) => {
      mountService(app, '/identity', { faults: identityFaults, log }, (scope) => registerIdentityRoutes(scope, { records: identityRecords, tokens, baseUrl, clock }));
      mountService(app, '/network', { faults: networkFaults, log }, (scope) => registerNetworkRoutes(scope, { records: networkRecords, fabric, tokens }, baseUrl));
      mountService(app, '/key-manager', { faults: keyFaults, log }, (scope) => registerKeyRoutes(scope, { records: keyRecords, tokens, baseUrl, clock }));
      mountService(app, '/compute', { faults: serverFaults, log }, (scope) => registerComputeRoutes(scope, { servers, tokens, baseUrl }));
      mountService(app, '/octavia-embedded/v1', { faults: serverFaults, log }, (scope) => registerServerRoutes(scope, { servers, tokens, baseUrl }));
    },
    writeOpenrc: (path) => writeOpenrcFiles(path, baseUrl, passwords),
    restore: async () => {
      await fabric.restore();
      await servers.restore();
    },
    close: async () => {
      await fabric.close();
      store.close();
    },
  };
}
