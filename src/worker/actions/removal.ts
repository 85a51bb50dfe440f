import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../lib/errors.ts';
import type { Amphora } from '../../model/graph.ts';
import type { RunContext } from '../run-context.ts';

/** How long a node that goes may take to hand its addresses over. */
const HAND_OVER_MS = 500;

/** Removes an amphora with its machine and ports; the addresses are handed over first where somebody can take them. */
export async function removeAmphora(context: RunContext, amphoraId: string): Promise<void> {
  const { network, clients } = context.services;
  if (!context.machineless.has(amphoraId)) await removeInstance(context, amphoraId);
  const { vrrpPortId } = context.amphora(amphoraId);
  const ports = context.machineless.get(amphoraId) ?? (await network.listAmphoraPorts(amphoraId, 'ours'));
  const portIds = new Set([...ports.map(({ id }) => id), ...(vrrpPortId === null ? [] : [vrrpPortId])]);
  await Promise.all([...portIds].map((portId) => network.removePort(portId)));
  await clients.forget(amphoraId);
  context.memory.amphorae.delete(amphoraId);
  context.removedIds.add(amphoraId);
}

/** Removes the machine of an amphora. What ports it leaves is looked up meanwhile. */
export async function removeInstance(context: RunContext, amphoraId: string): Promise<void> {
  const { compute, network } = context.services;
  const amphora = context.amphora(amphoraId);
  const looking = network.listAmphoraPorts(amphoraId, 'ours').catch((error: unknown) => {
    context.services.log.debug({ amphora: amphoraId, reason: reasonOf(error) }, 'Ports could not be looked up yet');
    return null;
  });
  if (context.loaded.provisioningStatus !== 'PENDING_DELETE') await handOver(context, amphora);
  const computeId = amphora.computeId ?? (await compute.findByAmphora(amphoraId))?.computeId ?? null;
  if (computeId !== null) await removeMachine(context, computeId);
  context.machineless.set(amphoraId, await looking);
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
async function handOver(context: RunContext, amphora: Amphora): Promise<void> {
  if (amphora.lbNetworkIp === null || amphora.role === null || amphora.role === 'STANDALONE') return;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(HAND_OVER_MS)]);
  try {
    await context.services.clients.connect({ amphoraId: amphora.id, lbNetworkIp: amphora.lbNetworkIp }, 'once', signal).vrrp('stop');
  } catch (error) {
    context.services.log.debug({ amphora: amphora.id, reason: reasonOf(error) }, 'An amphora could not be told to hand its addresses over');
  }
}
