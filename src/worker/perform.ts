import { ensureServerGroup, removeServerGroup } from './actions/server-group.ts';
import { awaitAgent, bootAmphora, configureAgent } from './actions/boot.ts';
import { pushCertificates, pushHaproxy, resolveTls, startListeners } from './actions/configuration.ts';
import { setInterfaceRules } from './actions/interface-rules.ts';
import { pushLvs } from './actions/layer-four.ts';
import { applyQos, attachMemberNetworks, attachVip, ensureVip, ensureVrrpPort, plugMemberNetworks, plugVip } from './actions/network.ts';
import { recordAmphorae } from './actions/record-amphorae.ts';
import { removeAmphora, removeInstance, removePorts } from './actions/removal.ts';
import { pushVrrp, startVrrp } from './actions/vrrp.ts';
import type { ActionWork } from './plan/action.ts';
import type { RunContext } from './run-context.ts';

/** Does one action. */
export async function perform(context: RunContext, action: ActionWork): Promise<void> {
  const { network } = context.services;
  switch (action.kind) {
    case 'recordAmphorae': return recordAmphorae(context, action.create, action.doom);
    case 'ensureServerGroup': return ensureServerGroup(context);
    case 'ensureVip': return ensureVip(context);
    case 'ensureSecurityGroup': return network.ensureSecurityGroup(context.graph);
    case 'applyQos': return applyQos(context, action.amphoraId);
    case 'ensureVrrpPort': return ensureVrrpPort(context, action.amphoraId);
    case 'bootAmphora': return bootAmphora(context, action.amphoraId);
    case 'awaitAgent': return awaitAgent(context, action.amphoraId, action.patience);
    case 'attachVip': return attachVip(context, action.amphoraId);
    case 'plugVip': return plugVip(context, action.amphoraId, action.patience);
    case 'setInterfaceRules': return setInterfaceRules(context, action.amphoraId, action.patience);
    case 'attachMemberNetworks': return attachMemberNetworks(context, action.amphoraId);
    case 'plugMemberNetworks': return plugMemberNetworks(context, action.amphoraId, action.patience);
    case 'resolveTls': return resolveTls(context);
    case 'pushCertificates': return pushCertificates(context, action.amphoraId, action.patience);
    case 'pushHaproxy': return pushHaproxy(context, action.amphoraId, action.patience);
    case 'pushLvs': return pushLvs(context, action.amphoraId, action.patience);
    case 'startListeners': return startListeners(context, action.amphoraId, action.patience);
    case 'pushVrrp': return pushVrrp(context, action.amphoraId, action.patience);
    case 'startVrrp': return startVrrp(context, action.amphoraId, action.patience);
    case 'configureAgent': return configureAgent(context, action.amphoraId, action.patience);
    case 'removeInstance': return removeInstance(context, action.amphoraId);
    case 'removePorts': return removePorts(context, action.amphoraId);
    case 'removeAmphora': return removeAmphora(context, action.amphoraId);
    case 'removeVip': return network.removeVip(context.loaded);
    case 'removeSecurityGroup': return network.removeSecurityGroup(context.loaded.id);
    case 'removeServerGroup': return removeServerGroup(context);
    default: return action satisfies never;
  }
}
