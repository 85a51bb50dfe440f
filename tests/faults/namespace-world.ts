import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CloudClient, RequestRefused, type Json } from '../../src/processes/embedded/cloud-client.ts';
import { startService, type RunningService } from '../../src/processes/embedded/start-service.ts';
import { get, startTraffic, type Traffic, type TrafficReport } from '../../src/processes/embedded/traffic.ts';
import { until } from '../harness/until.ts';

const MORTAL = fileURLToPath(new URL('mortal-service.ts', import.meta.url));

/** Nothing may be PENDING for longer once the service is back, on the slowest machine. */
const BOUND_MS = 60_000;
/** How long an operation goes on at most. */
const MOMENTS_MS = 12_000;

export interface Balanced { readonly id: string; readonly vip: string; readonly url: string; readonly listener: string; readonly pool: string }

/** The embedded service with real amphorae, which dies when it is told to and is started again on the same directory. */
export class NamespaceWorld {
  readonly dataDir: string;
  readonly #control: string;
  #service: RunningService | null = null;
  #cloud: CloudClient | null = null;
  #subnet = '';

  private constructor(dataDir: string, control: string) {
    this.dataDir = dataDir;
    this.#control = control;
  }

  /** One network with two members that answer to their names. `dataDir` is made by the caller when it is special. */
  static async start(config = '', dataDir = mkdtempSync(join(tmpdir(), 'octavia-faults-'))): Promise<NamespaceWorld> {
    const control = mkdtempSync(join(tmpdir(), 'octavia-faults-control-'));
    process.env['OCTAVIA_FAULTS'] = control;
    writeFileSync(join(control, 'test.conf'), config);
    writeFileSync(join(control, 'moments'), '');
    mkdirSync(dataDir, { recursive: true });
    const world = new NamespaceWorld(dataDir, control);
    await world.startAgain();
    const network = await world.cloud.create('/network/v2.0/networks', 'network', { name: 'web' });
    world.#subnet = (await world.cloud.create('/network/v2.0/subnets', 'subnet', { network_id: network.id, ip_version: 4, cidr: '10.0.40.0/24' })).id;
    for (const [name, address] of [['web1', '10.0.40.11'], ['web2', '10.0.40.12']]) await world.cloud.create('/octavia-embedded/v1/servers', 'server', { name, network: 'web', address });
    return world;
  }

  get cloud(): CloudClient {
    if (this.#cloud === null) throw new Error('the service does not run');
    return this.#cloud;
  }

  get pid(): number { return this.#service?.process.pid ?? 0; }

  async startAgain(): Promise<void> {
    const former = this.#service?.process;
    await until('the former service has ended', async () => former === undefined || former.signalCode !== null || former.exitCode !== null);
    this.#service = await startService({ dataDir: this.dataDir, configFile: join(this.#control, 'test.conf'), program: MORTAL });
    this.#cloud = await CloudClient.signIn(this.dataDir);
  }

  /** The configuration of the next start. */
  reconfigure(config: string): void {
    writeFileSync(join(this.#control, 'test.conf'), config);
  }

  /** The worker dies at its n-th moment from now on. */
  dieIn(moments: number): void {
    writeFileSync(join(this.#control, 'die-in'), String(moments));
  }

  /**
   * Waits for the death that `dieIn` announced. An operation may have fewer moments than the one that was counted,
   * whose steps a busy machine made it repeat: then the service is killed after its last.
   */
  async untilDead(): Promise<void> {
    const process = this.#service?.process;
    const dead = () => process?.signalCode !== null || process.exitCode !== null;
    const announced = join(this.#control, 'die-in');
    const deadline = Date.now() + MOMENTS_MS;
    await until('its last moment has come', async () => dead() || Date.now() > deadline);
    if (dead() && existsSync(announced)) throw new Error('the service ended by itself');
    this.kill();
    await until('the service dies', async () => dead());
    rmSync(announced, { force: true });
  }

  /** As `kill -9` does. */
  kill(): void {
    this.#service?.process.kill('SIGKILL');
  }

  /** What the service printed; a crash of its own making is told there. */
  output(): string { return this.#service?.output() ?? ''; }

  /** What the worker was about to do and has done since the last call. */
  takeMoments(): readonly string[] {
    const moments = readFileSync(join(this.#control, 'moments'), 'utf8').split('\n').filter(Boolean);
    writeFileSync(join(this.#control, 'moments'), '');
    return moments;
  }

  /** A load balancer with a policy whose members both answer; ACTIVE unless told otherwise. */
  body(name: string): Json {
    const members = [11, 12].map((last) => ({ address: `10.0.40.${last}`, protocol_port: 80 }));
    return {
      name, vip_subnet_id: this.#subnet,
      listeners: [{
        name: `${name}-web`, protocol: 'HTTP', protocol_port: 80, default_pool: { name: `${name}-pool`, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members },
        l7policies: [{ action: 'REJECT', rules: [{ type: 'PATH', compare_type: 'STARTS_WITH', value: '/secret' }] }],
      }],
    };
  }

  /** Asks for something; that the service dies before it answers is no failure. */
  async ask(method: string, path: string, body?: unknown): Promise<void> {
    await this.cloud.request(method, `/v2/lbaas/${path}`, body).catch((error: unknown) => {
      if (error instanceof RequestRefused) throw error;
    });
  }

  /** By its name, as soon as it is ACTIVE in every part. */
  async settled(name: string, timeoutMs = BOUND_MS): Promise<Balanced> {
    let last = '';
    await until(`${name} is settled`, async () => {
      const tree = await this.cloud.show(`/v2/lbaas/loadbalancers/${await this.#idOf(name)}/status`, 'statuses');
      last = JSON.stringify(tree);
      return (await this.#show(name))['provisioning_status'] === 'ACTIVE' && !/"provisioning_status":"(?!ACTIVE)/.test(last);
    }, timeoutMs).catch((error: unknown) => { throw new Error(`${String(error)}: ${last}\n${this.complaints()}`); });
    const shown = await this.#show(name);
    const idsOf = (kind: string) => String(((shown[kind] as Json[])[0] ?? {})['id']);
    const vip = String(shown['vip_address']);
    return { id: String(shown['id']), vip, url: `http://${vip}/`, listener: idsOf('listeners'), pool: idsOf('pools') };
  }

  async untilGone(id: string): Promise<void> {
    await this.cloud.waitGone(id, BOUND_MS).catch((error: unknown) => { throw new Error(`${String(error)}\n${this.complaints()}`); });
  }

  /** Creates it and waits for its first answer. */
  async balancer(name: string, topology: 'SINGLE' | 'ACTIVE_STANDBY'): Promise<Balanced> {
    const flavor = await this.flavor(topology);
    await this.cloud.create('/v2/lbaas/loadbalancers', 'loadbalancer', { ...this.body(name), flavor_id: flavor });
    const made = await this.settled(name);
    await until(`${name} answers`, () => get(made.url, 500).then(() => true, () => false));
    return made;
  }

  async flavor(topology: string): Promise<string> {
    const known = (await this.cloud.list('/v2/lbaas/flavors', 'flavors')).find((flavor) => flavor['name'] === topology);
    if (known !== undefined) return String(known['id']);
    const profile = await this.cloud.create('/v2/lbaas/flavorprofiles', 'flavorprofile', { name: topology, provider_name: 'amphora', flavor_data: JSON.stringify({ loadbalancer_topology: topology }) });
    return (await this.cloud.create('/v2/lbaas/flavors', 'flavor', { name: topology, flavor_profile_id: profile.id, enabled: true })).id;
  }

  async amphorae(id: string): Promise<readonly Json[]> {
    return this.cloud.list(`/v2/octavia/amphorae?loadbalancer_id=${id}`, 'amphorae');
  }

  async reasons(id: string): Promise<string> {
    return (await this.cloud.list(`/v2.0/octavia/events?loadbalancer_id=${id}`, 'events')).map((event) => String(event['reason'])).join('\n');
  }

  /** Warnings and errors that the service wrote last. */
  complaints(): string {
    return readFileSync(join(this.dataDir, 'octavia.log'), 'utf8').split('\n').filter((line) => /warn|error/i.test(line)).slice(-12).join('\n');
  }

  /** Its directory stays. */
  async halt(): Promise<void> {
    const service = this.#service;
    if (service !== null && service.process.exitCode === null && service.process.signalCode === null) await service.stop('SIGINT');
    rmSync(this.#control, { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    await this.halt();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async #show(name: string): Promise<Json> {
    const found = await this.cloud.list(`/v2/lbaas/loadbalancers?name=${name}`, 'loadbalancers');
    return found[0] ?? {};
  }

  async #idOf(name: string): Promise<string> {
    return String((await this.#show(name))['id']);
  }
}

/** Sends to every load balancer while `work` runs; tells what went wrong by its address. */
export async function underTraffic(balancers: readonly Balanced[], work: () => Promise<void>): Promise<Readonly<Record<string, TrafficReport>>> {
  const flows: (readonly [string, Traffic])[] = balancers.map(({ url }) => [url, startTraffic(url, { everyMs: 25, timeoutMs: 5_000 })]);
  try {
    await work();
  } finally {
    for (const [, traffic] of flows) await traffic.stop();
  }
  return Object.fromEntries(flows.map(([url, traffic]) => [url, traffic.report()]));
}
