import { createHash } from 'node:crypto';
import type { AmphoraClient, AmphoraClientFactory, Patience } from '../../amphora/client/amphora-client.ts';
import { AmphoraRefused, AmphoraUnreachable } from '../../amphora/client/errors.ts';
import type { InterfaceRuleBody } from '../../amphora/protocol/agent-api.ts';
import type { ComputeDriver, ComputeInstance } from '../../drivers/compute/compute-driver.ts';
import { createNoopNetworkDriver } from '../../drivers/network/noop.ts';
import type { NetworkDriver, Port } from '../../drivers/network/network-driver.ts';
import type { CertManager } from '../../drivers/certs/cert-manager.ts';
import { DriverFailure } from '../../drivers/errors.ts';

/** One amphora as the fakes hold it. */
export interface FakeAmphora {
  readonly id: string;
  isReachable: boolean;
  haproxy: string | null;
  /** The load balancer whose configuration that is. */
  haproxyId: string | null;
  runningHaproxy: string | null;
  readonly lvs: Map<string, string>;
  readonly certificates: Map<string, string>;
  vrrp: string | null;
  vrrpRuns: boolean;
  vipPlugged: boolean;
  /** What it was given beside the VIP, which in a pair is keepalived's. */
  ownAddress: string | null;
  readonly ports: Set<string>;
  agentConfig: string | null;
  interfaceRules: readonly InterfaceRuleBody[] | null;
}

/** A cloud in memory that records every call and can be told to fail. */
export class FakeCloud {
  readonly calls: string[] = [];
  readonly amphorae = new Map<string, FakeAmphora>();
  readonly lost = new Set<string>();
  readonly securityGroups = new Set<string>();
  readonly serverGroups = new Set<string>();
  /** Ports that somebody would have to pay for, with the name of what they are for. */
  readonly ports = new Map<string, string>();
  /** Throws for calls whose record matches; set by tests. */
  failOn: (call: string) => Error | null = () => null;
  /** Machines that are started meanwhile do not come up before this is false again. */
  bootsHang = false;
  /** Machines have an agent of the original, which tells less. */
  hasForeignAgents = false;
  readonly #building = new Set<string>();
  /** haproxy -c: the output that refuses a configuration, or null. */
  refuses: (config: string) => string | null = () => null;

  /** The worker's process dies at this step; everything it still tries fails. */
  diesAt = Number.POSITIVE_INFINITY;
  steps = 0;

  note(call: string): void {
    const failure = this.step(call) ?? this.failOn(call);
    this.calls.push(call);
    if (failure !== null) throw failure;
  }

  /** Counts one step of the worker; an error once it is dead. */
  step(name: string): Error | null {
    this.steps += 1;
    return this.steps > this.diesAt ? new Error(`died before ${name}`) : null;
  }

  /** Calls since the last look, by what they begin with. */
  take(...prefixes: string[]): string[] {
    const taken = this.calls.splice(0);
    return prefixes.length === 0 ? taken : taken.filter((call) => prefixes.some((prefix) => call.startsWith(prefix)));
  }

  readonly compute: ComputeDriver = {
    readsBootFiles: true,
    ensure: async ({ amphoraId, files }) => {
      this.note(`compute.ensure ${amphoraId}`);
      const agentConfig = files['/etc/octavia/amphora-agent.conf'] ?? null;
      if (!this.amphorae.has(amphoraId)) this.amphorae.set(amphoraId, { ...blankAmphora(amphoraId), agentConfig });
      if (this.bootsHang) this.#building.add(amphoraId);
      return this.#instance(amphoraId);
    },
    get: async (computeId) => this.#instance(computeId),
    findByAmphora: async (amphoraId) => (this.amphorae.has(amphoraId) ? this.#instance(amphoraId) : null),
    attachPort: async (computeId, port) => {
      this.note(`compute.attachPort ${computeId} ${port.name}`);
      this.#amphora(computeId).ports.add(port.id);
    },
    detachPort: async (computeId, portId) => {
      this.note(`compute.detachPort ${computeId} ${portId}`);
      this.#amphora(computeId).ports.delete(portId);
    },
    remove: async (computeId) => {
      this.note(`compute.remove ${computeId}`);
      this.amphorae.delete(computeId);
      this.lost.delete(computeId);
    },
    ensureServerGroup: async (loadBalancerId) => {
      this.note(`compute.ensureServerGroup ${loadBalancerId}`);
      this.serverGroups.add(loadBalancerId);
      return loadBalancerId;
    },
    findServerGroup: async (loadBalancerId) => (this.serverGroups.has(loadBalancerId) ? loadBalancerId : null),
    removeServerGroup: async (id) => {
      this.note(`compute.removeServerGroup ${id}`);
      this.serverGroups.delete(id);
    },
    listLost: async () => [...this.lost],
    validateFlavor: async () => undefined,
    validateAvailabilityZone: async () => undefined,
  };

  readonly network: NetworkDriver = this.#network();

  readonly clients: AmphoraClientFactory = {
    connect: ({ amphoraId }, patience) => this.#client(amphoraId, patience),
    forget: async () => undefined,
    close: async () => undefined,
  };

  readonly certManager: CertManager = {
    getBundle: async (ref) => { throw new DriverFailure('barbican', 'get', `Secret ${ref} not found.`, { retry: 'wait' }); },
    getSecret: async (ref) => { throw new DriverFailure('barbican', 'get', `Secret ${ref} not found.`, { retry: 'wait' }); },
    grantAccess: async () => undefined,
  };

  #instance(amphoraId: string): ComputeInstance {
    const isBuilding = this.bootsHang && this.#building.has(amphoraId);
    const state = !this.amphorae.has(amphoraId) ? 'gone' : isBuilding ? 'building' : 'active';
    return { computeId: amphoraId, state, lbNetworkIp: '127.16.0.1', zone: 'nova', imageId: 'image', flavorId: 'flavor', fault: null };
  }

  #amphora(id: string): FakeAmphora {
    const amphora = this.amphorae.get(id);
    if (amphora === undefined) throw new AmphoraUnreachable(id, 'no route to host');
    return amphora;
  }

  #network(): NetworkDriver {
    const noop = createNoopNetworkDriver();
    const keep = <T extends { readonly port: Port }>(attachment: T): T => {
      this.ports.set(attachment.port.id, attachment.port.name);
      return attachment;
    };
    return {
      ...noop,
      allocateVip: async (request) => {
        const vip = await noop.allocateVip(request);
        for (const portId of [vip.portId, ...vip.additional.map((additional) => additional.portId)]) this.ports.set(portId, `octavia-lb-${request.loadBalancerId}`);
        return vip;
      },
      ensureSecurityGroup: async (loadBalancer) => {
        this.note(`network.ensureSecurityGroup ${loadBalancer.listeners.map(({ protocolPort }) => protocolPort).join(',')}`);
        this.securityGroups.add(loadBalancer.id);
      },
      removeSecurityGroup: async (id) => {
        this.note('network.removeSecurityGroup');
        this.securityGroups.delete(id);
      },
      ensureVip: async (loadBalancer) => {
        this.note('network.ensureVip');
        return noop.ensureVip(loadBalancer);
      },
      ensureVrrpPort: async (loadBalancer, amphoraId) => {
        this.note(`network.ensureVrrpPort ${amphoraId}`);
        return keep(await noop.ensureVrrpPort(loadBalancer, amphoraId));
      },
      ensureMemberPort: async (loadBalancer, amphoraId, networkId, subnetIds, vnicType) => {
        this.note(`network.ensureMemberPort ${amphoraId} ${subnetIds.join(',')}`);
        return keep(await noop.ensureMemberPort(loadBalancer, amphoraId, networkId, subnetIds, vnicType));
      },
      removePort: async (portId) => {
        this.note(`network.removePort ${portId}`);
        this.ports.delete(portId);
        await noop.removePort(portId);
      },
      removeVip: async (loadBalancer) => {
        this.note('network.removeVip');
        for (const portId of [loadBalancer.vip.portId, ...loadBalancer.additionalVips.map((additional) => additional.portId)]) this.ports.delete(portId ?? '');
        await noop.removeVip(loadBalancer);
      },
      applyQos: async (_portId, qos) => this.note(`network.applyQos ${qos}`),
    };
  }

  #client(id: string, patience: Patience): AmphoraClient {
    const on = (call: string): FakeAmphora => {
      this.note(`agent.${call} ${id}`);
      const amphora = this.#amphora(id);
      if (!amphora.isReachable) throw new AmphoraUnreachable(id, `silent (${patience})`);
      return amphora;
    };
    return {
      waitUntilReachable: async () => void on('wait'),
      getInfo: async () => {
        on('getInfo');
        return { hostname: id, haproxy_version: '2.6', api_version: '1.0' };
      },
      getFacts: async () => {
        const config = on('getFacts').agentConfig ?? '';
        const topology = config.includes('loadbalancer_topology = ACTIVE_STANDBY') ? 'ACTIVE_STANDBY' : 'SINGLE';
        const facts = { haproxyVersion: [2, 6], cpuCount: 1, availableMemoryKb: 100_000, hasAmphoraTunedProfile: false } as const;
        return this.hasForeignAgents ? { ...facts, isOurs: false, l4Engine: 'lvs' } : { ...facts, isOurs: true, l4Engine: 'nftables', topology };
      },
      listListeners: async () => [...on('listListeners').lvs.keys()].map((uuid) => ({ status: 'ACTIVE', uuid, type: 'UDP' })),
      uploadHaproxy: async (loadBalancerId, config) => {
        const amphora = on('uploadHaproxy');
        const refusal = this.refuses(config);
        if (refusal !== null) throw new AmphoraRefused(id, 'PUT haproxy', { status: 400, message: 'Invalid request', details: refusal });
        [amphora.haproxy, amphora.haproxyId] = [config, loadBalancerId];
      },
      getHaproxyChecksum: async () => md5Of(on('getHaproxyChecksum').haproxy),
      uploadLvs: async (listener, config) => void on('uploadLvs').lvs.set(listener, config),
      getLvsChecksum: async (listener) => md5Of(on('getLvsChecksum').lvs.get(listener) ?? null),
      start: async (object) => start(on(`start ${object}`)),
      stop: async () => void on('stop'),
      reload: async (object) => start(on(`reload ${object}`)),
      deleteListener: async (object) => {
        const amphora = on(`deleteListener ${object}`);
        if (!amphora.lvs.delete(object) && object === amphora.haproxyId) [amphora.haproxy, amphora.runningHaproxy] = [null, null];
      },
      uploadCertificate: async (_lb, name, pem) => void on(`uploadCertificate ${name}`).certificates.set(name, pem),
      getCertificateChecksum: async (_lb, name) => md5Of(on('getCertificateChecksum').certificates.get(name) ?? null),
      deleteCertificate: async (_lb, name) => void on(`deleteCertificate ${name}`).certificates.delete(name),
      plugVip: async (_vip, body) => void Object.assign(on('plugVip'), { vipPlugged: true, ownAddress: body.vrrp_ip ?? null }),
      plugNetwork: async () => void on('plugNetwork'),
      getInterface: async () => (on('getInterface'), 'eth1'),
      setInterfaceRules: async (address, rules) => {
        const amphora = on('setInterfaceRules');
        if (amphora.ownAddress !== address) throw new AmphoraRefused(id, 'PUT interface', { status: 404, message: 'Error interface not found for IP address', details: '' });
        amphora.interfaceRules = rules;
      },
      uploadVrrp: async (config) => void (on('uploadVrrp').vrrp = config),
      vrrp: async (action) => void (on(`vrrp.${action}`).vrrpRuns = action !== 'stop'),
      uploadAgentCertificate: async () => this.note(`agent.uploadAgentCertificate ${id}`),
      uploadAgentConfig: async (ini) => void (on('uploadAgentConfig').agentConfig = ini),
    };
  }
}

function md5Of(content: string | null): string | null {
  return content === null ? null : createHash('md5').update(content).digest('hex');
}

function start(amphora: FakeAmphora): void {
  amphora.runningHaproxy = amphora.haproxy;
}

function blankAmphora(id: string): FakeAmphora {
  return {
    id, isReachable: true, haproxy: null, haproxyId: null, runningHaproxy: null, lvs: new Map(), certificates: new Map(), vrrp: null, vrrpRuns: false, vipPlugged: false, ownAddress: null,
    ports: new Set(), agentConfig: null, interfaceRules: null,
  };
}
