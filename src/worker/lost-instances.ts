import { randomUUID } from 'node:crypto';
import { toSqlDatetime } from '../lib/clock.ts';
import { reasonOf } from '../lib/errors.ts';
import { beginFailover } from '../store/begin-failover.ts';
import { addRequest } from '../store/requests.ts';
import { lockLoadBalancer } from '../store/resources/lock-load-balancer.ts';
import { isRunning } from './plan/amphora-set.ts';
import type { Services } from './run-context.ts';

/** Wishes a failover for amphorae whose instance the compute driver knows to be dead, as the health manager would a minute later. */
export async function failOverLostInstances({ compute, store, clock, log }: Pick<Services, 'compute' | 'store' | 'clock' | 'log'>): Promise<void> {
  for (const amphoraId of (await compute.listLost?.()) ?? []) {
    const served = (await store.read.selectFrom('amphora').select('load_balancer_id').where('id', '=', amphoraId).executeTakeFirst())?.load_balancer_id ?? null;
    const isKnown = await store.transaction(async (trx) => {
      // First: what is read while somebody else has it may be of the past when it is ours.
      if (served !== null) await lockLoadBalancer(trx, served);
      const amphora = await trx.selectFrom('amphora').select(['load_balancer_id', 'status']).where('id', '=', amphoraId).executeTakeFirst();
      if (amphora === undefined || amphora.status === 'DELETED') return false;
      // One that is being made or removed is in somebody's hands already. The storm brake is for those of which only silence is known.
      if (amphora.load_balancer_id === null || !isRunning(amphora)) return true;
      if (!(await beginFailover(trx, amphora.load_balancer_id, toSqlDatetime(clock.now())))) return true;
      await addRequest(trx, { id: randomUUID(), kind: 'failover_amphora', loadBalancerId: amphora.load_balancer_id, amphoraId });
      log.warn({ amphora: amphoraId, lb: amphora.load_balancer_id }, 'The instance of an amphora is gone, failing over');
      return true;
    });
    if (!isKnown) await clearAway({ compute, log }, amphoraId);
  }
}

/** It stays listed until it is gone; work that waits is looked for all the same. */
async function clearAway({ compute, log }: Pick<Services, 'compute' | 'log'>, amphoraId: string): Promise<void> {
  try {
    await compute.remove(amphoraId);
  } catch (error) {
    log.warn({ amphora: amphoraId, reason: reasonOf(error) }, 'A dead instance that belongs to no amphora could not be removed; it is tried again');
  }
}
