import { setTimeout as sleep } from 'node:timers/promises';
import type { BootFiles, ComputeInstance } from '../../drivers/compute/compute-driver.ts';
import { toSqlDatetime } from '../../lib/clock.ts';
import { OctaviaError } from '../../lib/errors.ts';
import type { Patience } from '../../amphora/client/amphora-client.ts';
import type { Topology } from '../../model/enums.ts';
import { assertFence } from '../../store/leases.ts';
import { listActive } from '../observe.ts';
import { renderAgentConf, renderBootFiles } from '../boot-files.ts';
import type { RunContext, Services } from '../run-context.ts';

/** The cloud could not start the machine, or lost it. The next run replaces it. */
class InstanceFailed extends OctaviaError {
  constructor(amphoraId: string, fault: string) {
    super('instance-failed', `The compute instance of amphora ${amphoraId} failed: ${fault}`, { retry: 'retry' });
  }
}

/** Starts the amphora's machine (or finds the one that was started) and waits until it runs. */
export async function bootAmphora(context: RunContext, amphoraId: string): Promise<void> {
  const { compute, buildSlots, park } = context.services;
  if (await isBooted(context, amphoraId)) return;
  const { files, expiresAtMs } = await bootFiles(context.services, amphoraId, context.loaded.topology);
  const priority = context.loaded.provisioningStatus === 'PENDING_CREATE' ? 'creation' : 'failover';
  await buildSlots.use({ amphoraId, priority, signal: context.signal, park }, async () => {
    // Waiting for a slot may have taken long.
    await context.lease.confirm();
    const attachment = context.attachments.get(amphoraId);
    const instance = await compute.ensure({
      amphoraId, loadBalancerId: context.loaded.id, name: `amphora-${amphoraId}`, files, flavor: context.loaded.flavor,
      availabilityZone: context.loaded.availabilityZone, serverGroupId: context.serverGroupId, signal: context.orderSignal,
      computeId: context.amphora(amphoraId).computeId,
      // A spare has its machine already.
      isNew: context.createdIds.has(amphoraId) && context.amphora(amphoraId).computeId === null,
      interfaces: attachment === undefined ? [] : [attachment.port],
    });
    context.update(amphoraId, { computeId: instance.computeId, certExpiration: toSqlDatetime(expiresAtMs) });
    // A machine that takes its time must be found again by whoever comes after us.
    if (instance.state === 'building') await recordInstance(context, amphoraId);
    noteInstance(context, amphoraId, await untilActive(context.services, amphoraId, instance, context.signal));
  });
}

async function bootFiles(services: Services, amphoraId: string, topology: Topology): Promise<{ files: BootFiles; expiresAtMs: number }> {
  const { compute, identities, settings, clientCaPem, clock } = services;
  if (compute.readsBootFiles === false) return { files: {}, expiresAtMs: clock.now() + settings().certValiditySeconds * 1000 };
  const certificate = await identities.certificateOf(amphoraId);
  const files = renderBootFiles(amphoraId, topology, certificate.serverPem, { ...settings().boot, clientCaPem: await clientCaPem() });
  return { files, expiresAtMs: certificate.expiresAtMs };
}

/** Starts the machine of an amphora that no load balancer waits for, until its agent answers. */
export async function bootSpare(services: Services, amphoraId: string, signal: AbortSignal): Promise<{ instance: ComputeInstance; certExpiration: string }> {
  const { compute, buildSlots, clients, settings, park } = services;
  const { files, expiresAtMs } = await bootFiles(services, amphoraId, settings().defaultTopology);
  const instance = await buildSlots.use({ amphoraId, priority: 'spare', signal, park }, async () => {
    const started = await compute.ensure({
      amphoraId, loadBalancerId: null, name: `amphora-${amphoraId}`, files, flavor: {}, availabilityZone: {}, serverGroupId: null, signal,
    });
    try {
      return await untilActive(services, amphoraId, started, signal);
    } catch (error) {
      // Nobody would come to replace a machine that failed: the next attempt makes another.
      if (error instanceof InstanceFailed) await compute.remove(started.computeId);
      throw error;
    }
  });
  try {
    await parked(services, () => clients.connect({ amphoraId, lbNetworkIp: instance.lbNetworkIp ?? '' }, 'boot', signal).getInfo());
  } catch (error) {
    // Silent for as long as a boot may take: the next attempt makes another machine.
    if (error instanceof OctaviaError && error.code === 'amphora-unreachable') await compute.remove(instance.computeId);
    throw error;
  }
  return { instance, certExpiration: toSqlDatetime(expiresAtMs) };
}

/** A spare, or one whose making was broken off later: its machine runs and has its files. */
async function isBooted(context: RunContext, amphoraId: string): Promise<boolean> {
  const { computeId, lbNetworkIp, certExpiration } = context.amphora(amphoraId);
  if (computeId === null || lbNetworkIp === null || certExpiration === null) return false;
  // Its row tells the rest of one that runs.
  if ((await listActive([context.amphora(amphoraId)], context.lastRunEndedWell, context.services)).has(amphoraId)) return true;
  const instance = await context.services.compute.get(computeId);
  if (instance.state === 'active' && instance.lbNetworkIp !== null) noteInstance(context, amphoraId, instance);
  return instance.state === 'active';
}

/** Learns what the amphora can do; asking also proves that its agent answers. */
export async function awaitAgent(context: RunContext, amphoraId: string, patience: Patience): Promise<void> {
  const memory = context.remember(amphoraId);
  const ask = () => context.client(amphoraId, patience).getFacts();
  memory.facts ??= await (patience === 'boot' ? parked(context.services, ask) : ask());
  // A spare was booted before anybody knew for what. Agents of the original do not say: whoever has a machine already may be one.
  const hadMachine = context.loaded.amphorae.some(({ id, computeId }) => id === amphoraId && computeId !== null);
  const isOther = memory.facts.topology === undefined ? hadMachine : memory.facts.topology !== context.loaded.topology;
  if (!isOther || context.amphora(amphoraId).status !== 'BOOTING') return;
  await configureAgent(context, amphoraId, patience);
  memory.facts = { ...memory.facts, topology: context.loaded.topology };
}

/** An agent whose certificate has run out, or is not valid yet as one clock sees it, is given another one. */
export async function renewAgentCertificate(context: RunContext, amphoraId: string): Promise<void> {
  const { serverPem, expiresAtMs } = await context.services.identities.certificateOf(amphoraId);
  await context.client(amphoraId, 'active').uploadAgentCertificate(serverPem);
  context.update(amphoraId, { certExpiration: toSqlDatetime(expiresAtMs) });
  context.services.log.warn({ amphora: amphoraId, expires: toSqlDatetime(expiresAtMs) }, 'The certificate of an amphora was used outside its time and was renewed');
}

/** Gives a running agent the configuration it would boot with today. */
export async function configureAgent(context: RunContext, amphoraId: string, patience: Patience): Promise<void> {
  const { settings, clientCaPem } = context.services;
  const ini = renderAgentConf(amphoraId, context.loaded.topology, { ...settings().boot, clientCaPem: await clientCaPem() });
  await context.client(amphoraId, patience).uploadAgentConfig(ini);
}

async function untilActive(services: Services, amphoraId: string, first: ComputeInstance, signal: AbortSignal): Promise<ComputeInstance> {
  const instance = first.state === 'building' ? await parked(services, () => untilBuilt(services, first, signal)) : first;
  if (instance.state === 'active' && instance.lbNetworkIp !== null) return instance;
  throw new InstanceFailed(amphoraId, instance.fault ?? (instance.state === 'building' ? 'it did not become active in time' : `it is ${instance.state}`));
}

async function untilBuilt({ compute, settings }: Services, first: ComputeInstance, signal: AbortSignal): Promise<ComputeInstance> {
  const { computeActiveRetries, computeActivePauseMs } = settings();
  let instance = first;
  for (let look = 0; instance.state === 'building' && look < computeActiveRetries; look += 1) {
    await sleep(computeActivePauseMs, undefined, { signal });
    instance = await compute.get(instance.computeId);
  }
  return instance;
}

/** Machines boot by themselves: meanwhile this run is in nobody's way. */
async function parked<T>({ park }: Services, wait: () => Promise<T>): Promise<T> {
  const resume = park();
  try {
    return await wait();
  } finally {
    resume();
  }
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
