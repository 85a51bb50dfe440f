import type { OperatingStatus } from '../model/enums.ts';
import type { DerivedStatus } from '../model/status/status-tree.ts';

/** What the amphorae of one load balancer last said, and whose word each stored status is. */
export interface Opinions {
  /** The changes of this report that are worth writing; remembers the report. */
  heard(amphoraId: string, report: readonly DerivedStatus[], nowMs: number): DerivedStatus[];
}

interface Opinion {
  readonly statuses: ReadonlyMap<string, OperatingStatus>;
  readonly heardAtMs: number;
}

/**
 * Both amphorae of an ACTIVE_STANDBY load balancer report, and one may see a member that the other does not. Upstream
 * then writes to and fro with every heartbeat. Here an amphora that merely repeats itself does not overrule the one
 * whose change is stored, as long as that one stands by it and is heard from (`lifetimeMs`).
 */
export function createOpinions(lifetimeMs: number): Opinions {
  const latest = new Map<string, Opinion>();
  const authors = new Map<string, string>();
  return {
    heard(amphoraId, report, nowMs) {
      const before = latest.get(amphoraId);
      const worthWriting = report.filter((status) => {
        if (status.operatingStatus === status.storedStatus) return false;
        const author = authors.get(status.id);
        const isRepeated = before?.statuses.get(status.id) === status.operatingStatus;
        if (author === undefined || author === amphoraId || !isRepeated) return true;
        const rival = latest.get(author);
        const standsByIt = rival !== undefined && nowMs - rival.heardAtMs <= lifetimeMs && rival.statuses.get(status.id) === status.storedStatus;
        return !standsByIt;
      });
      for (const status of worthWriting) authors.set(status.id, amphoraId);
      latest.set(amphoraId, { statuses: new Map(report.map((status) => [status.id, status.operatingStatus])), heardAtMs: nowMs });
      for (const [id, opinion] of latest) if (nowMs - opinion.heardAtMs > lifetimeMs) latest.delete(id);
      return worthWriting;
    },
  };
}
