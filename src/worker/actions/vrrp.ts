import type { AmphoraClient, Patience } from '../../amphora/client/amphora-client.ts';
import { renderVrrp, type VrrpVip } from '../../amphora/keepalived/render-vrrp.ts';
import { OctaviaError } from '../../lib/errors.ts';
import { isRunning } from '../plan/amphora-set.ts';
import type { RunContext } from '../run-context.ts';
import { md5Of } from './configuration.ts';

/** Uploads keepalived's configuration where it differs. */
export async function pushVrrp(context: RunContext, amphoraId: string, patience: Patience): Promise<void> {
  const { graph } = context;
  const amphora = context.amphora(amphoraId);
  const factsOfAll = graph.amphorae.map(({ id }) => context.remember(id).facts);
  // A running node keeps the version that its peer may still speak, until the peer says so.
  if (isRunning(amphora) && factsOfAll.includes(null)) return;
  const client = context.client(amphoraId, patience);
  const interfaceName = await interfaceOf(context, amphoraId, client);
  if (amphora.vrrpInterface !== interfaceName) context.update(amphoraId, { vrrpInterface: interfaceName });
  const { vrrp, haproxy } = context.services.settings();
  const isOurs = factsOfAll.every((facts) => facts?.isOurs ?? false);
  const config = renderVrrp(graph, amphora, {
    interface: interfaceName, vips: await vrrpVips(context), isOurs, basePath: haproxy.basePath,
    advertIntervalMs: vrrp.advertIntervalMs, checkIntervalSeconds: vrrp.checkIntervalSeconds, failCount: vrrp.failCount,
    successCount: vrrp.successCount, garpRefreshSeconds: vrrp.garpRefreshSeconds, garpRefreshCount: vrrp.garpRefreshCount,
  });
  const md5 = md5Of(config);
  if (context.remember(amphoraId).vrrp === md5) return;
  await client.uploadVrrp(config);
  context.pendingVrrp.set(amphoraId, md5);
}

/** An interface keeps its name for as long as its amphora lives. */
async function interfaceOf(context: RunContext, amphoraId: string, client: Pick<AmphoraClient, 'getInterface'>): Promise<string> {
  const address = context.amphora(amphoraId).vrrpIp ?? '';
  const memory = context.remember(amphoraId);
  if (memory.vrrpInterface?.address !== address) memory.vrrpInterface = { address, name: await client.getInterface(address) };
  return memory.vrrpInterface.name;
}

/** Starts keepalived on a new amphora, reloads it on a running one; nothing where nothing was uploaded. */
export async function startVrrp(context: RunContext, amphoraId: string, patience: Patience): Promise<void> {
  const md5 = context.pendingVrrp.get(amphoraId);
  if (md5 === undefined) return;
  const client = context.client(amphoraId, patience);
  // One that a former run may or may not have started gets both.
  if (!isRunning(context.amphora(amphoraId))) await client.vrrp('start');
  if (!context.createdIds.has(amphoraId)) await client.vrrp('reload');
  context.remember(amphoraId).vrrp = md5;
  context.pendingVrrp.delete(amphoraId);
}

async function vrrpVips(context: RunContext): Promise<VrrpVip[]> {
  const { vip, additionalVips } = context.graph;
  const { network } = context.services;
  return Promise.all([vip, ...additionalVips].map(async ({ ipAddress, subnetId }) => {
    if (ipAddress === null || subnetId === null) throw new OctaviaError('vip-without-subnet', 'The VIP has no address or subnet.', { retry: 'wait' });
    const attached = [...context.attachments.values()].flatMap(({ subnets }) => subnets).find(({ id }) => id === subnetId);
    const subnet = attached ?? (await network.getSubnet(subnetId));
    return { ipAddress, cidr: subnet.cidr, gateway: subnet.gatewayIp, hostRoutes: subnet.hostRoutes };
  }));
}
