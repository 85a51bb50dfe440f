import type { AmphoraFacts } from '../amphora/protocol/agent-api.ts';
import type { LoadBalancerGraph } from '../model/graph.ts';
import type { Observed } from './plan/observed.ts';
import { isKept } from './settle/objects.ts';

export type Part = Observed['settledParts'] extends ReadonlySet<infer P> ? P : never;

/** What this worker knows to be on one amphora because it put it there. MD5 of contents. */
export interface AmphoraMemory {
  facts: AmphoraFacts | null;
  haproxy: string | null;
  vrrp: string | null;
  /** The interface that has this address of its own on the VIP's network. */
  vrrpInterface: { readonly address: string; readonly name: string } | null;
  /** Networks that it has interfaces on beside the VIP's and the management network. */
  memberNetworks: ReadonlySet<string> | null;
  readonly lvs: Map<string, string>;
  readonly certificates: Map<string, string>;
}

export interface LoadBalancerMemory {
  /** Of the lease under which it was gathered; somebody else's turn in between makes it worthless. */
  fence: number;
  readonly parts: Map<Part, string>;
  readonly amphorae: Map<string, AmphoraMemory>;
}

/**
 * What a worker remembers between two runs, so that a change costs only what it changes. Never trusted after a failure
 * or when another worker had the load balancer meanwhile; losing it costs a few calls.
 */
export class WorkerMemory {
  readonly #byLoadBalancer = new Map<string, LoadBalancerMemory>();
  readonly #capacity: number;

  constructor(capacity = 20_000) {
    this.#capacity = capacity;
  }

  /** Memory for a run under `fence`; a blank one when what there was cannot be trusted. */
  open(loadBalancerId: string, fence: number): LoadBalancerMemory {
    const known = this.#byLoadBalancer.get(loadBalancerId);
    const isFresh = known !== undefined && known.fence === fence - 1;
    const memory = isFresh ? known : { fence, parts: new Map(), amphorae: new Map() };
    memory.fence = fence;
    this.#byLoadBalancer.delete(loadBalancerId);
    this.#byLoadBalancer.set(loadBalancerId, memory);
    const oldest = this.#byLoadBalancer.keys().next().value;
    if (this.#byLoadBalancer.size > this.#capacity && oldest !== undefined) this.#byLoadBalancer.delete(oldest);
    return memory;
  }

  /** A run under `fence` found nothing to do: what is remembered from the run before it still holds. */
  keep(loadBalancerId: string, fence: number): void {
    const known = this.#byLoadBalancer.get(loadBalancerId);
    if (known !== undefined && known.fence === fence - 1) known.fence = fence;
  }

  forget(loadBalancerId: string): void {
    this.#byLoadBalancer.delete(loadBalancerId);
  }
}

export function amphoraMemory(memory: LoadBalancerMemory, amphoraId: string): AmphoraMemory {
  const known = memory.amphorae.get(amphoraId);
  if (known !== undefined) return known;
  const blank: AmphoraMemory = { facts: null, haproxy: null, vrrp: null, vrrpInterface: null, memberNetworks: null, lvs: new Map(), certificates: new Map() };
  memory.amphorae.set(amphoraId, blank);
  return blank;
}

/** What each part of the world depends on: equal signatures need no work. */
export function signaturesOf(graph: LoadBalancerGraph): ReadonlyMap<Part, string> {
  const listeners = graph.listeners
    .filter(({ provisioningStatus }) => provisioningStatus !== 'PENDING_DELETE')
    .map(({ protocol, protocolPort, allowedCidrs, peerPort }) => [protocol, protocolPort, allowedCidrs, peerPort]);
  const members = graph.pools.filter(isKept).flatMap((pool) => pool.members.filter((member) => isKept(member) && member.subnetId !== null));
  const amphorae = graph.amphorae.map(({ id }) => id).toSorted();
  const vips = [graph.vip.ipAddress, graph.vip.portId, graph.additionalVips.map(({ ipAddress }) => ipAddress)];
  return new Map<Part, string>([
    ['securityGroup', JSON.stringify([listeners, graph.vip.securityGroupIds, amphorae, vips])],
    ['qos', JSON.stringify([graph.vip.qosPolicyId, amphorae])],
    ['memberNetworks', JSON.stringify([[...new Set(members.map(({ subnetId, vnicType }) => `${subnetId} ${vnicType}`))].toSorted(), amphorae])],
    ['vrrp', JSON.stringify([vips, amphorae, graph.vrrpGroup])],
  ]);
}

/** `isSuspicious`: the last run may have left something half done. */
export function settledPartsOf(memory: LoadBalancerMemory, graph: LoadBalancerGraph, isSuspicious: boolean): ReadonlySet<Part> {
  const settled = [...signaturesOf(graph)].filter(([part, signature]) => memory.parts.get(part) === signature).map(([part]) => part);
  // Whoever made the pair started it; a restart of ours is no reason to reload its keepalived.
  if (!memory.parts.has('vrrp') && !isSuspicious) settled.push('vrrp');
  // Most load balancers never had a quality-of-service policy: nothing was ever set that would have to be taken back.
  if (graph.vip.qosPolicyId === null && graph.provisioningStatus === 'PENDING_CREATE') settled.push('qos');
  return new Set(settled);
}
