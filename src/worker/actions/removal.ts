import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../lib/errors.ts';
import type { Amphora } from '../../model/graph.ts';
import type { RunContext } from '../run-context.ts';

/** How long a node that goes may take to hand its addresses over. */
const HAND_OVER_MS = 500;

/** Removes an amphora with its machine and ports; the addresses are handed over first where somebody can take them. */
export async function removeAmphora(context: RunContext, amphoraId: string): Promise<void> {
  const { compute, network, clients } = context.services;
  const amphora = context.amphora(amphoraId);
  const ports = await network.listAmphoraPorts(amphoraId, 'ours');
  if (context.loaded.provisioningStatus !== 'PENDING_DELETE') await handOver(context, amphora);
  const computeId = amphora.computeId ?? (await compute.findByAmphora(amphoraId))?.computeId ?? null;
  if (computeId !== null) await removeInstance(context, computeId);
  const portIds = new Set([...ports.map(({ id }) => id), ...(amphora.vrrpPortId === null ? [] : [amphora.vrrpPortId])]);
  await Promise.all([...portIds].map((portId) => network.removePort(portId)));
  await clients.forget(amphoraId);
  context.memory.amphorae.delete(amphoraId);
  context.removedIds.add(amphoraId);
}

async function removeInstance(context: RunContext, computeId: string): Promise<void> {
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
