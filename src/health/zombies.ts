import type { Clock } from '../lib/clock.ts';
import type { ComputeDriver } from '../drivers/compute/compute-driver.ts';
import { ResourceNotFound } from '../drivers/errors.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface ZombieOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly compute: Pick<ComputeDriver, 'remove' | 'findByAmphora'> | null;
}

/** What happens to amphorae that report although they should not exist. */
export interface Zombies {
  /** An amphora whose row, or whose load balancer's row, says DELETED: its machine is removed. Resolves to whether it is gone now. */
  remove(amphoraId: string, computeId: string | null): Promise<boolean>;
  /** An amphora without a row: nobody knows its machine. */
  warn(amphoraId: string, address: string): void;
}

/** One attempt or warning per amphora and minute, however often it reports. */
const PAUSE_MS = 60_000;

export function createZombies({ clock, log, compute }: ZombieOptions): Zombies {
  const quietUntil = new Map<string, number>();
  const isTime = (amphoraId: string) => {
    const nowMs = clock.now();
    if (nowMs < (quietUntil.get(amphoraId) ?? 0)) return false;
    for (const [id, until] of quietUntil) if (until <= nowMs) quietUntil.delete(id);
    quietUntil.set(amphoraId, nowMs + PAUSE_MS);
    return true;
  };
  return {
    async remove(amphoraId, computeId) {
      if (!isTime(amphoraId)) return true;
      try {
        const removed = compute === null ? [] : await removeAll(compute, amphoraId, computeId);
        if (removed.length > 0) log.info({ amphora: amphoraId, compute: removed }, 'Removed a deleted amphora that still reported');
        else log.warn({ amphora: amphoraId, compute: computeId }, 'A deleted amphora still reports and cannot be removed; delete it in the compute service');
        return removed.length > 0;
      } catch (error) {
        log.warn({ amphora: amphoraId, compute: computeId, err: error }, 'Removing a deleted amphora that still reports failed');
        return false;
      }
    },
    warn(amphoraId, address) {
      if (isTime(amphoraId)) log.warn({ amphora: amphoraId, address }, 'Heartbeat of an amphora that is not in the database; an operator must delete it from the compute service');
    },
  };
}

/** The machine that its row knows, and one that bears its name all the same: an order without an answer may have made it. */
async function removeAll(compute: Pick<ComputeDriver, 'remove' | 'findByAmphora'>, amphoraId: string, computeId: string | null): Promise<readonly string[]> {
  if (computeId !== null) await removeOne(compute, computeId);
  const other = await compute.findByAmphora(amphoraId, true);
  const isOther = other !== null && other.state !== 'gone' && other.computeId !== computeId;
  if (isOther) await removeOne(compute, other.computeId);
  return [...(computeId === null ? [] : [computeId]), ...(isOther ? [other.computeId] : [])];
}

async function removeOne(compute: Pick<ComputeDriver, 'remove'>, computeId: string): Promise<void> {
  try {
    await compute.remove(computeId);
  } catch (error) {
    if (!(error instanceof ResourceNotFound)) throw error;
  }
}
