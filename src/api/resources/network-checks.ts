import type { Network, NetworkCaller, Port, Subnet } from '../../drivers/network/network-driver.ts';
import { validationFailure } from '../../model/violation.ts';
import type { RequestContext } from '../auth/request-context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { subresourceNotFound } from '../machinery/faults.ts';

type NetworkDependencies = Pick<ApiDependencies, 'network' | 'config'>;

/** Look-ups run with the caller's own token, so that foreign objects stay invisible, unless the operator opened that. */
function callerOf(deps: NetworkDependencies, context: RequestContext): NetworkCaller | undefined {
  if (deps.config.networking.allow_invisible_resource_usage || context.token === null) return undefined;
  return { projectId: context.projectId, token: context.token, isAdmin: context.isAdmin, requestId: context.requestId };
}

async function existing<T>(label: string, id: string, lookUp: () => Promise<T>): Promise<T> {
  try {
    return await lookUp();
  } catch (error) {
    // The original answers the same for every failure of the look-up; the cause goes to the log.
    throw subresourceNotFound(label, id, error);
  }
}

export const requireSubnet = (deps: NetworkDependencies, context: RequestContext, id: string): Promise<Subnet> =>
  existing('Subnet', id, () => deps.network.getSubnet(id, callerOf(deps, context)));

export const requireNetwork = (deps: NetworkDependencies, context: RequestContext, id: string): Promise<Network> =>
  existing('Network', id, () => deps.network.getNetwork(id, callerOf(deps, context)));

export const requirePort = (deps: NetworkDependencies, context: RequestContext, id: string): Promise<Port> =>
  existing('Port', id, () => deps.network.getPort(id, callerOf(deps, context)));

export async function requireSecurityGroups(deps: NetworkDependencies, context: RequestContext, ids: readonly string[]): Promise<void> {
  for (const id of ids) await existing('Security Group', id, () => deps.network.getSecurityGroup(id, callerOf(deps, context)));
}

export async function requireQosSupport(deps: NetworkDependencies): Promise<void> {
  if (!(await deps.network.qosSupported())) throw validationFailure('VIP QoS policy is not allowed in this deployment.');
}

export async function requireQosPolicy(deps: NetworkDependencies, context: RequestContext, id: string): Promise<void> {
  await requireQosSupport(deps);
  await existing('qos_policy', id, () => deps.network.getQosPolicy(id, callerOf(deps, context)));
}
