import type { Amphora, HealthMonitor, L7Policy, L7Rule, Listener, LoadBalancerGraph, Member, Pool, SessionPersistence } from '../../../model/graph.ts';
import type { AmphoraFacts } from '../../protocol/agent-api.ts';

/** Parts of a graph as tests write them; everything left out takes the API's defaults. */
export interface SampleGraph extends Partial<Omit<LoadBalancerGraph, 'listeners' | 'pools' | 'amphorae'>> {
  readonly listeners?: readonly SampleListener[];
  readonly pools?: readonly SamplePool[];
  readonly amphorae?: readonly Partial<Amphora>[];
}
export interface SampleListener extends Partial<Omit<Listener, 'l7policies'>> { readonly l7policies?: readonly SamplePolicy[] }
export interface SamplePolicy extends Partial<Omit<L7Policy, 'rules'>> { readonly rules?: readonly Partial<L7Rule>[] }
export interface SamplePool extends Partial<Omit<Pool, 'members' | 'healthMonitor' | 'sessionPersistence'>> {
  readonly members?: readonly Partial<Member>[];
  readonly healthMonitor?: Partial<HealthMonitor> | null;
  readonly sessionPersistence?: Partial<SessionPersistence> | null;
}

/** A stable id: `sampleId('a', 3)` ends in ...a3. */
export function sampleId(kind: string, number: number): string {
  return `${kind.repeat(8)}-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

const LIVE = { enabled: true, provisioningStatus: 'ACTIVE', operatingStatus: 'ONLINE' } as const;

export const SAMPLE_FACTS: AmphoraFacts = {
  haproxyVersion: [2, 6], cpuCount: 2, availableMemoryKb: 900_000, hasAmphoraTunedProfile: false, isOurs: false, l4Engine: 'lvs',
};

export function sampleAmphora(number: number, over: Partial<Amphora> = {}): Amphora {
  return {
    id: sampleId('a', number), loadBalancerId: sampleId('1', 1), computeId: null, status: 'ALLOCATED', role: number === 1 ? 'MASTER' : 'BACKUP',
    lbNetworkIp: `192.0.2.${number}`, vrrpIp: `10.0.0.${10 + number}`, haIp: '10.0.0.2', vrrpPortId: null, haPortId: null, vrrpInterface: 'eth1',
    vrrpId: 1, vrrpPriority: number === 1 ? 100 : 90, certExpiration: null, certBusy: false, cachedZone: null, imageId: null, computeFlavor: null,
    createdAt: null, ...over,
  };
}

export function sampleGraph(over: SampleGraph = {}): LoadBalancerGraph {
  return {
    id: sampleId('1', 1), projectId: 'c0ffee00c0ffee00c0ffee00c0ffee00', name: 'lb', ...LIVE, topology: 'SINGLE', provider: 'amphora',
    flavorId: null, flavor: {}, availabilityZoneName: null, availabilityZone: {}, serverGroupId: null,
    vip: {
      ipAddress: '10.0.0.2', portId: null, subnetId: null, networkId: null, qosPolicyId: null, octaviaOwned: true, vnicType: 'normal',
      securityGroupIds: [],
    },
    additionalVips: [], vrrpGroup: null,
    ...over,
    amphorae: (over.amphorae ?? [{}]).map((amphora, index) => sampleAmphora(index + 1, amphora)),
    listeners: (over.listeners ?? []).map((listener, index) => sampleListener(listener, index + 1)),
    pools: (over.pools ?? []).map((pool, index) => samplePool(pool, index + 1)),
  };
}

export function sampleListener(over: SampleListener, number: number): Listener {
  const id = over.id ?? sampleId('2', number);
  return {
    id, projectId: 'c0ffee00c0ffee00c0ffee00c0ffee00', name: null, protocol: 'HTTP', protocolPort: 79 + number, connectionLimit: -1, ...LIVE,
    defaultPoolId: null, insertHeaders: {}, allowedCidrs: [], timeoutClientDataMs: 50_000, timeoutMemberConnectMs: 5_000,
    timeoutMemberDataMs: 50_000, timeoutTcpInspectMs: 0, tlsContainerRef: null, sniContainerRefs: [], clientCaTlsContainerRef: null,
    clientCrlContainerRef: null, clientAuthentication: 'NONE', tlsCiphers: null, tlsVersions: [], alpnProtocols: [], hstsMaxAge: null,
    hstsIncludeSubdomains: false, hstsPreload: false, peerPort: 1025,
    ...over,
    l7policies: (over.l7policies ?? []).map((policy, index) => samplePolicy(policy, id, index + 1)),
  };
}

export function samplePool(over: SamplePool, number: number): Pool {
  const id = over.id ?? sampleId('3', number);
  return {
    id, projectId: null, name: null, protocol: 'HTTP', lbAlgorithm: 'ROUND_ROBIN', ...LIVE, tlsEnabled: false, tlsContainerRef: null,
    caTlsContainerRef: null, crlContainerRef: null, tlsCiphers: null, tlsVersions: [], alpnProtocols: [],
    ...over,
    sessionPersistence: over.sessionPersistence
      ? { type: 'SOURCE_IP', cookieName: null, persistenceTimeoutSeconds: null, persistenceGranularity: null, ...over.sessionPersistence } : null,
    healthMonitor: over.healthMonitor ? sampleMonitor(over.healthMonitor, id, number) : null,
    members: (over.members ?? []).map((member, index) => sampleMember(member, id, index + 1)),
  };
}

export function sampleMember(over: Partial<Member>, poolId: string, number: number): Member {
  return {
    id: sampleId('4', number), poolId, name: null, ipAddress: `10.1.0.${number}`, protocolPort: 8080, weight: 1, backup: false, subnetId: null,
    monitorAddress: null, monitorPort: null, vnicType: 'normal', ...LIVE, ...over,
  };
}

function sampleMonitor(over: Partial<HealthMonitor>, poolId: string, number: number): HealthMonitor {
  return {
    id: sampleId('5', number), poolId, name: null, type: 'HTTP', delaySeconds: 5, timeoutSeconds: 3, riseThreshold: 2, fallThreshold: 3,
    httpMethod: 'GET', urlPath: '/', expectedCodes: '200', httpVersion: null, domainName: null, ...LIVE, ...over,
  };
}

function samplePolicy(over: SamplePolicy, listenerId: string, number: number): L7Policy {
  const id = over.id ?? sampleId('6', number);
  return {
    id, listenerId, name: null, action: 'REJECT', position: number, redirectPoolId: null, redirectUrl: null, redirectPrefix: null,
    redirectHttpCode: null, ...LIVE, ...over, rules: (over.rules ?? []).map((rule, index) => sampleRule(rule, id, number * 100 + index)),
  };
}

function sampleRule(over: Partial<L7Rule>, l7policyId: string, number: number): L7Rule {
  return {
    id: sampleId('7', number), l7policyId, type: 'PATH', compareType: 'STARTS_WITH', key: null, value: '/', invert: false, ...LIVE, ...over,
  };
}
