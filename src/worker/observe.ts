import type { ComputeDriver, ComputeState } from '../drivers/compute/compute-driver.ts';
import { reasonOf } from '../lib/errors.ts';
import type { Amphora, LoadBalancerGraph } from '../model/graph.ts';
import type { Logger } from '../telemetry/logger.ts';
import { settledPartsOf, type LoadBalancerMemory } from './memory.ts';
import { isRunning } from './plan/amphora-set.ts';
import type { Observed } from './plan/observed.ts';

/** Looks at the world as far as the plan depends on it. A quiet change of a healthy load balancer asks nobody. */
export async function observe(
  graph: LoadBalancerGraph, memory: LoadBalancerMemory, isSuspicious: boolean, services: { compute: ComputeDriver; log: Logger },
): Promise<Observed> {
  const doubtful = graph.provisioningStatus === 'PENDING_DELETE' ? [] : graph.amphorae.filter((amphora) => isSuspicious || !isRunning(amphora));
  const active = await listActive(doubtful, services);
  const states = await Promise.all(doubtful.map(async (amphora) => [amphora.id, active.has(amphora.id) ? 'active' : await stateOf(amphora, services)] as const));
  return { computeStates: new Map(states.flatMap(([id, state]) => (state === null ? [] : [[id, state]]))), settledParts: settledPartsOf(memory, graph, isSuspicious) };
}

/** Amphorae whose machines certainly run; nobody when that cannot be had for all at once. */
export async function listActive(amphorae: readonly Amphora[], { compute, log }: { compute: ComputeDriver; log: Logger }): Promise<ReadonlySet<string>> {
  const booted = amphorae.flatMap(({ id, computeId }) => (computeId === null ? [] : [{ amphoraId: id, computeId }]));
  if (booted.length === 0 || compute.listActive === undefined) return new Set();
  try {
    return new Set(await compute.listActive(booted));
  } catch (error) {
    log.debug({ reason: reasonOf(error) }, 'Machines could not be looked at together');
    return new Set();
  }
}

/** Null when the cloud cannot be asked: then the amphora is taken for what its row says. */
async function stateOf(amphora: Amphora, { compute, log }: { compute: ComputeDriver; log: Logger }): Promise<ComputeState | null> {
  try {
    const instance = amphora.computeId === null ? await compute.findByAmphora(amphora.id) : await compute.get(amphora.computeId);
    return instance?.state ?? 'gone';
  } catch (error) {
    log.warn({ amphora: amphora.id, reason: reasonOf(error) }, 'The state of an amphora could not be asked for');
    return null;
  }
}
