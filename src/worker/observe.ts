import type { ComputeState } from '../drivers/compute/compute-driver.ts';
import { reasonOf } from '../lib/errors.ts';
import type { Amphora, LoadBalancerGraph } from '../model/graph.ts';
import { listHeard } from '../store/fleet.ts';
import { settledPartsOf, type LoadBalancerMemory } from './memory.ts';
import { isRunning } from './plan/amphora-set.ts';
import type { Observed } from './plan/observed.ts';
import type { Services } from './run-context.ts';

type Eyes = Pick<Services, 'store' | 'compute' | 'clock' | 'settings' | 'log'>;

/** A heartbeat may be late by so much of its interval and still counts as the last one. */
const LATE = 1.5;

/**
 * Looks at the world as far as the plan depends on it. A quiet change of a healthy load balancer asks nobody, a wish only
 * for amphorae that were not heard a moment ago. `isSuspicious`: heartbeats prove nothing either.
 */
export async function observe(
  graph: LoadBalancerGraph, memory: LoadBalancerMemory, { isSuspicious, hasWish }: { readonly isSuspicious: boolean; readonly hasWish: boolean }, services: Eyes,
): Promise<Observed> {
  const isDoubtful = isSuspicious || hasWish;
  const doubtful = graph.provisioningStatus === 'PENDING_DELETE' ? [] : graph.amphorae.filter((amphora) => isDoubtful || !isRunning(amphora));
  const active = await listActive(doubtful, !isSuspicious, services);
  const states = await Promise.all(doubtful.map(async (amphora) => [amphora.id, active.has(amphora.id) ? 'active' : await stateOf(amphora, services)] as const));
  return { computeStates: new Map(states.flatMap(([id, state]) => (state === null ? [] : [[id, state]]))), settledParts: settledPartsOf(memory, graph, isDoubtful) };
}

/** Amphorae whose machines certainly run: because they were heard a moment ago where that is trusted, or because the cloud says so of all others at once. */
export async function listActive(amphorae: readonly Amphora[], trustsHeartbeats: boolean, services: Eyes): Promise<ReadonlySet<string>> {
  const { store, compute, clock, settings, log } = services;
  const booted = amphorae.flatMap(({ id, computeId }) => (computeId === null ? [] : [{ amphoraId: id, computeId }]));
  const freshMs = settings().boot.heartbeatIntervalSeconds * LATE * 1000;
  const heard = new Set(trustsHeartbeats ? await listHeard(store.read, booted.map(({ amphoraId }) => amphoraId), clock.now() - freshMs) : []);
  const silent = booted.filter(({ amphoraId }) => !heard.has(amphoraId));
  if (silent.length === 0 || compute.listActive === undefined) return heard;
  try {
    return new Set([...heard, ...await compute.listActive(silent)]);
  } catch (error) {
    log.debug({ reason: reasonOf(error) }, 'Machines could not be looked at together');
    return heard;
  }
}

/** Null when the cloud cannot be asked: then the amphora is taken for what its row says. */
async function stateOf(amphora: Amphora, { compute, log }: Eyes): Promise<ComputeState | null> {
  try {
    const instance = amphora.computeId === null ? await compute.findByAmphora(amphora.id) : await compute.get(amphora.computeId);
    return instance?.state ?? 'gone';
  } catch (error) {
    log.warn({ amphora: amphora.id, reason: reasonOf(error) }, 'The state of an amphora could not be asked for');
    return null;
  }
}
