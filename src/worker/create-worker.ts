import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { AmphoraClientFactory } from '../amphora/client/amphora-client.ts';
import type { Bus } from '../bus/bus.ts';
import type { Config } from '../config/config.ts';
import type { CertGenerator, CertManager } from '../drivers/certs/cert-manager.ts';
import type { ComputeDriver } from '../drivers/compute/compute-driver.ts';
import type { NetworkDriver } from '../drivers/network/network-driver.ts';
import type { Clock } from '../lib/clock.ts';
import { reasonOf } from '../lib/errors.ts';
import type { Store } from '../store/database.ts';
import { inRequestScope } from '../openstack/request-scope.ts';
import { releaseLeasesOf } from '../store/leases.ts';
import { listOrphanRequests } from '../store/requests.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createAmphoraIdentities } from './amphora-identities.ts';
import { createBuildSlots } from './build-slots.ts';
import { createCastIntake } from './cast-intake.ts';
import { findWork } from './find-work.ts';
import { reconcileLoneAmphora } from './lone-amphora.ts';
import { failOverLostInstances } from './lost-instances.ts';
import { WorkerMemory } from './memory.ts';
import { reconcile } from './reconcile.ts';
import type { ActionWatcher, LoadBalancerNotifier, Services } from './run-context.ts';
import { createSparePool } from './spare-pool.ts';
import { settingsFrom } from './settings.ts';
import { traced } from './traced-services.ts';
import { createWakeQueue, type Park, type Wake } from './wake-queue.ts';
import { measureWork } from './worker-metrics.ts';

export interface WorkerDependencies {
  readonly store: Store;
  readonly bus: Bus;
  readonly config: Config;
  readonly network: NetworkDriver;
  readonly compute: ComputeDriver;
  readonly certGenerator: CertGenerator;
  readonly certManager: CertManager;
  readonly clients: AmphoraClientFactory;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of the end of every creation, update and deletion; `[controller_worker] event_notifications`. */
  readonly notifier?: LoadBalancerNotifier;
  readonly metrics?: Metrics;
  /** Instead of the file [controller_worker] client_ca. */
  readonly clientCaPem?: () => Promise<string>;
  /** Milliseconds that never jump. @default performance.now */
  readonly monotonicMs?: () => number;
  readonly onAction?: ActionWatcher;
}

export interface Worker {
  /** Starts to take casts and to sweep. */
  start(): Promise<void>;
  /** Takes nothing new, lets what runs come to its end for at most `graceMs`, and gives the leases back. */
  stop(graceMs?: number): Promise<void>;
  /** Looks at one load balancer now. */
  wake(loadBalancerId: string): void;
  /** One look for work that nobody told of; resolves when what it found is woken. */
  sweep(): Promise<void>;
  /** Resolves when there is nothing to do. */
  idle(): Promise<void>;
  /** Options that may change while it runs (SIGHUP). */
  reconfigure(config: Config): void;
}

const AMPHORA_KEY = 'amphora:';
const STOP_GRACE_MS = 60_000;

/** The controller worker: keeps load balancers as their rows ask for. Any number of workers may share a database. */
export function createWorker(dependencies: WorkerDependencies): Worker {
  const { store, bus, log } = dependencies;
  const owner = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  const hurry = new AbortController();
  const memory = new WorkerMemory();
  let settings = settingsFrom(dependencies.config);
  const services = createServices(dependencies, () => settings, () => spares.drawn());

  const measured = measureWork(dependencies.metrics, () => queue.size());
  const work = (id: string, wake: Wake, park: Park): Promise<void> => {
    // Calls to the services of the cloud carry the id of the request that caused them.
    const { requestId } = wake;
    return requestId === undefined ? workOn(id, wake, park) : inRequestScope({ requestId }, () => workOn(id, wake, park));
  };
  const workOn = async (id: string, { isAsked, requestId }: Wake, park: Park): Promise<void> => {
    const options = { owner, ignoreBackOff: isAsked, signal: hurry.signal };
    const own = { ...traced(services, requestId), park };
    if (id.startsWith(AMPHORA_KEY)) {
      await measured(() => reconcileLoneAmphora(own, id.slice(AMPHORA_KEY.length), options));
      return;
    }
    const result = await measured(() => reconcile(own, memory, id, options));
    own.log.debug({ lb: id, result }, 'A load balancer was looked at');
    // Somebody changed it while it was worked on.
    if (result === 'overtaken' && !hurry.signal.aborted) queue.wake(id, { isAsked: true, ...(requestId !== undefined && { requestId }) });
  };
  const queue = createWakeQueue({
    limit: () => settings.maxConcurrent, work,
    onError: (id, error) => log.error({ lb: id, reason: reasonOf(error) }, 'A load balancer could not be worked on'),
  });
  const spares = createSparePool(services, (id) => queue.wake(AMPHORA_KEY + id, { isAsked: false, urgency: 'creation' }));
  const intake = createCastIntake({
    store, log, patience: commitPatience(dependencies.config),
    wakeLoadBalancer: (id, requestId, place) => queue.wake(id, { isAsked: true, ...place, ...(requestId !== undefined && { requestId }) }),
    wakeAmphora: (id, requestId) => queue.wake(AMPHORA_KEY + id, { isAsked: true, ...(requestId !== undefined && { requestId }) }),
  });
  const sweep = async (): Promise<void> => {
    try {
      await failOverLostInstances(services);
      await spares.fill();
      for (const { id, urgency, project } of await findWork(store)) queue.wake(id, { isAsked: false, urgency, project });
      for (const { amphoraId } of await listOrphanRequests(store.read, 100)) if (amphoraId !== null) queue.wake(AMPHORA_KEY + amphoraId, { isAsked: false });
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'Waiting work could not be looked for');
    }
  };
  const sweeping = every(() => settings.sweepIntervalMs, sweep);
  const giveBack = async (): Promise<void> => {
    try {
      await store.transaction((trx) => releaseLeasesOf(trx, owner));
    } catch (error) {
      log.warn({ reason: reasonOf(error) }, 'Leases could not be given back; they run out by themselves');
    }
  };
  let stopConsuming: (() => Promise<void>) | null = null;

  return {
    start: async () => {
      stopConsuming = await bus.consume((cast) => intake.take(cast));
      sweeping.start();
    },
    stop: async (graceMs = STOP_GRACE_MS) => {
      await stopConsuming?.();
      intake.stop();
      spares.stop();
      await sweeping.stop();
      const timer = setTimeout(() => hurry.abort(), graceMs);
      await queue.close();
      clearTimeout(timer);
      await giveBack();
    },
    wake: (loadBalancerId) => queue.wake(loadBalancerId, { isAsked: true }),
    sweep,
    idle: async () => {
      await intake.idle();
      await queue.idle();
    },
    reconfigure: (config) => {
      settings = settingsFrom(config);
    },
  };
}

/** What all runs share; each is given its own way to park. */
function createServices(dependencies: WorkerDependencies, settings: Services['settings'], onSparesTaken: Services['onSparesTaken']): Omit<Services, 'park'> {
  const { network, clock, log } = dependencies;
  const networks = new Map<string, string>();
  return {
    store: dependencies.store, network, compute: dependencies.compute, certManager: dependencies.certManager, clients: dependencies.clients, clock, log, settings,
    notifier: dependencies.notifier ?? null,
    monotonicMs: dependencies.monotonicMs ?? (() => performance.now()),
    ...(dependencies.onAction && { onAction: dependencies.onAction }),
    identities: createAmphoraIdentities({ generator: dependencies.certGenerator, validitySeconds: () => settings().certValiditySeconds, log, now: () => clock.now() }),
    // Read at each boot: operators replace it in place.
    clientCaPem: dependencies.clientCaPem ?? (() => readFile(settings().clientCaFile, 'utf8')),
    networkOfSubnet: async (subnetId) => {
      const known = networks.get(subnetId) ?? (await network.getSubnet(subnetId)).networkId;
      networks.set(subnetId, known);
      return known;
    },
    onSparesTaken,
    buildSlots: createBuildSlots({ store: dependencies.store, log, settings: () => settings().build }),
  };
}

function commitPatience({ haproxy_amphora: options }: Config) {
  return {
    attempts: options.api_db_commit_retry_attempts, firstMs: options.api_db_commit_retry_initial_delay * 1000,
    stepMs: options.api_db_commit_retry_backoff * 1000, maxMs: options.api_db_commit_retry_max * 1000,
  };
}

/** Repeats `work` with a pause after each end. */
function every(pauseMs: () => number, work: () => Promise<void>): { start(): void; stop(): Promise<void> } {
  let timer: NodeJS.Timeout | null = null;
  let isStopped = false;
  let underWay: Promise<void> = Promise.resolve();
  const next = (): void => {
    underWay = work().then(() => {
      if (!isStopped) timer = setTimeout(next, pauseMs());
    });
  };
  return {
    start: next,
    stop: async () => {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      await underWay;
    },
  };
}
