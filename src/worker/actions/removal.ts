import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../lib/errors.ts';
import type { Port } from '../../drivers/network/network-driver.ts';
import type { RunContext } from '../run-context.ts';

/** How long a node that goes may take to begin to hand its addresses over: it says so to its peer before it ends. */
const HAND_OVER_MS = 300;

/** Removes an amphora with its machine and ports; the addresses are handed over first where somebody can take them. */
export async function removeAmphora(context: RunContext, amphoraId: string): Promise<void> {
  const { network, clients } = context.services;
  const known = context.machineless.get(amphoraId) ?? null;
  const looking = known === null ? lookForPorts(context, amphoraId) : Promise.resolve(known);
  const isMachineless = context.machineless.has(amphoraId);
  if (!isMachineless) await handOver(context, amphoraId);
  const machine = isMachineless ? Promise.resolve() : removeMachineOf(context, amphoraId);
  // Both to their end: what still ran after a failure would meet the next attempt.
  const both = network.cutsRemovedPorts === true ? [machine, removePorts(context, amphoraId, looking)] : [machine.then(() => removePorts(context, amphoraId, looking))];
  await Promise.allSettled(both);
  await Promise.all(both);
  await clients.forget(amphoraId);
  context.memory.amphorae.delete(amphoraId);
  context.removedIds.add(amphoraId);
}

/** Removes the machine of an amphora. What ports it leaves is looked up meanwhile. */
export async function removeInstance(context: RunContext, amphoraId: string): Promise<void> {
  const looking = lookForPorts(context, amphoraId);
  await handOver(context, amphoraId);
  await removeMachineOf(context, amphoraId);
  context.machineless.set(amphoraId, await looking);
}

/** Null where nobody can look yet. */
async function lookForPorts({ services }: RunContext, amphoraId: string): Promise<readonly Port[] | null> {
  try {
    return await services.network.listAmphoraPorts(amphoraId, 'ours');
  } catch (error) {
    services.log.debug({ amphora: amphoraId, reason: reasonOf(error) }, 'Ports could not be looked up yet');
    return null;
  }
}

async function removePorts(context: RunContext, amphoraId: string, looking: Promise<readonly Port[] | null>): Promise<void> {
  const { network } = context.services;
  const { vrrpPortId } = context.amphora(amphoraId);
  const ports = (await looking) ?? (await network.listAmphoraPorts(amphoraId, 'ours'));
  const portIds = new Set([...ports.map(({ id }) => id), ...(vrrpPortId === null ? [] : [vrrpPortId])]);
  await Promise.all([...portIds].map((portId) => network.removePort(portId)));
}

async function removeMachineOf(context: RunContext, amphoraId: string): Promise<void> {
  const computeId = context.amphora(amphoraId).computeId ?? (await context.services.compute.findByAmphora(amphoraId))?.computeId ?? null;
  if (computeId !== null) await removeMachine(context, computeId);
}

async function removeMachine(context: RunContext, computeId: string): Promise<void> {
  const { compute, settings } = context.services;
  const { computeDeleteRetries, computeDeletePauseMs } = settings();
  for (let attempt = 1; ; attempt += 1) {
    try {
      await compute.remove(computeId);
      return;
    } catch (error) {
      if (attempt >= computeDeleteRetries) throw error;
      context.services.log.warn({ lb: context.loaded.id, compute: computeId, attempt, reason: reasonOf(error) }, 'A compute instance could not be deleted, trying again');
      await sleep(computeDeletePauseMs, undefined, { signal: context.signal });
    }
  }
}

/** keepalived that is stopped says so to its peer, which takes over at once. A dead node cannot: that is no failure. */
async function handOver(context: RunContext, amphoraId: string): Promise<void> {
  const amphora = context.amphora(amphoraId);
  if (context.loaded.provisioningStatus === 'PENDING_DELETE') return;
  if (amphora.lbNetworkIp === null || amphora.role === null || amphora.role === 'STANDALONE') return;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(HAND_OVER_MS)]);
  try {
    await context.services.clients.connect({ amphoraId: amphora.id, lbNetworkIp: amphora.lbNetworkIp }, 'once', signal).vrrp('stop');
  } catch (error) {
    context.services.log.debug({ amphora: amphora.id, reason: reasonOf(error) }, 'An amphora could not be told to hand its addresses over');
  }
}
