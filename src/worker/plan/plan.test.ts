import { expect, test } from 'vitest';
import { sampleAmphora, sampleGraph } from '../../amphora/haproxy/testdata/sample-graph.ts';
import type { AmphoraStatus } from '../../model/enums.ts';
import type { Amphora, LoadBalancerGraph } from '../../model/graph.ts';
import type { ComputeState } from '../../drivers/compute/compute-driver.ts';
import type { Action } from './action.ts';
import type { CloudWays, Observed, WorkRequest } from './observed.ts';
import { plan } from './plan.ts';

const OBSERVED: Observed = { computeStates: new Map(), settledParts: new Set(['securityGroup', 'qos', 'memberNetworks', 'vrrp']) };
const CLOUDS: CloudWays = { interfacesAtBoot: false, cutsRemovedPorts: false };
const amphora = (number: number, role: Amphora['role'], status: AmphoraStatus = 'ALLOCATED'): Amphora => ({ ...sampleAmphora(number), role, status });
const A = amphora(1, 'MASTER');
const B = amphora(2, 'BACKUP');
const S = amphora(1, 'STANDALONE');
const BASE = { ...sampleGraph({}), vip: { ...sampleGraph({}).vip, portId: 'vip-port' } };
const name = new Map([[A.id, 'A'], [B.id, 'B'], ['new-1', 'N1'], ['new-2', 'N2']]);

interface Case {
  readonly graph: Partial<LoadBalancerGraph>;
  readonly amphorae: readonly Amphora[];
  readonly requests?: readonly Partial<WorkRequest>[];
  readonly states?: readonly (readonly [string, ComputeState])[];
  readonly antiAffinity?: boolean;
  readonly clouds?: CloudWays;
  /** @default everything */
  readonly settled?: Observed['settledParts'];
}

function planned({ graph, amphorae, requests = [], states = [], antiAffinity = false, clouds = CLOUDS, settled = OBSERVED.settledParts }: Case): string[] {
  const actions = plan({
    graph: { ...BASE, ...graph, amphorae },
    requests: requests.map((request, index) => ({ id: `r${index}`, kind: 'failover_load_balancer', amphoraId: null, ...request })),
    observed: { settledParts: settled, computeStates: new Map(states) }, freshIds: ['new-1', 'new-2'], antiAffinity, clouds,
  });
  return actions.map((action) => ('amphoraId' in action ? `${action.kind} ${name.get(action.amphoraId)}` : action.kind));
}

const NEW = (id: string): string[] => [
  `ensureVrrpPort ${id}`, `bootAmphora ${id}`, `awaitAgent ${id}`, `attachVip ${id}`, `plugVip ${id}`, `attachMemberNetworks ${id}`, `plugMemberNetworks ${id}`,
  `pushCertificates ${id}`, `pushHaproxy ${id}`, `pushLvs ${id}`, `startListeners ${id}`,
];
const RUNNING = (id: string): string[] => [`awaitAgent ${id}`, `pushCertificates ${id}`, `pushHaproxy ${id}`, `pushLvs ${id}`, `startListeners ${id}`];
/** Interface rules are set where a VIP has a direct vNIC: in a new amphora once its VIP is plugged, in a running one before anything else. */
const DIRECT = { vip: { ...BASE.vip, vnicType: 'direct' } } as const;
const ruled = (actions: readonly string[]): string[] => actions.flatMap((one) => (one.startsWith('plugVip') ? [one, one.replace('plugVip', 'setInterfaceRules')] : [one]));
const ruledRunning = (id: string): string[] => RUNNING(id).flatMap((one, index) => (index === 0 ? [one, `setInterfaceRules ${id}`] : [one]));
const ALL_BUT_GROUP: Observed['settledParts'] = new Set(['qos', 'memberNetworks', 'vrrp']);
const VRRP = (id: string): string[] => [`pushVrrp ${id}`, `startVrrp ${id}`];

const cases: Readonly<Record<string, readonly [Case, readonly string[]]>> = {
  'nothing of a deleted load balancer': [{ graph: { provisioningStatus: 'DELETED' }, amphorae: [] }, []],
  'creation of a single one': [{ graph: { provisioningStatus: 'PENDING_CREATE', topology: 'SINGLE' }, amphorae: [] },
    ['recordAmphorae', 'ensureSecurityGroup', 'resolveTls', ...NEW('N1')]],
  'creation of a pair with anti-affinity': [{ graph: { provisioningStatus: 'PENDING_CREATE', topology: 'ACTIVE_STANDBY' }, amphorae: [], antiAffinity: true },
    ['recordAmphorae', 'ensureServerGroup', 'ensureSecurityGroup', 'resolveTls', ...NEW('N1'), ...VRRP('N1'), ...NEW('N2'), ...VRRP('N2')]],
  'no server group for a single one': [{ graph: { provisioningStatus: 'PENDING_CREATE', topology: 'SINGLE' }, amphorae: [], antiAffinity: true },
    ['recordAmphorae', 'ensureSecurityGroup', 'resolveTls', ...NEW('N1')]],
  'continuation of a creation that was cut off': [{ graph: { provisioningStatus: 'PENDING_CREATE', topology: 'SINGLE' }, amphorae: [amphora(1, 'STANDALONE', 'BOOTING')], states: [[A.id, 'gone']] },
    ['recordAmphorae', 'ensureSecurityGroup', 'resolveTls', ...NEW('A')]],
  'a change': [{ graph: { provisioningStatus: 'PENDING_UPDATE', topology: 'SINGLE' }, amphorae: [S] }, ['resolveTls', ...RUNNING('A')]],
  'a change of a pair, standby first': [{ graph: { provisioningStatus: 'PENDING_UPDATE', topology: 'ACTIVE_STANDBY' }, amphorae: [A, B] }, ['resolveTls', ...RUNNING('B'), ...RUNNING('A')]],
  'failover of one amphora': [
    { graph: { provisioningStatus: 'PENDING_UPDATE', topology: 'ACTIVE_STANDBY' }, amphorae: [A, B], requests: [{ kind: 'failover_amphora', amphoraId: A.id }] },
    ['recordAmphorae', 'ensureVip', 'ensureSecurityGroup', 'resolveTls', ...RUNNING('B'), ...VRRP('B'), ...NEW('N1'), ...VRRP('N1'), 'removeAmphora A']],
  'failover of both': [
    { graph: { provisioningStatus: 'PENDING_UPDATE', topology: 'ACTIVE_STANDBY' }, amphorae: [A, B], requests: [{}] },
    ['recordAmphorae', 'ensureVip', 'ensureSecurityGroup', 'resolveTls', ...NEW('N1'), ...VRRP('N1'), ...NEW('N2'), ...VRRP('N2'), 'removeAmphora A', 'removeAmphora B']],
  'an amphora whose instance is gone counts as failed': [
    { graph: { provisioningStatus: 'PENDING_UPDATE', topology: 'SINGLE' }, amphorae: [S], states: [[S.id, 'gone']] },
    ['recordAmphorae', 'ensureVip', 'ensureSecurityGroup', 'resolveTls', ...NEW('N1'), 'removeAmphora A']],
  'a machine that failed to boot is replaced': [
    { graph: { provisioningStatus: 'PENDING_CREATE', topology: 'SINGLE' }, amphorae: [amphora(1, 'STANDALONE', 'BOOTING')], states: [[A.id, 'error']] },
    ['recordAmphorae', 'ensureSecurityGroup', 'resolveTls', ...NEW('N1'), 'removeAmphora A']],
  'one amphora too many goes': [
    { graph: { provisioningStatus: 'PENDING_UPDATE', topology: 'SINGLE' }, amphorae: [S, amphora(2, 'STANDALONE')] },
    ['recordAmphorae', 'resolveTls', ...RUNNING('A'), 'removeAmphora B']],
  'what is left of a failover that was cut off': [
    { graph: { provisioningStatus: 'PENDING_UPDATE', topology: 'SINGLE' }, amphorae: [amphora(1, 'STANDALONE', 'PENDING_DELETE'), amphora(2, 'STANDALONE')] },
    ['resolveTls', ...RUNNING('B'), 'removeAmphora A']],
  'new configuration for one agent': [
    { graph: { provisioningStatus: 'ACTIVE', topology: 'SINGLE' }, amphorae: [S], requests: [{ kind: 'configure_amphora', amphoraId: S.id }] }, ['resolveTls', ...RUNNING('A'), 'configureAgent A']],
  'creation of a pair with direct vNICs': [{ graph: { ...DIRECT, provisioningStatus: 'PENDING_CREATE', topology: 'ACTIVE_STANDBY' }, amphorae: [] },
    ['recordAmphorae', 'ensureSecurityGroup', 'resolveTls', ...ruled(NEW('N1')), ...VRRP('N1'), ...ruled(NEW('N2')), ...VRRP('N2')]],
  'a change that direct vNICs do not show': [{ graph: { ...DIRECT, provisioningStatus: 'PENDING_UPDATE', topology: 'SINGLE' }, amphorae: [S] }, ['resolveTls', ...RUNNING('A')]],
  'a change of what may reach direct vNICs': [{ graph: { ...DIRECT, provisioningStatus: 'PENDING_UPDATE', topology: 'ACTIVE_STANDBY' }, amphorae: [A, B], settled: ALL_BUT_GROUP },
    ['ensureSecurityGroup', 'resolveTls', ...ruledRunning('B'), ...ruledRunning('A')]],
  'failover of one amphora of a pair with direct vNICs': [
    { graph: { ...DIRECT, provisioningStatus: 'PENDING_UPDATE', topology: 'ACTIVE_STANDBY' }, amphorae: [A, B], requests: [{ kind: 'failover_amphora', amphoraId: A.id }] },
    ['recordAmphorae', 'ensureVip', 'ensureSecurityGroup', 'resolveTls', ...ruledRunning('B'), ...VRRP('B'), ...ruled(NEW('N1')), ...VRRP('N1'), 'removeAmphora A']],
  'deletion': [{ graph: { provisioningStatus: 'PENDING_DELETE', topology: 'ACTIVE_STANDBY', serverGroupId: 'group' }, amphorae: [A, B, amphora(3, null, 'DELETED')] },
    ['removeInstance A', 'removePorts A', 'removeInstance B', 'removePorts B', 'removeVip', 'removeSecurityGroup', 'removeServerGroup']],
  'deletion of a pair whose server group nobody came to record': [{ graph: { provisioningStatus: 'PENDING_DELETE', topology: 'ACTIVE_STANDBY', serverGroupId: null }, amphorae: [], antiAffinity: true },
    ['removeVip', 'removeSecurityGroup', 'removeServerGroup']],
};

test.each(Object.entries(cases))('%s', (_name, [input, expected]) => {
  expect(planned(input)).toEqual(expected);
});

/** Whether one action has to be done when another begins. */
function order(actions: readonly Action[]): (first: string, then: string) => boolean {
  const isBefore = (first: string, then: string): boolean => {
    const { needs } = actions.find(({ id }) => id === then)!;
    return needs.includes(first) || needs.some((need) => actions.some(({ id }) => id === need) && isBefore(first, need));
  };
  return isBefore;
}

test('every plan can run to its end: needs form no circle', () => {
  for (const [input] of Object.values(cases)) {
    const actions = plan({
      graph: { ...sampleGraph({}), ...input.graph, amphorae: input.amphorae }, requests: (input.requests ?? []).map((request) => ({ id: 'r', kind: 'failover_load_balancer', amphoraId: null, ...request })),
      observed: { computeStates: new Map(input.states ?? []), settledParts: new Set() }, freshIds: ['new-1', 'new-2'], antiAffinity: true, clouds: CLOUDS,
    });
    const done = new Set<string>();
    const known = new Set(actions.map(({ id }) => id));
    expect(known.size).toBe(actions.length);
    for (let round = 0; round < actions.length; round += 1) {
      for (const action of actions) if (action.needs.every((need) => done.has(need) || !known.has(need))) done.add(action.id);
    }
    expect(done.size).toBe(actions.length);
  }
});

test('what a peer is admitted by is known before, and it is admitted before it speaks', () => {
  const actions = plan({
    graph: { ...BASE, ...DIRECT, provisioningStatus: 'PENDING_UPDATE', topology: 'ACTIVE_STANDBY', amphorae: [A, B] },
    requests: [{ id: 'r', kind: 'failover_amphora', amphoraId: A.id }], observed: OBSERVED, freshIds: ['new-1'], antiAffinity: false, clouds: CLOUDS,
  });
  const isBefore = order(actions);
  expect(isBefore('ensureVrrpPort:new-1', `setInterfaceRules:${B.id}`)).toBe(true);
  expect(isBefore(`setInterfaceRules:${B.id}`, 'startVrrp:new-1')).toBe(true);
  expect(isBefore('setInterfaceRules:new-1', 'startVrrp:new-1')).toBe(true);
});

test('a pair is given a change side by side, and runs it one after the other, once it is let in', () => {
  const isBefore = order(plan({
    graph: { ...BASE, provisioningStatus: 'PENDING_UPDATE', topology: 'ACTIVE_STANDBY', amphorae: [A, B] }, requests: [], observed: { ...OBSERVED, settledParts: ALL_BUT_GROUP }, freshIds: [], antiAffinity: false, clouds: CLOUDS,
  }));
  expect(isBefore(`startListeners:${B.id}`, `startListeners:${A.id}`)).toBe(true);
  expect(isBefore('ensureSecurityGroup', `startListeners:${B.id}`)).toBe(true);
  expect(isBefore('ensureSecurityGroup', `pushHaproxy:${B.id}`)).toBe(false);
  expect(isBefore(`pushHaproxy:${B.id}`, `pushHaproxy:${A.id}`)).toBe(false);
});

test('a new machine is given its interfaces side by side, and its agent is told of the VIP first', () => {
  const isBefore = order(plan({ graph: { ...BASE, provisioningStatus: 'PENDING_UPDATE', topology: 'SINGLE', amphorae: [] }, requests: [], observed: OBSERVED, freshIds: ['new-1'], antiAffinity: false, clouds: CLOUDS }));
  expect(isBefore('attachVip:new-1', 'attachMemberNetworks:new-1')).toBe(false);
  expect(isBefore('attachMemberNetworks:new-1', 'plugMemberNetworks:new-1')).toBe(true);
  expect(isBefore('plugVip:new-1', 'plugMemberNetworks:new-1')).toBe(true);
});

test('ports are there before a machine is ordered that may have them from birth, and not waited for by one that runs', () => {
  const bootsAfterPorts = (interfacesAtBoot: boolean, amphorae: Amphora[]) => {
    const actions = plan({
      graph: { ...BASE, provisioningStatus: 'PENDING_CREATE', topology: 'SINGLE', amphorae }, requests: [], observed: OBSERVED, freshIds: ['new-1'], antiAffinity: false, clouds: { ...CLOUDS, interfacesAtBoot },
    });
    const id = amphorae[0]?.id ?? 'new-1';
    return order(actions)(`ensureVrrpPort:${id}`, `bootAmphora:${id}`);
  };
  expect(bootsAfterPorts(true, [])).toBe(true);
  expect(bootsAfterPorts(false, [])).toBe(false);
  expect(bootsAfterPorts(true, [{ ...amphora(1, 'STANDALONE', 'BOOTING'), computeId: 'server' }])).toBe(false);
  expect(bootsAfterPorts(true, [{ ...amphora(1, 'STANDALONE', 'BOOTING'), computeId: null }])).toBe(true);
});

test('nobody is served before the security group is what the load balancer asks for', () => {
  for (const amphorae of [[], [A, B]]) {
    const actions = plan({
      graph: { ...BASE, provisioningStatus: 'PENDING_UPDATE', topology: 'ACTIVE_STANDBY', amphorae }, requests: [{ id: 'r', kind: 'failover_load_balancer', amphoraId: null }],
      observed: OBSERVED, freshIds: ['new-1', 'new-2'], antiAffinity: false, clouds: { ...CLOUDS, interfacesAtBoot: true },
    });
    const isBefore = order(actions);
    for (const id of ['new-1', 'new-2']) {
      expect(isBefore('ensureSecurityGroup', `startListeners:${id}`)).toBe(true);
      expect(isBefore('ensureSecurityGroup', `bootAmphora:${id}`)).toBe(false);
    }
  }
});

test.each([false, true])('what is deleted leaves no address free that a machine may still use (ports are cut off: %s)', (cutsRemovedPorts) => {
  const isBefore = order(plan({
    graph: { ...BASE, provisioningStatus: 'PENDING_DELETE', topology: 'ACTIVE_STANDBY', amphorae: [A, B], serverGroupId: 'group' }, requests: [], observed: OBSERVED, freshIds: [], antiAffinity: false,
    clouds: { ...CLOUDS, cutsRemovedPorts },
  }));
  for (const { id } of [A, B]) {
    for (const ports of ['removeVip', `removePorts:${A.id}`, `removePorts:${B.id}`]) {
      expect(isBefore(`removeInstance:${id}`, ports)).toBe(!cutsRemovedPorts);
      expect(isBefore(ports, `removeInstance:${id}`)).toBe(cutsRemovedPorts);
    }
    expect(isBefore(`removePorts:${id}`, 'removeVip')).toBe(false);
    expect(isBefore(`removePorts:${id}`, 'removeSecurityGroup')).toBe(true);
    expect(isBefore(`removeInstance:${id}`, 'removeServerGroup')).toBe(true);
  }
});

test('a running amphora of a pair may stay silent, a single one may not', () => {
  const tolerant = (topology: 'SINGLE' | 'ACTIVE_STANDBY', amphorae: Amphora[]) =>
    plan({ graph: { ...sampleGraph({}), provisioningStatus: 'PENDING_UPDATE', topology, amphorae }, requests: [], observed: OBSERVED, freshIds: [], antiAffinity: false, clouds: CLOUDS })
      .filter(({ kind }) => kind === 'pushHaproxy').map(({ tolerate }) => tolerate);
  expect(tolerant('ACTIVE_STANDBY', [A, B])).toEqual(['unreachable', 'unreachable']);
  expect(tolerant('SINGLE', [S])).toEqual([undefined]);
});
