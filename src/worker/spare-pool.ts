import { toSqlDatetime } from '../lib/clock.ts';
import type { Amphora, LoadBalancerGraph } from '../model/graph.ts';
import { assertFence } from '../store/leases.ts';
import { claimSpares, fillSparePool } from '../store/spare-amphorae.ts';
import { PRIORITY } from './actions/record-amphorae.ts';
import type { NewAmphora } from './plan/action.ts';
import type { Services } from './run-context.ts';
import type { WorkerSettings } from './settings.ts';

/** A pool is filled when those who drew from it are done: booting would take processors and services of the cloud away from them. */
const REFILL_AFTER_MS = 300;
const LONGEST_WAIT_MS = 30_000;

type PoolServices = Pick<Services, 'store' | 'clock' | 'log' | 'monotonicMs'> & { readonly settings: () => Pick<WorkerSettings, 'sparePoolSize'> };

export interface SparePool {
  /** Looks at the pool now; resolves when the rows are written. */
  fill(): Promise<void>;
  /** Spares were taken; to be told when what they were taken for is done. */
  drawn(): () => void;
  stop(): void;
}

/** Keeps [house_keeping] spare_amphora_pool_size amphorae booted; `wake` is told which rows need somebody's work. */
export function createSparePool(services: PoolServices, wake: (amphoraId: string) => void): SparePool {
  let timer: NodeJS.Timeout | null = null;
  let isStopped = false;
  let users = 0;
  let busySinceMs = 0;
  const isBusy = (): boolean => users > 0 && services.monotonicMs() - busySinceMs < LONGEST_WAIT_MS;
  const fill = async (): Promise<void> => {
    if (isBusy()) return;
    for (const id of await fillSparePool(services.store, services.settings().sparePoolSize, toSqlDatetime(services.clock.now()))) wake(id);
  };
  return {
    fill,
    drawn: () => {
      if (users === 0) busySinceMs = services.monotonicMs();
      users += 1;
      return () => {
        users -= 1;
        if (isStopped) return;
        if (timer !== null) clearTimeout(timer);
        timer = setTimeout(() => void fill().catch((error: unknown) => services.log.warn({ err: error }, 'The pool of spare amphorae was not filled')), REFILL_AFTER_MS).unref();
      };
    },
    stop: () => {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** Takes spares for amphorae that a load balancer is missing, as far as there are any and they will do. */
export async function takeSpares(services: Services, graph: LoadBalancerGraph, fence: number, missing: readonly NewAmphora[]): Promise<readonly Amphora[]> {
  if (services.settings().sparePoolSize === 0 || missing.length === 0 || !takesAnyAmphora(graph, services.settings().antiAffinity)) return [];
  const now = toSqlDatetime(services.clock.now());
  return services.store.transaction(async (trx) => {
    await assertFence(trx, graph.id, fence);
    const claimed = await claimSpares(trx, graph.id, missing.map(({ role }) => ({ role, vrrpPriority: PRIORITY[role] })), now);
    // Who finds the load balancer with amphorae does not decide on its topology any more.
    if (claimed.length > 0) await trx.updateTable('load_balancer').set({ topology: graph.topology }).where('id', '=', graph.id).execute();
    return claimed;
  });
}

/** False when flavor, zone or server group ask for a machine of their own making. */
function takesAnyAmphora({ flavor, availabilityZone, topology }: LoadBalancerGraph, antiAffinity: boolean): boolean {
  if (antiAffinity && topology === 'ACTIVE_STANDBY') return false;
  if (flavor.compute_flavor || flavor.amp_image_tag || flavor.compute_driver) return false;
  return !availabilityZone.compute_zone && !availabilityZone.management_network;
}
