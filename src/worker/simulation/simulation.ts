import { loadConfig } from '../../config/load-config.ts';
import { settingsFrom } from '../settings.ts';
import { restartAgent, simulatedClients } from './agents.ts';
import { Cloud, type Server, type Subject } from './cloud.ts';
import { unsettled, violationsAtRest } from './invariants.ts';
import { openedDatabase, restorePlatform, simulatePlatform } from './platform.ts';
import { SimulatedBus, startHealthManager, startWorker, type Shared, type WorkerProcess } from './processes.ts';
import { ACCIDENTS, type AccidentKind, type Schedule, type Step, type WishKind } from './schedule.ts';
import { actingNow, Scheduler } from './scheduler.ts';
import type { Stage } from './stage.ts';
import { FLAVORS, SECRETS, Users } from './users.ts';
import { Wire } from './wire.ts';

export interface Outcome {
  /** What must not be, in the order in which it was seen; none is what is asked for. */
  readonly violations: readonly string[];
  /** Everything that happened, for whoever has to understand it; equal for equal schedules. */
  readonly trace: readonly string[];
}

const LEASE_SECONDS = 15;
/** Once nothing goes wrong any more: so long at most until everything is done, in so many events. */
const REST_WITHIN_MS = 2 * 3_600_000;
const STEPS_TO_REST = 60_000;
/** At rest, it stays so. */
const REST_MS = 30_000;

/** One run: users ask, things go wrong, and then they do not; what must hold is looked at all the while. */
export async function simulate(schedule: Schedule, stage: Stage): Promise<Outcome> {
  simulatePlatform();
  try {
    const run = new Run(schedule, stage);
    return await run.toItsEnd();
  } finally {
    restorePlatform();
  }
}

class Run {
  readonly #schedule: Schedule;
  readonly #stage: Stage;
  readonly #shared: Shared;
  readonly #users: Users;
  readonly #violations: string[] = [];
  readonly #workers: WorkerProcess[] = [];
  #started = 0;
  #onBooted: () => void = () => undefined;

  constructor(schedule: Schedule, stage: Stage) {
    this.#schedule = schedule;
    this.#stage = stage;
    const scheduler = new Scheduler(schedule.seed);
    const wire = new Wire(scheduler, { ...schedule.weather });
    const cloud = new Cloud({ scheduler, wire, ways: schedule.ways, watch: {
      onAct: (subject, what) => this.#onAct(subject, what),
      onVipRemoval: (loadBalancerId, portId) => this.#onVipRemoval(loadBalancerId, portId),
      onBooted: () => this.#onBooted(),
      violate: (what) => this.#violate(what),
    } });
    const clients = simulatedClients({
      scheduler, wire, agentAt: (address) => cloud.agentAt(address), interfacesOf: (agent) => cloud.interfacesOf(agent), onAct: (amphoraId, what) => this.#onAct({ amphoraId }, `agent.${what}`),
    });
    const config = loadConfig({ env: {}, overrides: {
      controller_worker: { lease_ttl_seconds: LEASE_SECONDS, sweep_interval_seconds: 10, amp_active_wait_sec: 5, amp_active_retries: 12 },
      haproxy_amphora: { build_rate_limit: schedule.buildLimit === 0 ? -1 : schedule.buildLimit, build_retry_interval: 5 },
      nova: { enable_anti_affinity: schedule.antiAffinity }, house_keeping: { spare_amphora_pool_size: schedule.spares },
      api_settings: { merge_pending_updates: schedule.mergesChanges },
    } });
    const bus = new SimulatedBus(scheduler, wire);
    stage.lend(cloud, bus);
    this.#shared = { scheduler, wire, cloud, store: stage.store, bus, config, clients };
    this.#users = new Users(stage.api(schedule.mergesChanges), scheduler);
  }

  async toItsEnd(): Promise<Outcome> {
    const { scheduler, wire } = this.#shared;
    this.#stage.clear();
    makeFlavors();
    for (let index = 0; index < this.#schedule.workers; index += 1) this.#start();
    this.#onBooted = startHealthManager(this.#shared);
    for (const step of this.#schedule.steps) {
      await scheduler.run(scheduler.nowMs + step.afterMs, () => this.#violations.length > 0);
      if (this.#violations.length > 0) break;
      await this.#take(step);
    }
    await scheduler.run(scheduler.nowMs + this.#schedule.calmAfterMs, () => this.#violations.length > 0);
    for (const { actor } of this.#workers) actor.doom = null;
    Object.assign(wire.weather, { faults: 0, slow: 0, database: 0, bus: 0 });
    this.#shared.cloud.hiddenSecrets.clear();
    wire.note('nothing goes wrong any more');
    if (this.#violations.length === 0) await this.#rest();
    for (const { actor } of this.#workers) actor.isAlive = false;
    return { violations: this.#violations, trace: wire.log };
  }

  async #rest(): Promise<void> {
    const { scheduler, cloud, store, config } = this.#shared;
    const [untilMs, lastStep] = [scheduler.nowMs + REST_WITHIN_MS, scheduler.steps + STEPS_TO_REST];
    for (let left = ['not looked yet']; left.length > 0;) {
      await scheduler.run(scheduler.nowMs + 5000, () => this.#violations.length > 0);
      left = [...unsettled(), ...this.#missed()];
      if (this.#violations.length > 0) return;
      if (scheduler.nowMs < untilMs && scheduler.steps < lastStep) continue;
      if (left.length > 0) return this.#violate(`stuck: ${left.join('; ')}`);
    }
    await scheduler.run(scheduler.nowMs + REST_MS);
    for (const fault of await violationsAtRest({ store, cloud, settings: settingsFrom(config), spares: this.#schedule.spares })) this.#violate(fault);
  }

  /** Machines that do not answer are missed some time later, and spares made anew after that. */
  #missed(): string[] {
    const { cloud } = this.#shared;
    const inService = openedDatabase().prepare("select id, status from amphora where status in ('ALLOCATED', 'READY')").all();
    const silent = inService.map(({ id }) => String(id)).filter((id) => cloud.agentAt(cloud.serverOf(id)?.address ?? '') === null).map((id) => `amphora ${id} does not answer`);
    const spares = inService.filter(({ status }) => status === 'READY').length;
    return [...silent, ...(spares === this.#schedule.spares ? [] : [`there are ${spares} spares`])];
  }

  #start(): void {
    this.#started += 1;
    this.#workers.push(startWorker(this.#shared, `worker${this.#started}`));
  }

  async #take(step: Step): Promise<void> {
    const { wire } = this.#shared;
    if (isAccident(step.kind)) {
      wire.note(`${step.kind} ${step.pick}`);
      return this.#befall({ ...step, kind: step.kind });
    }
    const answer = await this.#users.ask({ ...step, kind: step.kind as WishKind });
    wire.note(`${step.kind} -> ${answer?.status ?? 'nothing there'} ${answer !== null && answer.status >= 400 ? answer.text.slice(0, 120) : ''}`);
    if (answer?.status === 500) this.#violate(`${step.kind} was answered ${answer?.text}`);
  }

  #befall({ kind, pick, variety }: Step & { readonly kind: AccidentKind }): void {
    const { cloud } = this.#shared;
    const living = this.#workers.filter(({ actor }) => actor.isAlive);
    const worker = living[pick % Math.max(living.length, 1)];
    const servers = [...cloud.servers.values()];
    const server = servers[pick % Math.max(servers.length, 1)];
    const secret = SECRETS[pick % SECRETS.length] ?? SECRETS[0];
    switch (kind) {
      case 'crash': return this.#crash(worker, variety);
      case 'freeze': return this.#freeze(worker, variety);
      case 'drain': return this.#drain(worker, variety);
      case 'silence': return this.#silence(server, variety);
      case 'restart': return this.#silence(server, variety, true);
      case 'breakServer': return void (server && (server.state = 'error'));
      case 'loseServer': return void (server && cloud.servers.delete(server.id));
      case 'hideSecret': return void cloud.hiddenSecrets.add(secret);
      case 'showSecret': return void cloud.hiddenSecrets.delete(secret);
      default: return kind satisfies never;
    }
  }

  /** Somewhere in the middle of what it does next. */
  #crash(worker: WorkerProcess | undefined, variety: number): void {
    if (worker === undefined) return;
    worker.actor.doom = { inSteps: variety, befall: () => {
      this.#shared.wire.note(`${worker.actor.name} dies`);
      worker.actor.isAlive = false;
      this.#shared.scheduler.after(variety * 100, () => this.#start(), null);
    } };
  }

  /** Stands still, as a machine that is migrated. */
  #freeze(worker: WorkerProcess | undefined, variety: number): void {
    if (worker === undefined) return;
    const { scheduler } = this.#shared;
    worker.actor.doom = { inSteps: variety >> 1, befall: () => void (worker.actor.frozenUntilMs = scheduler.nowMs + (variety % 8) * 6000) };
  }

  #drain(worker: WorkerProcess | undefined, variety: number): void {
    if (worker === undefined) return;
    const { scheduler } = this.#shared;
    scheduler.as(worker.actor, () => void worker.worker.stop(variety * 500).then(() => (worker.actor.isAlive = false)));
    scheduler.after(variety * 100, () => this.#start(), null);
  }

  /** For a while, or for good. */
  #silence(server: Server | undefined, variety: number, isRestart = false): void {
    if (server === undefined) return;
    const { scheduler, cloud } = this.#shared;
    server.agent.isReachable = false;
    if (!isRestart && variety < 12) return;
    scheduler.after(variety * 1000, () => {
      if (!cloud.servers.has(server.id)) return;
      if (isRestart) restartAgent(server.agent);
      server.agent.isReachable = true;
      this.#onBooted();
    }, null);
  }

  #violate(what: string): void {
    this.#shared.wire.note(`VIOLATION ${what}`);
    this.#violations.push(what);
  }

  /** Nobody may touch a load balancer while another worker's lease on it is valid. */
  #onAct({ loadBalancerId, amphoraId }: Subject, what: string): void {
    const worker = this.#workers.find(({ actor }) => actor === actingNow());
    if (worker === undefined) return;
    const database = openedDatabase();
    const owner = loadBalancerId ?? database.prepare('select coalesce(load_balancer_id, id) as id from amphora where id = ?').get(amphoraId ?? '')?.['id'];
    if (typeof owner !== 'string') return;
    const lease = database.prepare("select owner from ts_lease where load_balancer_id = ? and owner is not null and expires_at >= datetime('now')").get(owner);
    const holder = lease?.['owner'];
    if (typeof holder === 'string' && !holder.endsWith(worker.owner)) this.#violate(`${worker.actor.name} did ${what} on ${owner} while ${holder} had the lease`);
  }

  #onVipRemoval(loadBalancerId: string, portId: string): void {
    const row = openedDatabase().prepare('select provisioning_status as status from load_balancer where id = ?').get(loadBalancerId);
    if (row?.['status'] !== 'PENDING_DELETE') this.#violate(`the VIP port ${portId} was removed while ${loadBalancerId} was ${String(row?.['status'])}`);
    const server = [...this.#shared.cloud.servers.values()].find((one) => one.loadBalancerId === loadBalancerId && one.agent.vip !== null);
    if (server !== undefined && !this.#schedule.ways.cutsRemovedPorts) this.#violate(`the VIP port ${portId} was removed while server ${server.id} served with it`);
  }
}

function isAccident(kind: Step['kind']): kind is AccidentKind {
  return (ACCIDENTS as readonly string[]).includes(kind);
}

function makeFlavors(): void {
  const database = openedDatabase();
  const profile = database.prepare("insert or ignore into flavor_profile (id, name, provider_name, flavor_data) values (?, ?, 'amphora', ?)");
  const flavor = database.prepare('insert or ignore into flavor (id, name, enabled, flavor_profile_id) values (?, ?, 1, ?)');
  const data = {
    single: { loadbalancer_topology: 'SINGLE' }, pair: { loadbalancer_topology: 'ACTIVE_STANDBY' },
    directSingle: { loadbalancer_topology: 'SINGLE', sriov_vip: true }, directPair: { loadbalancer_topology: 'ACTIVE_STANDBY', sriov_vip: true },
  };
  for (const name of ['single', 'pair', 'directSingle', 'directPair'] as const) {
    profile.run(FLAVORS[name], name, JSON.stringify(data[name]));
    flavor.run(FLAVORS[name], name, FLAVORS[name]);
  }
}
