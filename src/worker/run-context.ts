import type { AmphoraClient, AmphoraClientFactory, Patience } from '../amphora/client/amphora-client.ts';
import type { AmphoraFacts } from '../amphora/protocol/agent-api.ts';
import type { CertManager } from '../drivers/certs/cert-manager.ts';
import type { ComputeDriver } from '../drivers/compute/compute-driver.ts';
import type { AllocatedVip, NetworkDriver, Port, PortAttachment } from '../drivers/network/network-driver.ts';
import { OctaviaError } from '../lib/errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Amphora, LoadBalancerGraph, VrrpGroup } from '../model/graph.ts';
import type { Store } from '../store/database.ts';
import { LeaseLost } from '../store/leases.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { AmphoraIdentities } from './amphora-identities.ts';
import type { BuildSlots } from './build-slots.ts';
import type { HeldLease } from './hold-lease.ts';
import { amphoraMemory, type AmphoraMemory, type LoadBalancerMemory } from './memory.ts';
import type { Action } from './plan/action.ts';
import type { WorkRequest } from './plan/observed.ts';
import type { WorkerSettings } from './settings.ts';
import type { TlsMaterial } from './tls-material.ts';
import type { Park } from './wake-queue.ts';

/** What actions work with. */
export interface Services {
  readonly store: Store;
  readonly network: NetworkDriver;
  readonly compute: ComputeDriver;
  readonly certManager: CertManager;
  readonly clients: AmphoraClientFactory;
  readonly identities: AmphoraIdentities;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: () => WorkerSettings;
  /** PEM text of [controller_worker] client_ca. */
  readonly clientCaPem: () => Promise<string>;
  /** Network of a subnet; asked often and never changing. */
  readonly networkOfSubnet: (subnetId: string) => Promise<string>;
  readonly buildSlots: BuildSlots;
  /** Of the run that these services were given to. */
  readonly park: Park;
  /** The pool of spare amphorae was drawn from. */
  readonly onSparesTaken: () => () => void;
  readonly notifier: LoadBalancerNotifier | null;
  /** Milliseconds that never jump, to judge how long a lease still lasts. */
  readonly monotonicMs: () => number;
  readonly onAction?: ActionWatcher;
}

/** Told before and after every action; what it throws ends the action. Fault tests stop a worker here. */
export type ActionWatcher = (moment: 'before' | 'after', action: Action, loadBalancerId: string) => Promise<void> | void;

/** Sends `octavia.loadbalancer.<event>.end`. It must not throw and not keep the worker waiting. */
export interface LoadBalancerNotifier { notify(event: 'create' | 'update' | 'delete', loadBalancer: LoadBalancerGraph): void }

/** Something pushed to an amphora that takes effect with the next start or reload. */
export interface PendingStart { readonly objectId: string; readonly md5: string; readonly isHaproxy: boolean }

/** One run over one load balancer: what was read, and what has become of it since. */
export class RunContext {
  readonly services: Services;
  readonly loaded: LoadBalancerGraph;
  readonly requests: readonly WorkRequest[];
  readonly fence: number;
  readonly lease: Pick<HeldLease, 'isSure' | 'confirm'>;
  readonly memory: LoadBalancerMemory;
  readonly signal: AbortSignal;
  /** Ends what makes things that would be left behind if nobody heard that they were made. */
  readonly orderSignal: AbortSignal;
  /** Else what agents say they hold may not be what runs, and what was heard a moment ago may be gone. */
  readonly lastRunEndedWell: boolean;
  /** True when the topology was decided just now and the row does not have it. */
  readonly isTopologyNew: boolean;
  /** Remembered when the creation failed: nobody was told of the load balancer yet. */
  readonly untold: readonly WorkRequest[];

  /** Amphorae that stay or come, with what is known of them by now. */
  readonly amphorae = new Map<string, Amphora>();
  readonly createdIds = new Set<string>();
  /** Amphorae of which more is known than their rows say. */
  readonly changedIds = new Set<string>();
  readonly removedIds = new Set<string>();
  /** Ports that amphorae leave behind, as far as this run has looked; null where nobody could look. */
  readonly leftPorts = new Map<string, Promise<readonly Port[] | null>>();
  /** What this run has removed of amphorae that go. */
  readonly removedParts = new Map<string, Set<'machine' | 'ports'>>();
  readonly attachments = new Map<string, PortAttachment>();
  /** Interfaces on member networks that this run has attached, by amphora. */
  readonly memberAttachments = new Map<string, readonly PortAttachment[]>();
  readonly pendingStarts = new Map<string, PendingStart[]>();
  /** keepalived configurations (MD5) that were uploaded and do not run yet, by amphora. */
  readonly pendingVrrp = new Map<string, string>();
  vip: AllocatedVip | null = null;
  #vrrpGroup: VrrpGroup | null;
  serverGroupId: string | null = null;
  tls: TlsMaterial | null = null;
  /** Wishes that a transaction has already turned into rows. */
  readonly consumedRequestIds = new Set<string>();
  #graph: LoadBalancerGraph | null = null;

  constructor(given: Pick<RunContext, 'services' | 'loaded' | 'requests' | 'fence' | 'lease' | 'memory' | 'signal' | 'orderSignal' | 'lastRunEndedWell' | 'isTopologyNew' | 'untold'>, kept: readonly Amphora[]) {
    this.services = given.services;
    this.loaded = given.loaded;
    this.requests = given.requests;
    this.fence = given.fence;
    this.lease = given.lease;
    this.memory = given.memory;
    this.signal = given.signal;
    this.orderSignal = given.orderSignal;
    this.lastRunEndedWell = given.lastRunEndedWell;
    this.isTopologyNew = given.isTopologyNew;
    this.untold = given.untold;
    this.serverGroupId = given.loaded.serverGroupId;
    this.#vrrpGroup = given.loaded.vrrpGroup;
    for (const amphora of kept) {
      this.amphorae.set(amphora.id, amphora);
      if (!given.loaded.amphorae.includes(amphora)) this.changedIds.add(amphora.id);
    }
  }

  /** The load balancer as it shall be: with the amphorae that stay or come, and the VIP as the network has it. */
  get graph(): LoadBalancerGraph {
    this.#graph ??= {
      ...this.loaded,
      serverGroupId: this.serverGroupId,
      vrrpGroup: this.#vrrpGroup,
      ...(this.vip !== null && withVip(this.loaded, this.vip)),
      amphorae: [...this.amphorae.values()].map((amphora) => ({ ...amphora, status: 'ALLOCATED' })),
    };
    return this.#graph;
  }

  setVip(vip: AllocatedVip): void {
    this.vip = vip;
    this.#graph = null;
  }

  setVrrpGroup(group: VrrpGroup): void {
    this.#vrrpGroup = group;
    this.#graph = null;
  }

  amphora(id: string): Amphora {
    const found = this.amphorae.get(id) ?? this.loaded.amphorae.find((amphora) => amphora.id === id);
    if (found === undefined) throw new OctaviaError('unknown-amphora', `Amphora ${id} is not part of load balancer ${this.loaded.id}.`);
    return found;
  }

  /** An amphora whose row was written just now. */
  add(amphora: Amphora): void {
    this.createdIds.add(amphora.id);
    this.amphorae.set(amphora.id, amphora);
    this.#graph = null;
  }

  update(id: string, change: Partial<Amphora>): void {
    this.changedIds.add(id);
    this.amphorae.set(id, { ...this.amphora(id), ...change });
    this.#graph = null;
  }

  remember(id: string): AmphoraMemory {
    return amphoraMemory(this.memory, id);
  }

  facts(id: string): AmphoraFacts {
    const facts = this.remember(id).facts;
    if (facts === null) throw new OctaviaError('unknown-amphora', `Nothing is known of amphora ${id} yet.`, { retry: 'retry' });
    return facts;
  }

  client(id: string, patience: Patience): AmphoraClient {
    const { lbNetworkIp } = this.amphora(id);
    // Agents obey whoever speaks: a process that was stopped in the middle of an action must not go on.
    if (!this.lease.isSure()) throw new LeaseLost(this.loaded.id);
    if (lbNetworkIp === null) throw new OctaviaError('amphora-unreachable', `Amphora ${id} has no management address.`, { retry: 'retry' });
    return this.services.clients.connect({ amphoraId: id, lbNetworkIp }, patience, this.signal);
  }
}

function withVip(graph: LoadBalancerGraph, vip: AllocatedVip): Pick<LoadBalancerGraph, 'vip' | 'additionalVips'> {
  return {
    vip: { ...graph.vip, ipAddress: vip.ipAddress, portId: vip.portId, subnetId: vip.subnetId, networkId: vip.networkId, octaviaOwned: vip.octaviaOwned },
    additionalVips: graph.additionalVips.map((additional) => ({ ...additional, ...vip.additional.find(({ subnetId }) => subnetId === additional.subnetId) })),
  };
}
