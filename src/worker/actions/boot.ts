import { setTimeout as sleep } from 'node:timers/promises';
import type { BootFiles, ComputeInstance } from '../../drivers/compute/compute-driver.ts';
import { toSqlDatetime } from '../../lib/clock.ts';
import { OctaviaError } from '../../lib/errors.ts';
import type { Patience } from '../../amphora/client/amphora-client.ts';
import { assertFence } from '../../store/leases.ts';
import { renderAgentConf, renderBootFiles } from '../boot-files.ts';
import type { RunContext } from '../run-context.ts';

/** The cloud could not start the machine, or lost it. The next run replaces it. */
class InstanceFailed extends OctaviaError {
  constructor(amphoraId: string, fault: string) {
    super('instance-failed', `The compute instance of amphora ${amphoraId} failed: ${fault}`, { retry: 'retry' });
  }
}

/** Starts the amphora's machine (or finds the one that was started) and waits until it runs. */
export async function bootAmphora(context: RunContext, amphoraId: string): Promise<void> {
  const { compute, buildSlots } = context.services;
  const { files, expiresAtMs } = await bootFiles(context, amphoraId);
  await buildSlots.use(async () => {
    const instance = await compute.ensure({
      amphoraId, loadBalancerId: context.loaded.id, name: `amphora-${amphoraId}`, files, flavor: context.loaded.flavor,
      availabilityZone: context.loaded.availabilityZone, serverGroupId: context.serverGroupId, signal: context.signal,
    });
    context.update(amphoraId, { computeId: instance.computeId, certExpiration: toSqlDatetime(expiresAtMs) });
    // A machine that takes its time must be found again by whoever comes after us.
    if (instance.state === 'building') await recordInstance(context, amphoraId);
    noteInstance(context, amphoraId, await untilActive(context, amphoraId, instance));
  });
}

async function bootFiles(context: RunContext, amphoraId: string): Promise<{ files: BootFiles; expiresAtMs: number }> {
  const { compute, identities, settings, clientCaPem, clock } = context.services;
  if (compute.readsBootFiles === false) return { files: {}, expiresAtMs: clock.now() + settings().certValiditySeconds * 1000 };
  const certificate = await identities.certificateOf(amphoraId);
  const files = renderBootFiles(amphoraId, context.loaded.topology, certificate.serverPem, { ...settings().boot, clientCaPem: await clientCaPem() });
  return { files, expiresAtMs: certificate.expiresAtMs };
}

/** Learns what the amphora can do; asking also proves that its agent answers. */
export async function awaitAgent(context: RunContext, amphoraId: string, patience: Patience): Promise<void> {
  const memory = context.remember(amphoraId);
  memory.facts ??= await context.client(amphoraId, patience).getFacts();
}

/** Gives a running agent the configuration it would boot with today. */
export async function configureAgent(context: RunContext, amphoraId: string, patience: Patience): Promise<void> {
  const { settings, clientCaPem } = context.services;
  const ini = renderAgentConf(amphoraId, context.loaded.topology, { ...settings().boot, clientCaPem: await clientCaPem() });
  await context.client(amphoraId, patience).uploadAgentConfig(ini);
}

async function untilActive(context: RunContext, amphoraId: string, first: ComputeInstance): Promise<ComputeInstance> {
  const { compute, settings } = context.services;
  const { computeActiveRetries, computeActivePauseMs } = settings();
  let instance = first;
  for (let look = 0; instance.state === 'building' && look < computeActiveRetries; look += 1) {
    await sleep(computeActivePauseMs, undefined, { signal: context.signal });
    instance = await compute.get(instance.computeId);
  }
  if (instance.state === 'active' && instance.lbNetworkIp !== null) return instance;
  throw new InstanceFailed(amphoraId, instance.fault ?? (instance.state === 'building' ? 'it did not become active in time' : `it is ${instance.state}`));
}

function noteInstance(context: RunContext, amphoraId: string, instance: ComputeInstance): void {
  context.update(amphoraId, {
    computeId: instance.computeId, lbNetworkIp: instance.lbNetworkIp, cachedZone: instance.zone, imageId: instance.imageId, computeFlavor: instance.flavorId,
  });
}

async function recordInstance(context: RunContext, amphoraId: string): Promise<void> {
  const { computeId, certExpiration } = context.amphora(amphoraId);
  await context.services.store.transaction(async (trx) => {
    await assertFence(trx, context.loaded.id, context.fence);
    await trx.updateTable('amphora').set({ compute_id: computeId, cert_expiration: certExpiration }).where('id', '=', amphoraId).execute();
  });
}
