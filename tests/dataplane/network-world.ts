import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/lib/run.ts';
import { namespaceOfAddress } from '../../src/processes/embedded/amphora-namespaces.ts';
import { CloudClient, RequestRefused, type Json } from '../../src/processes/embedded/cloud-client.ts';
import { startService, type RunningService } from '../../src/processes/embedded/start-service.ts';
import { until } from '../harness/until.ts';

const MEMBER = fileURLToPath(new URL('servers/member.ts', import.meta.url));
const UDP_CLIENT = fileURLToPath(new URL('servers/udp-client.ts', import.meta.url));

export interface Balancer { readonly id: string; readonly vip: string; readonly body: Json }
export interface Subnet { readonly id: string; readonly networkId: string; readonly name: string }
type Answers = readonly (string | null)[];

/** A busy machine answers late; where no answer is awaited, a test says how long it listens. */
const ANSWER_MS = 3_000;
export const SILENCE_MS = 300;

/** The embedded service with networks, members and clients in namespaces of their own, for one test file. */
export class NetworkWorld {
  readonly cloud: CloudClient;
  readonly dataDir: string;
  readonly #service: RunningService;
  readonly #networks = new Map<string, string>();

  private constructor(cloud: CloudClient, dataDir: string, service: RunningService) {
    this.cloud = cloud;
    this.dataDir = dataDir;
    this.#service = service;
  }

  /** Starts `up` with a configuration of the test's own. */
  static async start(config = ''): Promise<NetworkWorld> {
    const dataDir = mkdtempSync(join(tmpdir(), 'octavia-net-'));
    const configFile = join(dataDir, 'test.conf');
    writeFileSync(configFile, config);
    const service = await startService({ dataDir, configFile });
    return new NetworkWorld(await CloudClient.signIn(dataDir), dataDir, service);
  }

  async stop(): Promise<void> {
    await this.#service.stop('SIGINT');
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** A subnet of the named network, which is made when it is new. Addresses are handed out from .50 (IPv6: ::50) on. */
  async subnet(network: string, cidr: string, extra: Json = {}): Promise<Subnet> {
    const networkId = this.#networks.get(network) ?? (await this.cloud.create('/network/v2.0/networks', 'network', { name: network })).id;
    this.#networks.set(network, networkId);
    const isV6 = cidr.includes(':');
    const base = isV6 ? cidr.replace(/\/\d+$/, '') : cidr.replace(/0\/\d+$/, '');
    const name = `${network}-${isV6 ? 6 : 4}-${base}`;
    const made = await this.cloud.create('/network/v2.0/subnets', 'subnet', {
      name, network_id: networkId, ip_version: isV6 ? 6 : 4, cidr, allocation_pools: [{ start: `${base}50`, end: isV6 ? `${base}ffff` : `${base}200` }], ...extra,
    });
    return { id: made.id, networkId, name };
  }

  /** A member: see servers/member.ts for what it can listen to. */
  async serve(name: string, network: string, address: string, ...listens: string[]): Promise<void> {
    await this.cloud.request('POST', '/octavia-embedded/v1/servers', { server: { name, network, address, command: [process.execPath, MEMBER, name, ...listens] } });
    await until(`${name} listens`, async () => (await run('nsenter', [...inServer(name), 'ss', '-Hlntu'])).stdout.split('\n').filter(Boolean).length >= listens.length);
  }

  /** A namespace that only sends. */
  async client(name: string, network: string, address: string): Promise<void> {
    await this.cloud.request('POST', '/octavia-embedded/v1/servers', { server: { name, network, address, command: ['sleep', 'infinity'] } });
  }

  async remove(server: string): Promise<void> {
    await this.cloud.request('DELETE', `/octavia-embedded/v1/servers/${server}`);
  }

  /** Creates everything in one request and waits until it is ACTIVE. */
  async balancer(fields: Json): Promise<Balancer> {
    const created = await this.cloud.create('/v2/lbaas/loadbalancers', 'loadbalancer', fields);
    await this.#active(created.id);
    return { id: created.id, vip: String(created['vip_address']), body: created };
  }

  async change(lb: Pick<Balancer, 'id'>, method: string, path: string, body?: unknown): Promise<Json> {
    const answer = await this.cloud.request(method, `/v2/lbaas/${path}`, body);
    await this.#active(lb.id);
    return answer;
  }

  /** With the service's own words when that fails. */
  async #active(id: string): Promise<void> {
    await this.cloud.waitActive(id, 60_000).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${readFileSync(join(this.dataDir, 'octavia.log'), 'utf8').split('\n').filter((line) => /warn|error/i.test(line)).slice(-12).join('\n')}`);
    });
  }

  async delete(lb: Balancer): Promise<void> {
    await this.cloud.request('DELETE', `/v2/lbaas/loadbalancers/${lb.id}?cascade=true`);
    await this.cloud.waitGone(lb.id, 60_000);
  }

  /** Answers to datagrams from a client's namespace; the amphora's VIP or any other address. */
  async udp(client: string, address: string, port: number, count: number, options: { one?: boolean; waitMs?: number; pauseMs?: number } = {}): Promise<Answers> {
    const { stdout } = await this.inside(client, process.execPath, UDP_CLIENT, address, String(port), String(count), options.one ? 'one' : 'many', String(options.waitMs ?? ANSWER_MS), String(options.pauseMs ?? 0));
    return JSON.parse(stdout) as Answers;
  }

  inside(server: string, ...command: string[]): ReturnType<typeof run> {
    return run('nsenter', [...inServer(server), ...command], { env: { ...process.env, NODE_NO_WARNINGS: '1' }, timeoutMs: 60_000 });
  }

  /** Text that a command printed in the namespace that holds the VIP. */
  async inAmphora(lb: Pick<Balancer, 'vip'>, ...command: string[]): Promise<string> {
    const namespace = await namespaceOfAddress(lb.vip);
    if (namespace === null) throw new Error(`nobody has ${lb.vip}`);
    return (await run('nsenter', [`--net=/run/netns/${namespace}`, ...command])).stdout;
  }

  /** Operating statuses by name, of the whole tree. */
  async statuses(lb: Pick<Balancer, 'id'>): Promise<Readonly<Record<string, string>>> {
    const { loadbalancer } = await this.cloud.show(`/v2/lbaas/loadbalancers/${lb.id}/status`, 'statuses') as { loadbalancer: StatusNode };
    const found: Record<string, string> = {};
    const visit = (node: StatusNode): void => {
      found[node.name] = node.operating_status;
      for (const child of [...(node.listeners ?? []), ...(node.pools ?? []), ...(node.members ?? []), ...(node.health_monitor ? [node.health_monitor] : [])]) visit(child);
    };
    visit(loadbalancer);
    return found;
  }

  untilStatus(lb: Pick<Balancer, 'id'>, wanted: Readonly<Record<string, string>>, timeoutMs = 60_000): Promise<void> {
    let last: Readonly<Record<string, string>> = {};
    return until(`statuses ${JSON.stringify(wanted)}`, async () => {
      last = await this.statuses(lb);
      return Object.entries(wanted).every(([name, status]) => last[name] === status);
    }, timeoutMs).catch((error: unknown) => {
      throw new Error(`${String(error)}, but they are ${JSON.stringify(last)}`);
    });
  }

  /** Status and text of a refused request. */
  async refusal(method: string, path: string, body: unknown): Promise<{ status: number; text: string }> {
    const error = await this.cloud.request(method, `/v2/lbaas/${path}`, body).then(() => null, (thrown: unknown) => thrown);
    if (!(error instanceof RequestRefused)) throw new Error(`was not refused: ${String(error)}`);
    return { status: error.status, text: JSON.stringify(error.body) };
  }
}

interface StatusNode {
  readonly name: string;
  readonly operating_status: string;
  readonly listeners?: readonly StatusNode[];
  readonly pools?: readonly StatusNode[];
  readonly members?: readonly StatusNode[];
  readonly health_monitor?: StatusNode;
}

/** How often each answer came. */
export function tally(answers: Answers): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[String(answer)] = (counts[String(answer)] ?? 0) + 1;
  return counts;
}

function inServer(name: string): string[] {
  return [`--net=/run/netns/server-${name}`];
}
