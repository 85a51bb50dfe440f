import { randomUUID } from 'node:crypto';
import { reasonOf } from '../../lib/errors.ts';
import { loadBalancer } from '../../model/resources/load-balancer.ts';
import { validationFailure } from '../../model/violation.ts';
import { NotImplementedByProvider } from '../../providers/provider-driver.ts';
import { loadBalancerDict } from '../../providers/provider-models.ts';
import type { Trx } from '../../store/database.ts';
import { CommitUnknown } from '../../store/errors.ts';
import { awaitAppended } from '../../store/events.ts';
import { loadGraph } from '../../store/load-balancer-graph.ts';
import { insertRowLater, replaceTags } from '../../store/resources/write-rows.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { callProvider, providerCapabilities, vipPortRefusal } from '../machinery/call-provider.ts';
import { createTree, takeQuota, type Change } from '../machinery/change-tree.ts';
import type { Handler } from '../machinery/define-routes.ts';
import { providerFailed } from '../machinery/faults.ts';
import { parseCreate } from '../machinery/parse-body.ts';
import { ruleName } from '../machinery/read-handlers.ts';
import { sendJson } from '../machinery/respond.ts';
import { insertTree, planTree } from './create-tree.ts';
import { fullLoadBalancerBody } from './load-balancer-body.ts';
import { hasOnlyItsRows, newBody, newGraph, newRows, type Plan, type ReservedVip } from './new-load-balancer.ts';
import { choosePlacement } from './placement.ts';
import { checkVipNetwork, resolveVip, type RequestedVip } from './vip-request.ts';

/** `POST /loadbalancers`, alone or fully populated: everything or nothing. */
export function createLoadBalancer(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const body = parseCreate(loadBalancer, request.body);
    const projectId = body.project_id || request.context.projectId;
    if (!projectId) throw validationFailure('Missing project ID in request where one is required. An administrator should check the keystone settings in the Octavia configuration.');
    deps.policy.enforce(ruleName(loadBalancer, 'post'), request.context, { project_id: projectId });
    if (body.vip_sg_ids !== undefined) deps.policy.enforce(ruleName(loadBalancer, 'post:vip_sg_ids'), request.context, { project_id: projectId });
    const vip = await resolveVip(deps, request.context, body);
    const placement = await choosePlacement(deps, body);
    checkVipNetwork(deps, vip.networkId, placement.zone.valid_vip_networks);
    if (placement.flavor.sriov_vip && vip.securityGroupIds.length > 0) throw validationFailure('VIP Security Groups are not allowed with VNIC direct type');
    const tree = await planTree(deps, request.context, projectId, body);
    const plan: Plan = { id: randomUUID(), projectId, body, placement, vip, tree };
    const reserved = await reserveVip(deps, plan);
    const row = { id: plan.id, project_id: projectId, provider: placement.provider, provisioning_status: 'PENDING_CREATE', flavor_id: body.flavor_id ?? null } as const;
    try {
      const answer = await createTree(deps, { loadBalancer: row, context: request.context }, (change) => insertAll(deps, change, plan, reserved));
      return await sendJson(reply, 201, answer);
    } catch (error) {
      if (!(error instanceof CommitUnknown) || !(await mayExist(deps, plan.id))) await giveBack(deps, reserved);
      throw error;
    }
  };
}

async function insertAll(deps: ApiDependencies, change: Change, plan: Plan, reserved: ReservedVip): Promise<Record<string, unknown>> {
  const { trx } = change;
  await takeQuota(deps, trx, plan.projectId, { type: 'load_balancer', label: 'Load Balancer', count: 1 });
  // The quota is locked by now, so that of two requests at once the second sees the first.
  if (plan.vip.portId !== null) await requireUnusedPort(trx, plan.vip.portId);
  const rows = newRows(change, plan, reserved, deps.config.controller_worker.loadbalancer_topology);
  await insertRowLater(trx, 'load_balancer', rows.loadBalancer);
  await insertRowLater(trx, 'vip', rows.vip);
  const isAll = hasOnlyItsRows(plan);
  if (!isAll) await insertMore(deps, change, plan, reserved);
  const graph = isAll ? newGraph(change, plan, rows) : await loadGraph(trx, plan.id);
  if (graph) await change.provider((driver) => driver.loadbalancerCreate(loadBalancerDict(graph, { forCreate: true })));
  change.record('create', 'load_balancer', plan.id);
  return isAll ? newBody(rows) : fullLoadBalancerBody(trx, plan.id);
}

/** A port of the user looks free in the network service even while it is a VIP: nothing is ever plugged into it. */
async function requireUnusedPort(trx: Trx, portId: string): Promise<void> {
  const user = await trx.selectFrom('vip').innerJoin('load_balancer', 'load_balancer.id', 'vip.load_balancer_id').select('load_balancer.id')
    .where('vip.port_id', '=', portId).where('load_balancer.provisioning_status', '<>', 'DELETED').executeTakeFirst();
  if (user) throw validationFailure(`Port ${portId} is already the VIP port of load balancer ${user.id}.`);
}

async function insertMore(deps: ApiDependencies, change: Change, { id, body, vip, tree }: Plan, reserved: ReservedVip): Promise<void> {
  await replaceTags(change.trx, id, body.tags, true);
  for (const extra of reserved.additional) {
    await insertRowLater(change.trx, 'additional_vip', { load_balancer_id: id, ip_address: extra.ipAddress, port_id: extra.portId, subnet_id: extra.subnetId, network_id: extra.networkId });
  }
  for (const group of new Set(vip.securityGroupIds)) await insertRowLater(change.trx, 'vip_security_group', { load_balancer_id: id, sg_id: group });
  await insertTree(deps, change, tree);
}

/** Lets the provider make the VIP port, or makes it here when the provider leaves that to Octavia. */
async function reserveVip(deps: ApiDependencies, plan: Plan): Promise<ReservedVip> {
  const { vip, placement } = plan;
  // Outside any transaction: no row is locked while the network service works.
  const made = await callProvider(placement.provider, async () => {
    try {
      const additional = vip.additional.map((extra) => ({ subnet_id: extra.subnetId, ip_address: extra.address, port_id: extra.portId, network_id: vip.networkId }));
      return await providerCapabilities(deps.providers, placement.provider).createVipPort(plan.id, plan.projectId, providerVip(vip), additional);
    } catch (error) {
      if (error instanceof NotImplementedByProvider) return null;
      throw error;
    }
  });
  if (made === null) return allocateHere(deps, plan);
  return {
    ipAddress: made.vip.vip_address ?? vip.address, portId: made.vip.vip_port_id ?? vip.portId, subnetId: made.vip.vip_subnet_id ?? vip.subnetId,
    networkId: made.vip.vip_network_id ?? vip.networkId, isOwned: made.vip.octavia_owned ?? false,
    additional: made.additional.map((extra) => ({ ipAddress: extra.ip_address ?? null, portId: extra.port_id ?? null, subnetId: extra.subnet_id, networkId: extra.network_id ?? vip.networkId })),
  };
}

function providerVip(vip: RequestedVip) {
  return {
    vip_address: vip.address, vip_network_id: vip.networkId, vip_port_id: vip.portId, vip_subnet_id: vip.subnetId, vip_qos_policy_id: vip.qosPolicyId, vip_sg_ids: vip.securityGroupIds,
  };
}

async function allocateHere(deps: ApiDependencies, { id, projectId, vip }: Plan): Promise<ReservedVip> {
  try {
    const made = await deps.network.allocateVip({
      loadBalancerId: id, projectId, networkId: vip.networkId, subnetId: vip.subnetId, ipAddress: vip.address, portId: vip.portId, qosPolicyId: vip.qosPolicyId,
      securityGroupIds: vip.securityGroupIds, additional: vip.additional.map((extra) => ({ subnetId: extra.subnetId, ipAddress: extra.address, portId: extra.portId })),
    });
    return { ipAddress: made.ipAddress, portId: made.portId, subnetId: made.subnetId, networkId: made.networkId, isOwned: made.octaviaOwned, additional: made.additional };
  } catch (error) {
    throw vipPortRefusal(error) ?? providerFailed('octavia', reasonOf(error), error);
  }
}

/** After a commit whose answer got lost, and which may still be under way. A database that still does not answer leaves it open. */
async function mayExist(deps: ApiDependencies, id: string): Promise<boolean> {
  try {
    return await deps.store.transaction(async (trx) => {
      await awaitAppended(trx);
      return (await trx.selectFrom('load_balancer').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
    });
  } catch (error) {
    deps.log.warn({ loadBalancer: id, err: error }, 'whether a load balancer was created is not known, so its VIP port was kept');
    return true;
  }
}

/** The load balancer was not created after all: its own port must not stay behind. */
async function giveBack(deps: ApiDependencies, reserved: ReservedVip): Promise<void> {
  if (!reserved.isOwned || reserved.portId === null) return;
  try {
    await deps.network.removePort(reserved.portId);
  } catch (error) {
    deps.log.warn({ port: reserved.portId, err: error }, 'the VIP port of a refused load balancer could not be removed');
  }
}
