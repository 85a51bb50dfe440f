import type { Patience } from '../../amphora/client/amphora-client.ts';
import type { Amphora, LoadBalancerGraph } from '../../model/graph.ts';
import { actionId, type Action, type ActionWork, type NewAmphora } from './action.ts';
import { decideAmphorae, isRunning, rolesOf } from './amphora-set.ts';
import type { CloudWays, Observed, WorkRequest } from './observed.ts';
import { planDelete } from './plan-delete.ts';

export interface PlanInput {
  readonly graph: LoadBalancerGraph;
  readonly requests: readonly WorkRequest[];
  readonly observed: Observed;
  /** Ids for new amphorae, two of them. */
  readonly freshIds: readonly string[];
  /** `[nova] enable_anti_affinity` */
  readonly antiAffinity: boolean;
  readonly clouds: CloudWays;
}

/**
 * What has to be done so that the world matches the rows. Pure: the same input gives the same actions. Running them
 * partly and planning again from what was recorded meanwhile ends in the same place.
 */
export function plan(input: PlanInput): readonly Action[] {
  const { graph } = input;
  if (graph.provisioningStatus === 'DELETED') return [];
  if (graph.provisioningStatus === 'PENDING_DELETE') return planDelete(graph, input.antiAffinity, input.clouds);
  return planConverge(input);
}

function planConverge(input: PlanInput): Action[] {
  const { graph, requests, observed } = input;
  const { kept, doomed, missing } = decideAmphorae(graph, requests, observed, input.freshIds);
  const situation: Situation = {
    graph, observed, clouds: input.clouds,
    members: sortByPushOrder(graph, [...kept, ...missing]),
    isReplacing: doomed.length > 0,
    isPair: rolesOf(graph).length > 1,
    isSetChanged: doomed.length > 0 || missing.length > 0 || kept.some((amphora) => !isRunning(amphora)),
    configureIds: new Set(requests.filter(({ kind }) => kind === 'configure_amphora').map(({ amphoraId }) => amphoraId)),
  };
  const newlyDoomed = doomed.filter(({ status }) => status !== 'PENDING_DELETE').map(({ id }) => id);
  const needsRecord = situation.members.some(({ isNew }) => isNew) || newlyDoomed.length > 0 || requests.some(({ kind }) => kind.startsWith('failover'));
  return [
    ...(needsRecord ? [action({ kind: 'recordAmphorae', create: missing, doom: newlyDoomed }, [])] : []),
    ...planNetwork(situation, input.antiAffinity),
    ...situation.members.flatMap((member) => (member.isNew ? planNew(situation, member) : planRunning(situation, member))),
    ...doomed.map((amphora) => planRemoval(situation, amphora)),
  ];
}

/** An amphora of the target state. */
interface Member { readonly id: string; readonly isNew: boolean; readonly hasMachine: boolean; readonly role: Amphora['role'] }

interface Situation {
  readonly graph: LoadBalancerGraph;
  readonly observed: Observed;
  readonly clouds: CloudWays;
  readonly members: readonly Member[];
  readonly isReplacing: boolean;
  readonly isPair: boolean;
  readonly isSetChanged: boolean;
  readonly configureIds: ReadonlySet<string | null>;
}

function sortByPushOrder(graph: LoadBalancerGraph, amphorae: readonly (Amphora | NewAmphora)[]): Member[] {
  const order = rolesOf(graph);
  const rank = (role: Amphora['role']): number => (role === null ? order.length : order.indexOf(role));
  return amphorae
    .map((amphora) => ({ id: amphora.id, role: amphora.role, isNew: !('status' in amphora) || !isRunning(amphora), hasMachine: 'status' in amphora && amphora.computeId !== null }))
    .toSorted((one, other) => rank(one.role) - rank(other.role));
}

function planNetwork(situation: Situation, antiAffinity: boolean): Action[] {
  const { graph, observed, members } = situation;
  const needsPorts = members.some(({ isNew }) => isNew);
  const actions: Action[] = [];
  if (antiAffinity && situation.isPair && needsPorts && graph.serverGroupId === null) actions.push(action({ kind: 'ensureServerGroup' }, []));
  // Someone may have deleted the VIP's port; a load balancer that is made for the first time has just got its own.
  if (graph.vip.portId === null || (needsPorts && graph.provisioningStatus !== 'PENDING_CREATE')) actions.push(action({ kind: 'ensureVip' }, ['recordAmphorae']));
  // New machines wait for their ports, and the ports for a group; what it lets in matters once somebody listens.
  const newPorts = members.filter(({ isNew }) => isNew).map(({ id }) => actionId('ensureVrrpPort', id));
  if (needsPorts || !observed.settledParts.has('securityGroup')) actions.push(action({ kind: 'ensureSecurityGroup' }, ['ensureVip', ...newPorts]));
  // A dead amphora is replaced although a secret is gone: what does without it is served again, the rest is in ERROR.
  const isRescue = needsPorts && graph.provisioningStatus !== 'PENDING_CREATE';
  return [...actions, { ...action({ kind: 'resolveTls' }, []), ...(isRescue && { tolerate: 'any' as const }) }];
}

function planNew(situation: Situation, { id, hasMachine }: Member): Action[] {
  const patience: Patience = situation.isReplacing ? 'active' : 'boot';
  const one = (kind: ActionWork['kind']): string => actionId(kind, id);
  const allPorts = situation.members.map((member) => actionId('ensureVrrpPort', member.id));
  return [
    action({ kind: 'ensureVrrpPort', amphoraId: id }, ['recordAmphorae', 'ensureVip']),
    action({ kind: 'bootAmphora', amphoraId: id }, ['recordAmphorae', 'ensureServerGroup', ...(situation.clouds.interfacesAtBoot && !hasMachine ? [one('ensureVrrpPort')] : [])]),
    action({ kind: 'awaitAgent', amphoraId: id, patience: 'boot' }, [one('bootAmphora')]),
    action({ kind: 'attachVip', amphoraId: id }, [one('bootAmphora'), one('ensureVrrpPort')]),
    // A successor takes the address over only when it is able to serve.
    action({ kind: 'plugVip', amphoraId: id, patience }, [one('awaitAgent'), one('attachVip'), ...(situation.isReplacing ? [one('pushHaproxy')] : [])]),
    ...planInterfaceRules(situation, id, patience, one('plugVip')),
    action({ kind: 'attachMemberNetworks', amphoraId: id }, [one('bootAmphora')]),
    action({ kind: 'plugMemberNetworks', amphoraId: id, patience }, [one('plugVip'), one('attachMemberNetworks')]),
    ...planConfiguration(id, patience, [one('awaitAgent'), ...allPorts]),
    action({ kind: 'startListeners', amphoraId: id, patience }, [one('pushHaproxy'), one('pushLvs'), one('plugVip'), one('setInterfaceRules'), one('plugMemberNetworks'), 'ensureSecurityGroup']),
    ...(situation.isPair ? planVrrp(situation, id, patience, [one('plugVip')]) : []),
  ];
}

function planRunning(situation: Situation, { id }: Member): Action[] {
  const { members, isPair, isReplacing, isSetChanged, observed } = situation;
  const patience: Patience = isReplacing ? 'failover' : 'active';
  const one = (kind: ActionWork['kind']): string => actionId(kind, id);
  // A running pair is never changed at once: what comes earlier in push order has the change first. Uploading changes nothing yet.
  const earlier = members.slice(0, members.findIndex((member) => member.id === id)).map((member) => actionId('startListeners', member.id));
  const allPorts = members.map((member) => actionId('ensureVrrpPort', member.id));
  const actions: Action[] = [action({ kind: 'awaitAgent', amphoraId: id, patience }, ['recordAmphorae'])];
  if (isSetChanged || !observed.settledParts.has('securityGroup')) actions.push(...planInterfaceRules(situation, id, patience, one('awaitAgent')));
  if (!observed.settledParts.has('memberNetworks')) actions.push(action({ kind: 'plugMemberNetworks', amphoraId: id, patience }, [one('awaitAgent')]));
  if (!observed.settledParts.has('qos')) actions.push(action({ kind: 'applyQos', amphoraId: id }, []));
  actions.push(
    ...planConfiguration(id, patience, [one('awaitAgent'), one('plugMemberNetworks'), one('setInterfaceRules'), ...allPorts]),
    action({ kind: 'startListeners', amphoraId: id, patience }, [one('pushHaproxy'), one('pushLvs'), 'ensureSecurityGroup', ...earlier]),
  );
  if (isPair && (isSetChanged || !observed.settledParts.has('vrrp'))) actions.push(...planVrrp(situation, id, patience, [one('awaitAgent')]));
  if (situation.configureIds.has(id)) actions.push(action({ kind: 'configureAgent', amphoraId: id, patience }, [one('awaitAgent')]));
  return isPair ? actions.map((planned) => ({ ...planned, tolerate: toleranceOf(planned, isReplacing) })) : actions;
}

/** A peer that cannot be configured holds no failover up. One that lives and is not told of its new peer would keep the address beside it. */
function toleranceOf({ kind }: Action, isReplacing: boolean): 'failing' | 'unreachable' {
  const isAboutPeers = kind === 'awaitAgent' || kind === 'pushVrrp' || kind === 'startVrrp';
  return isReplacing && !isAboutPeers ? 'failing' : 'unreachable';
}

/** No security group guards an SR-IOV port: the agent filters what reaches it, and knows its peers by the addresses of their ports. */
function planInterfaceRules({ graph, members }: Situation, id: string, patience: Patience, after: string): Action[] {
  if (graph.vip.vnicType !== 'direct') return [];
  return [action({ kind: 'setInterfaceRules', amphoraId: id, patience }, [after, ...members.map((member) => actionId('ensureVrrpPort', member.id))])];
}

function planConfiguration(id: string, patience: Patience, needs: readonly string[]): Action[] {
  return [
    action({ kind: 'pushCertificates', amphoraId: id, patience }, ['resolveTls', actionId('awaitAgent', id)]),
    action({ kind: 'pushHaproxy', amphoraId: id, patience }, [actionId('pushCertificates', id), ...needs]),
    action({ kind: 'pushLvs', amphoraId: id, patience }, needs),
  ];
}

/** A new node starts only when its running peers know it: else it would not hear them and take the address as well. */
function planVrrp({ members }: Situation, id: string, patience: Patience, needs: readonly string[]): Action[] {
  const isNew = members.some((member) => member.id === id && member.isNew);
  const runningPeers = members.filter((member) => !member.isNew && member.id !== id).map((member) => actionId('startVrrp', member.id));
  // Which version of VRRP a pair speaks follows from what both can: each must have been asked before.
  const peers = members.filter((member) => member.id !== id).map((member) => actionId('awaitAgent', member.id));
  return [
    action({ kind: 'pushVrrp', amphoraId: id, patience }, [...needs, ...peers, ...members.map((member) => actionId('ensureVrrpPort', member.id))]),
    action({ kind: 'startVrrp', amphoraId: id, patience }, [actionId('pushVrrp', id), actionId('startListeners', id), ...(isNew ? runningPeers : [])]),
  ];
}

/** The old ones go when the new ones serve; broken ones at once, else each attempt at a successor would leave one more. */
function planRemoval({ members, observed }: Situation, { id, status }: Amphora): Action {
  const state = observed.computeStates.get(id);
  const servesNobody = state === 'error' || state === 'gone' || status === 'BOOTING' || status === 'PENDING_CREATE' || status === 'ERROR';
  const serving = servesNobody ? [] : members.flatMap((member) => [actionId('startListeners', member.id), actionId('startVrrp', member.id)]);
  return { ...action({ kind: 'removeAmphora', amphoraId: id }, ['recordAmphorae', ...serving]), tolerate: 'any' };
}

function action(work: ActionWork, needs: readonly string[]): Action {
  return { ...work, id: 'amphoraId' in work ? actionId(work.kind, work.amphoraId) : actionId(work.kind), needs };
}
