import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../lib/errors.ts';
import type { Port } from '../../drivers/network/network-driver.ts';
import type { RunContext } from '../run-context.ts';

/** How long a node that goes may take to begin to hand its addresses over: it says so to its peer before it ends. */
const HAND_OVER_MS = 300;

/** Removes an amphora with its machine and ports; the addresses are handed over first where somebody can take them. */
export async function removeAmphora(context: RunContext, amphoraId: string): Promise<void> {
  void lookForPorts(context, amphoraId);
  await handOver(context, amphoraId);
  if (context.services.network.cutsRemovedPorts !== true) {
    await removeInstance(context, amphoraId);
    return removePorts(context, amphoraId);
  }
  try {
    // A cloud spends longer on a machine that still has ports, and keeps their removal waiting meanwhile.
    await removePorts(context, amphoraId);
  } finally {
    await removeInstance(context, amphoraId);
  }
}

/** Removes the machine of an amphora. What ports it leaves is looked up meanwhile. */
export async function removeInstance(context: RunContext, amphoraId: string): Promise<void> {
  void lookForPorts(context, amphoraId);
  const computeId = context.amphora(amphoraId).computeId ?? (await context.services.compute.findByAmphora(amphoraId))?.computeId ?? null;
  if (computeId !== null) await removeMachine(context, computeId);
  await noteRemoved(context, amphoraId, 'machine');
}

/** Removes the ports of an amphora that do not go with its machine. */
export async function removePorts(context: RunContext, amphoraId: string): Promise<void> {
  const { network } = context.services;
  const { vrrpPortId } = context.amphora(amphoraId);
  const ports = (await lookForPorts(context, amphoraId)) ?? (await network.listAmphoraPorts(amphoraId, 'ours'));
  const portIds = new Set([...ports.map(({ id }) => id), ...(vrrpPortId === null ? [] : [vrrpPortId])]);
  await Promise.all([...portIds].map((portId) => network.removePort(portId)));
  await noteRemoved(context, amphoraId, 'ports');
}

/** Looks once in a run; null where nobody could look. */
function lookForPorts({ services, leftPorts }: RunContext, amphoraId: string): Promise<readonly Port[] | null> {
  const known = leftPorts.get(amphoraId);
  if (known !== undefined) return known;
  const looking = services.network.listAmphoraPorts(amphoraId, 'ours').catch((error: unknown) => {
    services.log.debug({ amphora: amphoraId, reason: reasonOf(error) }, 'Ports could not be looked up yet');
    return null;
  });
  leftPorts.set(amphoraId, looking);
  return looking;
}

/** An amphora is gone with the last of its parts. */
async function noteRemoved(context: RunContext, amphoraId: string, part: 'machine' | 'ports'): Promise<void> {
  const parts = context.removedParts.get(amphoraId) ?? new Set();
  context.removedParts.set(amphoraId, parts.add(part));
  if (parts.size < 2) return;
  await context.services.clients.forget(amphoraId);
  context.memory.amphorae.delete(amphoraId);
  context.removedIds.add(amphoraId);
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
  if (amphora.lbNetworkIp === null || amphora.role === null || amphora.role === 'STANDALONE') return;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(HAND_OVER_MS)]);
  try {
    await context.services.clients.connect({ amphoraId: amphora.id, lbNetworkIp: amphora.lbNetworkIp }, 'once', signal).vrrp('stop');
  } catch (error) {
    context.services.log.debug({ amphora: amphora.id, reason: reasonOf(error) }, 'An amphora could not be told to hand its addresses over');
  }
}
