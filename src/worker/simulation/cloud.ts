import type { CertManager } from '../../drivers/certs/cert-manager.ts';
import type { ComputeDriver, ComputeInstance } from '../../drivers/compute/compute-driver.ts';
import { DriverFailure, ResourceNotFound } from '../../drivers/errors.ts';
import type { AllocatedVip, NetworkDriver, Port, PortAttachment } from '../../drivers/network/network-driver.ts';
import { createNoopNetworkDriver } from '../../drivers/network/noop.ts';
import { confirmChange } from '../../lib/change-guard.ts';
import type { LoadBalancerGraph } from '../../model/graph.ts';
import { isKept } from '../settle/objects.ts';
import { newAgent, type Agent } from './agents.ts';
import type { Scheduler } from './scheduler.ts';
import type { Wire } from './wire.ts';

/** How the drivers of a run do things. */
export interface Ways { readonly cutsRemovedPorts: boolean; readonly takesInterfacesAtBoot: boolean; readonly listsActive: boolean }

export interface Server {
  readonly id: string;
  readonly amphoraId: string;
  readonly loadBalancerId: string | null;
  state: 'building' | 'active' | 'error';
  readonly address: string;
  readonly serverGroupId: string | null;
  readonly ports: Set<string>;
  readonly agent: Agent;
  /** Its agent answers from this time on. */
  bootedMs: number;
}

export interface CloudPort extends Port {
  readonly use: 'vip' | 'user' | 'vrrp' | 'member';
  readonly loadBalancerId: string;
  readonly amphoraId: string | null;
}

/** What the rules of a security group say, and the ports that it guards. */
export interface Group { rules: string; readonly ports: Set<string> }

/** Whose something is. */
export interface Subject { readonly loadBalancerId?: string | null; readonly amphoraId?: string | null }

/** What the run looks at when something is done to the cloud. */
export interface Watch {
  /** A worker is about to change something of a load balancer or of an amphora without one. */
  onAct(subject: Subject, what: string): void;
  onVipRemoval(loadBalancerId: string, portId: string): void;
  /** The agent of a machine answers from now on. */
  onBooted(): void;
  violate(what: string): void;
}

export const rulesOf = ({ listeners, topology }: LoadBalancerGraph): string =>
  JSON.stringify([topology, listeners.filter(isKept).map(({ protocol, protocolPort, allowedCidrs }) => JSON.stringify([protocol, protocolPort, allowedCidrs])).toSorted()]);

/** Machines, ports, groups and secrets in memory. What drivers answer follows their interfaces, with all that may go wrong. */
export class Cloud {
  readonly servers = new Map<string, Server>();
  readonly ports = new Map<string, CloudPort>();
  readonly groups = new Map<string, Group>();
  readonly serverGroups = new Map<string, string>();
  /** References of secrets that nobody can read for now. */
  readonly hiddenSecrets = new Set<string>();
  readonly #scheduler: Scheduler;
  readonly #wire: Wire;
  readonly #watch: Watch;
  readonly #ways: Ways;
  readonly compute: ComputeDriver;
  /** For workers; users' requests go to `apiNetwork`, for they take place between two events. */
  readonly network: NetworkDriver;
  readonly apiNetwork: Pick<NetworkDriver, 'allocateVip' | 'removePort'>;
  readonly certManager: CertManager;
  #addresses = 10;

  constructor(given: { readonly scheduler: Scheduler; readonly wire: Wire; readonly watch: Watch; readonly ways: Ways }) {
    this.#scheduler = given.scheduler;
    this.#wire = given.wire;
    this.#watch = given.watch;
    this.#ways = given.ways;
    this.compute = this.#computeDriver();
    this.network = this.#networkDriver();
    this.certManager = this.#keyManager();
    this.apiNetwork = { allocateVip: async (request) => this.#allocateVip(request), removePort: async (portId) => void this.ports.delete(portId) };
  }

  serverOf(amphoraId: string): Server | undefined {
    return [...this.servers.values()].find((server) => server.amphoraId === amphoraId);
  }

  agentAt(address: string): Agent | null {
    const server = [...this.servers.values()].find((one) => one.address === address);
    return server?.state === 'active' && server.bootedMs <= this.#scheduler.nowMs && server.agent.isReachable ? server.agent : null;
  }

  interfacesOf(agent: Agent): ReadonlySet<string> {
    const server = this.serverOf(agent.amphoraId);
    return new Set([...(server?.ports ?? [])].flatMap((id) => this.ports.get(id)?.macAddress ?? []));
  }

  #computeDriver(): ComputeDriver {
    return {
      takesInterfacesAtBoot: () => this.#ways.takesInterfacesAtBoot,
      ensure: async ({ amphoraId, loadBalancerId, files, interfaces = [], isNew = false, serverGroupId, signal }) => {
        const found = isNew ? null : await this.#compute('find', amphoraId, () => this.serverOf(amphoraId)?.id ?? null, { signal });
        const id = found ?? (await this.#compute('create', amphoraId, () => {
          if (this.serverOf(amphoraId) !== undefined) this.#watch.violate(`amphora ${amphoraId} was given a second server`);
          return this.#boot(amphoraId, { loadBalancerId, serverGroupId, config: files['/etc/octavia/amphora-agent.conf'] ?? '', ports: this.#ways.takesInterfacesAtBoot ? interfaces.map((port) => port.id) : [] }).id;
        }, { signal, changes: loadBalancerId === null ? { amphoraId } : { loadBalancerId } }));
        return this.#compute('watch', amphoraId, () => this.#instance(id), { signal });
      },
      get: (id) => this.#compute('get', id, () => this.#instance(id)),
      ...(this.#ways.listsActive && {
        listActive: (instances) => this.#compute('listActive', '', () => instances.filter(({ computeId }) => this.servers.get(computeId)?.state === 'active').map(({ amphoraId }) => amphoraId)),
      }),
      findByAmphora: (amphoraId) => this.#compute('findByAmphora', amphoraId, () => {
        const server = this.serverOf(amphoraId);
        return server === undefined ? null : this.#instance(server.id);
      }),
      attachPort: (id, port) => {
        return this.#compute('attachPort', `${short(id)} ${port.name}`, () => {
          const server = this.servers.get(id);
          if (server === undefined) throw new ResourceNotFound('Server', id);
          if (!this.ports.has(port.id)) throw new ResourceNotFound('Port', port.id);
          server.ports.add(port.id);
        }, { changes: this.#amphoraOf(id) });
      },
      detachPort: (id, portId) => this.#compute('detachPort', `${short(id)} ${short(portId)}`, () => void this.servers.get(id)?.ports.delete(portId), { changes: this.#amphoraOf(id) }),
      remove: (id) => this.#compute('remove', short(id), () => void this.servers.delete(id), { changes: this.#amphoraOf(id) }),
      ensureServerGroup: async (loadBalancerId, _flavor, isNew = false) => {
        const found = isNew ? null : await this.#compute('findServerGroup', '', () => this.serverGroups.get(loadBalancerId) ?? null);
        return found ?? this.#compute('createServerGroup', '', () => {
          if (this.serverGroups.has(loadBalancerId)) this.#watch.violate(`load balancer ${loadBalancerId} was given a second server group`);
          const id = this.#scheduler.identifier();
          this.serverGroups.set(loadBalancerId, id);
          return id;
        }, { changes: { loadBalancerId } });
      },
      findServerGroup: (loadBalancerId) => this.#compute('findServerGroup', '', () => this.serverGroups.get(loadBalancerId) ?? null),
      removeServerGroup: (id) => this.#compute('removeServerGroup', '', () => {
        for (const [loadBalancerId, groupId] of this.serverGroups) if (groupId === id) this.serverGroups.delete(loadBalancerId);
      }, { changes: {} }),
      validateFlavor: async () => undefined,
      validateAvailabilityZone: async () => undefined,
    };
  }

  #keyManager(): CertManager {
    return {
      getBundle: (ref) => this.#key('getBundle', ref, () => ({
        id: ref, primaryCn: 'www.example.com', certificate: `certificate of ${ref}\n`, privateKey: `key of ${ref}\n`, privateKeyPassphrase: null, intermediates: [],
      })),
      getSecret: (ref) => this.#key('getSecret', ref, () => `secret of ${ref}\n`),
      grantAccess: async () => undefined,
    };
  }

  #amphoraOf(serverId: string): Subject {
    return { amphoraId: this.servers.get(serverId)?.amphoraId ?? null };
  }

  async #compute<T>(name: string, detail: string, effect: () => T, { signal, changes }: { readonly signal?: AbortSignal | undefined; readonly changes?: Subject } = {}): Promise<T> {
    await this.#confirm(`compute.${name}`, changes);
    return this.#wire.call(`compute.${name}`, detail, effect, { signal, failure: (fate) => new DriverFailure('Nova', name, fate) });
  }

  async #net<T>(name: string, detail: string, effect: () => T, changes?: Subject): Promise<T> {
    await this.#confirm(`network.${name}`, changes);
    return this.#wire.call(`network.${name}`, detail, effect, { failure: (fate) => new DriverFailure('Neutron', name, fate) });
  }

  /** As clients of services do before each request that changes something. */
  async #confirm(what: string, changes: Subject | undefined): Promise<void> {
    if (changes === undefined) return;
    await confirmChange();
    this.#watch.onAct(changes, what);
  }

  #key<T>(name: string, ref: string, effect: () => T): Promise<T> {
    return this.#wire.call(`keys.${name}`, ref, () => {
      if (this.hiddenSecrets.has(ref)) throw new DriverFailure('Barbican', name, `${ref} cannot be read.`, { retry: 'wait' });
      return effect();
    }, { failure: (fate) => new DriverFailure('Barbican', name, fate) });
  }

  #boot(amphoraId: string, { ports, config, ...given }: { loadBalancerId: string | null; serverGroupId: string | null; config: string; ports: readonly string[] }): Server {
    this.#addresses += 1;
    const server: Server = {
      id: this.#scheduler.identifier(), amphoraId, ...given, state: 'building', address: `127.16.${this.#addresses >> 8}.${this.#addresses & 255}`, ports: new Set(ports),
      agent: newAgent(amphoraId, config), bootedMs: Number.POSITIVE_INFINITY,
    };
    this.servers.set(server.id, server);
    const isBroken = this.#scheduler.chance('boot fails') < this.#wire.weather.faults / 2;
    this.#scheduler.after(this.#scheduler.between('boot', 100, this.#scheduler.chance('slow boot') < 0.2 ? 40_000 : 2000), () => {
      if (server.state !== 'building') return;
      server.state = isBroken ? 'error' : 'active';
      server.bootedMs = this.#scheduler.nowMs + this.#scheduler.between('agent boot', 0, this.#scheduler.chance('slow agent') < 0.2 ? 20_000 : 500);
      this.#scheduler.after(server.bootedMs - this.#scheduler.nowMs, () => this.#watch.onBooted(), null);
    }, null);
    return server;
  }

  #instance(id: string): ComputeInstance {
    const server = this.servers.get(id);
    const known = { computeId: id, zone: 'nova', imageId: 'image', flavorId: 'flavor', fault: null };
    if (server === undefined) return { ...known, state: 'gone', lbNetworkIp: null };
    return { ...known, state: server.state, lbNetworkIp: server.state === 'active' ? server.address : null };
  }

  #networkDriver(): NetworkDriver {
    const noop = createNoopNetworkDriver();
    return {
      ...noop,
      ...(this.#ways.cutsRemovedPorts && { cutsRemovedPorts: true }),
      getSubnet: (id) => this.#net('getSubnet', '', () => id).then((known) => noop.getSubnet(known)),
      ensureVip: (loadBalancer) => this.#net('ensureVip', '', () => this.#ensureVip(loadBalancer), { loadBalancerId: loadBalancer.id }),
      removeVip: async (loadBalancer) => {
        const { portId, octaviaOwned } = loadBalancer.vip;
        const ours = await this.#net('listVipPorts', '', () => [...this.ports.values()].filter((port) => port.use === 'vip' && port.loadBalancerId === loadBalancer.id).map(({ id }) => id));
        const going = new Set([...ours.filter((id) => octaviaOwned || id !== portId), ...(octaviaOwned && portId !== null ? [portId] : [])]);
        await Promise.all([...going].map((id) => this.#net('removeVipPort', short(id), () => {
          this.#watch.onVipRemoval(loadBalancer.id, id);
          this.#removePort(id);
        }, { loadBalancerId: loadBalancer.id })));
        if (portId !== null && !octaviaOwned) await this.#net('releaseVipPort', short(portId), () => void this.groups.get(loadBalancer.id)?.ports.delete(portId), { loadBalancerId: loadBalancer.id });
      },
      ensureVrrpPort: async (loadBalancer, amphoraId, isNew = false) => {
        const found = isNew ? null : await this.#net('findVrrpPort', amphoraId, () => this.#named(`octavia-lb-vrrp-${amphoraId}`)?.id ?? null);
        const id = await this.#net('bringVrrpPort', amphoraId, () => this.#bringVrrpPort(loadBalancer, amphoraId, found), { loadBalancerId: loadBalancer.id });
        return this.#attachment(noop, id);
      },
      ensureMemberPort: async (loadBalancer, amphoraId, networkId, subnetIds, vnicType, isNew = false) => {
        const name = `octavia-lb-member-${amphoraId}`;
        const found = isNew ? null : await this.#net('findMemberPort', amphoraId, () => this.#named(name, networkId)?.id ?? null);
        const id = await this.#net('bringMemberPort', amphoraId, () => {
          if (found !== null && !this.ports.has(found)) throw new ResourceNotFound('Port', found);
          if (found === null && this.#named(name, networkId) !== undefined) this.#watch.violate(`amphora ${amphoraId} was given a second port on a network of members`);
          return this.#port(found, { use: 'member', name, networkId, loadBalancerId: loadBalancer.id, amphoraId, vnicType }, subnetIds).id;
        }, { loadBalancerId: loadBalancer.id });
        return this.#attachment(noop, id);
      },
      listAmphoraPorts: (amphoraId) => this.#net('listAmphoraPorts', amphoraId, () => [...this.ports.values()].filter((port) => port.amphoraId === amphoraId)),
      removePort: (portId) => {
        const port = this.ports.get(portId);
        return this.#net('removePort', port?.name ?? portId, () => this.#removePort(portId), { loadBalancerId: port?.loadBalancerId ?? null, amphoraId: port?.amphoraId ?? null });
      },
      ensureSecurityGroup: async (loadBalancer) => {
        const { id, vip, amphorae } = loadBalancer;
        await this.#net('ensureSecurityGroup', '', () => {
          const group: Group = this.groups.get(id) ?? { rules: '', ports: new Set() };
          this.groups.set(id, group);
          group.rules = rulesOf(loadBalancer);
          for (const portId of [vip.portId, ...amphorae.map(({ vrrpPortId }) => vrrpPortId)]) {
            if (portId === null) continue;
            if (!this.ports.has(portId)) throw new ResourceNotFound('Port', portId);
            group.ports.add(portId);
          }
        }, { loadBalancerId: id });
      },
      removeSecurityGroup: (loadBalancerId) => {
        return this.#net('removeSecurityGroup', '', () => {
          const users = [...(this.groups.get(loadBalancerId)?.ports ?? [])].filter((id) => this.ports.has(id));
          if (users.length > 0) throw new DriverFailure('Neutron', 'remove security group', `it is in use by ${users.join(' ')}`);
          this.groups.delete(loadBalancerId);
        }, { loadBalancerId });
      },
      applyQos: (portId, qosPolicyId) => this.#net('applyQos', `${short(portId)} ${qosPolicyId}`, () => {
        const port = this.ports.get(portId);
        if (port !== undefined) this.ports.set(portId, { ...port, qosPolicyId });
        else if (qosPolicyId !== null) throw new ResourceNotFound('Port', portId);
      }, { loadBalancerId: this.ports.get(portId)?.loadBalancerId ?? null }),
    };
  }

  #named(name: string, networkId?: string): CloudPort | undefined {
    return [...this.ports.values()].find((port) => port.name === name && (networkId === undefined || port.networkId === networkId));
  }

  #bringVrrpPort(loadBalancer: LoadBalancerGraph, amphoraId: string, found: string | null): string {
    const { vip } = loadBalancer;
    const name = `octavia-lb-vrrp-${amphoraId}`;
    if (found !== null && !this.ports.has(found)) throw new ResourceNotFound('Port', found);
    if (found === null && this.#named(name) !== undefined) this.#watch.violate(`amphora ${amphoraId} was given a second port on the network of the VIP`);
    const port = this.#port(found, { use: 'vrrp', name, networkId: vip.networkId ?? '', loadBalancerId: loadBalancer.id, amphoraId, vnicType: vip.vnicType }, [vip.subnetId ?? '']);
    const group: Group = this.groups.get(loadBalancer.id) ?? { rules: '', ports: new Set() };
    this.groups.set(loadBalancer.id, group);
    group.ports.add(port.id);
    this.ports.set(port.id, { ...port, allowedAddressPairs: [{ ipAddress: vip.ipAddress ?? '' }], qosPolicyId: found === null ? vip.qosPolicyId : port.qosPolicyId });
    return port.id;
  }

  #port(found: string | null, given: Pick<CloudPort, 'use' | 'name' | 'networkId' | 'loadBalancerId' | 'amphoraId' | 'vnicType'>, subnetIds: readonly string[]): CloudPort {
    const known = found === null ? undefined : this.ports.get(found);
    const id = known?.id ?? this.#scheduler.identifier();
    const fixedIps = subnetIds.map((subnetId) => known?.fixedIps.find((one) => one.subnetId === subnetId) ?? { subnetId, ipAddress: this.#freeAddress() });
    const port: CloudPort = {
      projectId: null, macAddress: `fa:16:3e:${id.slice(-6).replace(/(..)(?=.)/g, '$1:')}`, deviceId: '', deviceOwner: 'Octavia', status: 'ACTIVE', adminStateUp: true,
      qosPolicyId: null, securityGroupIds: [], allowedAddressPairs: [], ...known, ...given, id, fixedIps,
    };
    this.ports.set(id, port);
    return port;
  }

  #freeAddress(): string {
    this.#addresses += 1;
    return `198.51.${100 + (this.#addresses >> 8)}.${this.#addresses & 255}`;
  }

  async #attachment(noop: NetworkDriver, id: string): Promise<PortAttachment> {
    const port = this.ports.get(id);
    if (port === undefined) throw new ResourceNotFound('Port', id);
    const subnets = await Promise.all(port.fixedIps.map(({ subnetId }) => noop.getSubnet(subnetId)));
    return { port, network: await noop.getNetwork(port.networkId), subnets };
  }

  #removePort(id: string): void {
    const port = this.ports.get(id);
    if (port?.use === 'user') this.#watch.violate(`the user's own port ${id} was removed`);
    const user = [...this.servers.values()].find((server) => server.ports.has(id));
    if (user !== undefined && !this.#ways.cutsRemovedPorts && user.state === 'active') this.#watch.violate(`port ${port?.name} was removed under a machine that runs`);
    user?.ports.delete(id);
    for (const group of this.groups.values()) group.ports.delete(id);
    this.ports.delete(id);
  }

  #allocateVip(request: Parameters<NetworkDriver['allocateVip']>[0]): AllocatedVip {
    const networkId = request.networkId;
    const subnetId = request.subnetId ?? networkId;
    const use = request.portId === null ? 'vip' : 'user';
    const made = this.#port(null, { use, name: `octavia-lb-${request.loadBalancerId}`, networkId, loadBalancerId: request.loadBalancerId, amphoraId: null, vnicType: 'normal' }, [subnetId]);
    if (request.portId !== null) {
      this.ports.delete(made.id);
      this.ports.set(request.portId, { ...made, id: request.portId });
    }
    return {
      ipAddress: request.ipAddress ?? made.fixedIps[0]?.ipAddress ?? '', portId: request.portId ?? made.id, subnetId, networkId, octaviaOwned: request.portId === null, additional: [],
    };
  }

  #ensureVip({ id, vip }: LoadBalancerGraph): AllocatedVip {
    const own = vip.portId === null ? undefined : this.ports.get(vip.portId);
    const found = own ?? [...this.ports.values()].find((port) => port.use === 'vip' && port.loadBalancerId === id);
    const described = { ipAddress: vip.ipAddress ?? '', subnetId: vip.subnetId, networkId: vip.networkId ?? '', additional: [] };
    if (found !== undefined) return { ...described, portId: found.id, octaviaOwned: vip.octaviaOwned || found.use === 'vip' };
    const made = this.#port(null, { use: 'vip', name: `octavia-lb-${id}`, networkId: vip.networkId ?? '', loadBalancerId: id, amphoraId: null, vnicType: 'normal' }, [vip.subnetId ?? '']);
    return { ...described, portId: made.id, octaviaOwned: true };
  }
}

function short(id: string): string {
  return id.slice(0, 4);
}
