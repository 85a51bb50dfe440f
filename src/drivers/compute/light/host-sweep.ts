import { reasonOf } from '../../../lib/errors.ts';
import { LightHostRefused, type LightHost } from './light-host.ts';
import type { Placement, Placements } from './placements.ts';
import { judgeListing, type Sweeping } from './sweep-hosts.ts';

export interface HostSweepOptions {
  readonly hosts: readonly LightHost[];
  readonly placements: Placements;
  /** Amphorae that the database does not know may be this old; 0 leaves them all. */
  readonly orphanGraceSeconds: number;
  readonly log: { info(fields: Readonly<Record<string, unknown>>, message: string): void; warn(fields: Readonly<Record<string, unknown>>, message: string): void };
  /** Milliseconds that never jump. @default performance.now */
  readonly monotonicMs?: () => number;
}

/** Workers sweep every few seconds; hosts are asked less often. */
const PAUSE_MS = 10_000;

/**
 * Brings the hosts in line with what is noted: removes what nobody wants, takes over what nobody noted, and returns the ids
 * of amphorae that their hosts have lost. Hosts that do not answer are left for another time.
 */
export function createHostSweep({ hosts, placements, orphanGraceSeconds, log, monotonicMs = () => performance.now() }: HostSweepOptions): () => Promise<readonly string[]> {
  let nextMs = 0;
  let lost: readonly string[] = [];
  const silent = new Set<string>();
  const stuck = new Set<string>();

  const carryOut = async (host: LightHost, sweeping: Sweeping): Promise<string[]> => {
    const { amphoraId } = sweeping;
    switch (sweeping.kind) {
      case 'lost': return [amphoraId];
      case 'forget': await placements.forget(amphoraId, host.name); return [];
      case 'remove': await removeFrom(host, amphoraId); return [];
      case 'claim':
        if (await placements.adopt(amphoraId, host.name)) log.info({ amphora: amphoraId, host: host.name }, 'An amphora of the light pool that nobody had noted was taken over');
        else if (sweeping.isOld) await removeFrom(host, amphoraId);
        return [];
      default: return sweeping satisfies never;
    }
  };
  const removeFrom = async (host: LightHost, amphoraId: string): Promise<void> => {
    // It may have been placed here since the list was made.
    const placement = await placements.find(amphoraId);
    if (placement?.host === host.name && placement.state !== 'doomed') return;
    await host.remove(amphoraId);
    await placements.forget(amphoraId, host.name);
    log.info({ amphora: amphoraId, host: host.name }, 'Removed an amphora that nobody wants from its host');
  };
  /** What a host refuses of one amphora does not hold up the others. */
  const carryOutAlone = async (host: LightHost, sweeping: Sweeping): Promise<string[]> => {
    const { amphoraId } = sweeping;
    try {
      const found = await carryOut(host, sweeping);
      stuck.delete(amphoraId);
      return found;
    } catch (error) {
      if (!(error instanceof LightHostRefused)) throw error;
      if (!stuck.has(amphoraId)) log.warn({ amphora: amphoraId, host: host.name, reason: reasonOf(error) }, 'A host of the light pool could not remove an amphora that nobody wants, trying again');
      stuck.add(amphoraId);
      return [];
    }
  };
  const sweepHost = async (host: LightHost, noted: readonly Placement[]): Promise<readonly string[]> => {
    try {
      const found: string[] = [];
      for (const sweeping of judgeListing(host.name, await host.list(), noted, orphanGraceSeconds)) found.push(...(await carryOutAlone(host, sweeping)));
      if (silent.delete(host.name)) log.info({ host: host.name }, 'A host of the light pool answers again');
      return found;
    } catch (error) {
      // Once is enough to know.
      if (!silent.has(host.name)) log.warn({ host: host.name, reason: reasonOf(error) }, 'A host of the light pool could not be looked at');
      silent.add(host.name);
      return [];
    }
  };
  /** Doomed amphorae of hosts that were taken out of the configuration. */
  const forgetStrangers = async (noted: readonly Placement[]): Promise<void> => {
    for (const { amphoraId, host, state } of noted) {
      if (state !== 'doomed' || hosts.some(({ name }) => name === host)) continue;
      await placements.forget(amphoraId, host);
      log.warn({ amphora: amphoraId, host }, 'The host of a removed amphora is not in [light_pool] hosts; the amphora may still be there');
    }
  };

  return async () => {
    if (monotonicMs() < nextMs) return lost;
    nextMs = monotonicMs() + PAUSE_MS;
    const noted = await placements.list();
    await forgetStrangers(noted);
    lost = (await Promise.all(hosts.map((host) => sweepHost(host, noted)))).flat();
    return lost;
  };
}
