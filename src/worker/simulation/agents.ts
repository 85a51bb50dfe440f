import { createHash } from 'node:crypto';
import type { AmphoraClient, AmphoraClientFactory, Patience } from '../../amphora/client/amphora-client.ts';
import { AmphoraRefused, AmphoraUnreachable } from '../../amphora/client/errors.ts';
import { DEFAULT_RETRY_RULES, pauses } from '../../amphora/client/patience.ts';
import type { AmphoraFacts, InterfaceRuleBody } from '../../amphora/protocol/agent-api.ts';
import { confirmChange } from '../../lib/change-guard.ts';
import { virtual, type Scheduler } from './scheduler.ts';
import type { Wire } from './wire.ts';

/** What is in one machine, as far as its agent answers for it. */
export interface Agent {
  readonly amphoraId: string;
  isReachable: boolean;
  readonly configs: Map<string, { readonly text: string; readonly atMs: number }>;
  readonly running: Map<string, string>;
  readonly lvs: Map<string, string>;
  readonly runningLvs: Map<string, string>;
  /** By load balancer and name. */
  readonly certificates: Map<string, { readonly pem: string; readonly atMs: number }>;
  vrrp: string | null;
  runningVrrp: string | null;
  vip: string | null;
  ownAddress: string | null;
  readonly networks: Set<string>;
  config: string;
  interfaceRules: readonly InterfaceRuleBody[] | null;
}

export function newAgent(amphoraId: string, config: string): Agent {
  return {
    amphoraId, isReachable: true, configs: new Map(), running: new Map(), lvs: new Map(), runningLvs: new Map(), certificates: new Map(), vrrp: null, runningVrrp: null,
    vip: null, ownAddress: null, networks: new Set(), config, interfaceRules: null,
  };
}

/** Where agents are found, and who may speak to them. */
export interface AgentWorld {
  readonly scheduler: Scheduler;
  readonly wire: Wire;
  /** The agent at an address; null while nobody answers there. */
  agentAt(address: string): Agent | null;
  /** MAC addresses of the interfaces that the machine of an agent has. */
  interfacesOf(agent: Agent): ReadonlySet<string>;
  /** Told before each call that changes something. */
  onAct(amphoraId: string, what: string): void;
}

/** The factory of clients of a worker, over agents in memory. */
export function simulatedClients(world: AgentWorld): AmphoraClientFactory {
  return {
    connect: ({ amphoraId, lbNetworkIp }, patience, signal) => clientOf(new Line(world, { amphoraId, address: lbNetworkIp, patience, signal })),
    forget: async () => undefined,
    close: async () => undefined,
  };
}

interface Target { readonly amphoraId: string; readonly address: string; readonly patience: Patience; readonly signal: AbortSignal | undefined }

class Line {
  readonly #world: AgentWorld;
  readonly #target: Target;

  constructor(world: AgentWorld, target: Target) {
    this.#world = world;
    this.#target = target;
  }

  get nowMs(): number {
    return this.#world.scheduler.nowMs;
  }

  interfacesOf(agent: Agent): ReadonlySet<string> {
    return this.#world.interfacesOf(agent);
  }

  refuse(call: string, status: number, message: string): never {
    throw new AmphoraRefused(this.#target.amphoraId, call, { status, message, details: '' });
  }

  read<T>(call: string, effect: (agent: Agent) => T): Promise<T> {
    return this.#send(call, effect);
  }

  act<T>(call: string, effect: (agent: Agent) => T): Promise<T> {
    return this.#send(call, effect, async () => {
      await confirmChange();
      this.#world.onAct(this.#target.amphoraId, call);
    });
  }

  /** As the real client: again and again while nobody answers. */
  async #send<T>(call: string, effect: (agent: Agent) => T, before: () => Promise<void> = async () => undefined): Promise<T> {
    const { patience, amphoraId } = this.#target;
    const rule = patience === 'once' ? null : DEFAULT_RETRY_RULES[patience];
    const schedule = rule === null ? null : pauses(rule);
    const deadline = this.nowMs + (rule === null ? 0 : rule.maxRetries * rule.intervalMs);
    for (;;) {
      try {
        await before();
        return await this.#attempt(call, effect);
      } catch (error) {
        const next = schedule?.next();
        if (!(error instanceof AmphoraUnreachable) || next === undefined || next.done === true || this.nowMs > deadline) throw error;
        this.#world.wire.note(`agent.${call} ${amphoraId.slice(0, 4)} is tried again`);
        await virtual.sleep(next.value, undefined, this.#target.signal === undefined ? {} : { signal: this.#target.signal });
      }
    }
  }

  #attempt<T>(call: string, effect: (agent: Agent) => T): Promise<T> {
    const { amphoraId, address, signal } = this.#target;
    return this.#world.wire.call(`agent.${call.split(' ')[0]}`, `${amphoraId.slice(0, 4)} ${call.split(' ').slice(1).join(' ')}`, () => {
      const agent = this.#world.agentAt(address);
      // Whoever has the address must prove to be this amphora.
      if (agent?.amphoraId !== amphoraId) throw new AmphoraUnreachable(amphoraId, 'no route to host');
      return effect(agent);
    }, {
      signal, isReset: true,
      failure: (fate) => (fate === 'refused' ? new AmphoraRefused(amphoraId, call, { status: 500, message: 'it is simulated', details: '' }) : new AmphoraUnreachable(amphoraId, fate)),
    });
  }
}

const FACTS = { haproxyVersion: [2, 6], cpuCount: 1, availableMemoryKb: 100_000, hasAmphoraTunedProfile: false, isOurs: true, l4Engine: 'nftables' } as const;

export function factsOf(agent: Agent): AmphoraFacts {
  return { ...FACTS, topology: agent.config.includes('loadbalancer_topology = ACTIVE_STANDBY') ? 'ACTIVE_STANDBY' : 'SINGLE' };
}

function clientOf(line: Line): AmphoraClient {
  return {
    waitUntilReachable: () => line.read('wait', () => undefined),
    getInfo: () => line.read('info', ({ amphoraId }) => ({ hostname: amphoraId, haproxy_version: '2.6', api_version: '1.0' })),
    getFacts: () => line.read('facts', factsOf),
    listListeners: () => line.read('listeners', ({ configs, lvs }) => [
      ...[...configs.keys()].map((uuid) => ({ status: 'ACTIVE', uuid, type: 'HTTP' })), ...[...lvs.keys()].map((uuid) => ({ status: 'ACTIVE', uuid, type: 'UDP' })),
    ]),
    uploadHaproxy: (id, text) => line.act('uploadHaproxy', (agent) => {
      const missing = [...namedFiles(agent, id, text)].filter((name) => !agent.certificates.has(name));
      // haproxy -c reads every file that it is to use.
      if (missing.length > 0) line.refuse('PUT haproxy', 400, `unable to load ${missing.join(' ')}`);
      agent.configs.set(id, { text, atMs: line.nowMs });
    }),
    getHaproxyChecksum: (id) => line.read('haproxyChecksum', ({ configs }) => md5(configs.get(id)?.text)),
    uploadLvs: (id, text) => line.act('uploadLvs', ({ lvs }) => void lvs.set(id, text)),
    getLvsChecksum: (id) => line.read('lvsChecksum', ({ lvs }) => md5(lvs.get(id))),
    start: (id) => line.act('start', (agent) => load(line, agent, id)),
    reload: (id) => line.act('reload', (agent) => load(line, agent, id)),
    stop: (id) => line.act('stop', ({ running, runningLvs }) => void (running.delete(id), runningLvs.delete(id))),
    deleteListener: (id) => line.act('deleteListener', (agent) => removeListener(agent, id)),
    uploadCertificate: (id, name, pem) => line.act('uploadCertificate', ({ certificates }) => void certificates.set(`${id}/${name}`, { pem, atMs: line.nowMs })),
    getCertificateChecksum: (id, name) => line.read('certificateChecksum', ({ certificates }) => md5(certificates.get(`${id}/${name}`)?.pem)),
    deleteCertificate: (id, name) => line.act('deleteCertificate', ({ certificates }) => void certificates.delete(`${id}/${name}`)),
    plugVip: (ip, body) => line.act('plugVip', (agent) => {
      requireInterface(line, agent, body.mac_address);
      Object.assign(agent, { vip: ip, ownAddress: body.vrrp_ip ?? null });
      agent.networks.add(body.mac_address);
    }),
    plugNetwork: (body) => line.act('plugNetwork', (agent) => {
      requireInterface(line, agent, body.mac_address);
      agent.networks.add(body.mac_address);
    }),
    getInterface: (ip) => line.read('interface', (agent) => (agent.ownAddress === ip ? 'eth1' : line.refuse('GET interface', 404, `no interface has ${ip}`))),
    setInterfaceRules: (ip, rules) => line.act('setInterfaceRules', (agent) => (agent.ownAddress === ip ? void (agent.interfaceRules = rules) : line.refuse('PUT interface', 404, `no interface has ${ip}`))),
    uploadVrrp: (text) => line.act('uploadVrrp', (agent) => void (agent.vrrp = text)),
    vrrp: (action) => line.act(`vrrp ${action}`, (agent) => {
      if (action !== 'stop' && agent.vrrp === null) line.refuse('PUT vrrp', 404, 'no configuration');
      agent.runningVrrp = action === 'stop' ? null : agent.vrrp;
    }),
    uploadAgentCertificate: () => line.act('uploadAgentCertificate', () => undefined),
    uploadAgentConfig: (ini) => line.act('uploadAgentConfig', (agent) => void (agent.config = ini)),
  };
}

/** A machine sees what is plugged into it; until then its agent asks for patience, as the real client takes its 404. */
function requireInterface(line: Line, agent: Agent, mac: string): void {
  if (!line.interfacesOf(agent).has(mac)) throw new AmphoraUnreachable(agent.amphoraId, `No suitable network interface found: ${mac}`);
}

function load(line: Line, agent: Agent, id: string): void {
  const config = agent.configs.get(id);
  const lvs = agent.lvs.get(id);
  if (config === undefined) return lvs === undefined ? line.refuse('PUT', 404, 'Loadbalancer Not Found') : void agent.runningLvs.set(id, lvs);
  agent.running.set(id, config.text);
  // Keys that nothing names go, but for those that came after the configuration.
  const named = namedFiles(agent, id, config.text);
  for (const [name, { atMs }] of agent.certificates) if (atMs < config.atMs && !named.has(name)) agent.certificates.delete(name);
}

/** TLS files that a configuration names, and those that their lists name. */
export function namedFiles({ certificates }: Pick<Agent, 'certificates'>, id: string, config: string): ReadonlySet<string> {
  const inText = (text: string): string[] => [...text.matchAll(/\/([\w-]+)\/([\w-]+\.pem)/g)].flatMap(([, directory, name]) => (directory === id ? [`${id}/${name}`] : []));
  const first = inText(config);
  return new Set([...first, ...first.flatMap((name) => inText(certificates.get(name)?.pem ?? ''))]);
}

function removeListener(agent: Agent, id: string): void {
  if (agent.configs.delete(id)) {
    agent.running.delete(id);
    for (const name of agent.certificates.keys()) if (name.startsWith(`${id}/`)) agent.certificates.delete(name);
    return;
  }
  agent.lvs.delete(id);
  agent.runningLvs.delete(id);
}

function md5(text: string | undefined): string | null {
  return text === undefined ? null : createHash('md5').update(text).digest('hex');
}

/** The machine was switched off and on: what is on its disk runs again, what was uploaded and never loaded as well. */
export function restartAgent(agent: Agent): void {
  agent.running.clear();
  for (const [id, { text }] of agent.configs) agent.running.set(id, text);
  agent.runningLvs.clear();
  for (const [id, text] of agent.lvs) agent.runningLvs.set(id, text);
  if (agent.runningVrrp !== null) agent.runningVrrp = agent.vrrp;
}
