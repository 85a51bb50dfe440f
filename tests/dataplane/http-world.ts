import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askHaproxy } from '../../src/amphora/agent/haproxy/haproxy-socket.ts';
import { run } from '../../src/lib/run.ts';
import { namespaceOfAddress } from '../../src/processes/embedded/amphora-namespaces.ts';
import { CloudClient, RequestRefused, type Json } from '../../src/processes/embedded/cloud-client.ts';
import { startService, type RunningService } from '../../src/processes/embedded/start-service.ts';
import { until } from '../harness/until.ts';
import { ask } from './http-client.ts';
import { createMemberPki, type Pki } from './tls-pki.ts';

const ECHO_SERVER = fileURLToPath(new URL('servers/echo-server.ts', import.meta.url));
/** So many it listens on. */
const ECHO_PORTS = 6;

export interface LoadBalancer { readonly id: string; readonly vip: string }

/** The embedded service with one network and echo servers, for one test file. */
export class HttpWorld {
  readonly cloud: CloudClient;
  readonly pki: Pki;
  readonly dataDir: string;
  #service: RunningService;
  readonly #configFile: string;
  readonly #subnetId: string;

  private constructor(parts: { cloud: CloudClient; pki: Pki; dataDir: string; service: RunningService; configFile: string; subnetId: string }) {
    this.cloud = parts.cloud;
    this.pki = parts.pki;
    this.dataDir = parts.dataDir;
    this.#service = parts.service;
    this.#configFile = parts.configFile;
    this.#subnetId = parts.subnetId;
  }

  /** Starts `up`; servers `web1`, `web2`, ... stand at 10.0.10.11, 10.0.10.12, ... */
  static async start(options: { readonly servers?: number; readonly config?: string } = {}): Promise<HttpWorld> {
    const dataDir = mkdtempSync(join(tmpdir(), 'octavia-http-'));
    const configFile = join(dataDir, 'test.conf');
    writeFileSync(configFile, options.config ?? '');
    const [service, pki] = await Promise.all([startService({ dataDir, configFile }), createMemberPki(join(dataDir, 'pki'))]);
    const cloud = await CloudClient.signIn(dataDir);
    const network = await cloud.create('/network/v2.0/networks', 'network', { name: 'web' });
    const subnet = await cloud.create('/network/v2.0/subnets', 'subnet', {
      name: 'websub', network_id: network.id, ip_version: 4, cidr: '10.0.10.0/24', allocation_pools: [{ start: '10.0.10.50', end: '10.0.10.200' }],
    });
    const world = new HttpWorld({ cloud, pki, dataDir, service, configFile, subnetId: subnet.id });
    for (let number = 1; number <= (options.servers ?? 2); number += 1) await world.#serve(number);
    return world;
  }

  /** Creates everything in one request and waits until it is ACTIVE. */
  async loadBalancer(fields: Json): Promise<LoadBalancer> {
    const created = await this.cloud.create('/v2/lbaas/loadbalancers', 'loadbalancer', { vip_subnet_id: this.#subnetId, ...fields });
    await this.cloud.waitActive(created.id, 60_000).catch((error: unknown) => {
      throw new Error(`the load balancer did not become ACTIVE; the service logged:\n${this.complaints()}`, { cause: error });
    });
    return { id: created.id, vip: String(created['vip_address']) };
  }

  /** Sends one change and waits until the load balancer is ACTIVE again. */
  async change(lb: LoadBalancer, method: string, path: string, body?: unknown): Promise<Json> {
    const answer = await this.cloud.request(method, path, body);
    await this.cloud.waitActive(lb.id, 60_000);
    return answer;
  }

  /** Status and text of a refused request; throws when it was not refused. */
  async refusal(work: Promise<unknown>): Promise<{ readonly status: number; readonly text: string }> {
    const error = await work.then(() => null, (thrown: unknown) => thrown);
    if (!(error instanceof RequestRefused)) throw new Error(`was not refused: ${String(error)}`);
    return { status: error.status, text: typeof error.body === 'string' ? error.body : JSON.stringify(error.body) };
  }

  /** Stores a secret in the key manager and returns its reference. */
  async secret(fields: Json): Promise<string> {
    return String((await this.cloud.request('POST', '/key-manager/v1/secrets', fields))['secret_ref']);
  }

  async pkcs12Secret(name: string, chain: readonly string[] = []): Promise<string> {
    return this.secret({ name, payload: await this.pki.pkcs12(name, chain), payload_content_type: 'application/octet-stream', payload_content_encoding: 'base64' });
  }

  textSecret(file: string): Promise<string> {
    return this.secret({ name: file, payload: this.pki.text(file), payload_content_type: 'text/plain' });
  }

  /** Stores the files as secrets and groups them as a certificate container; values are names of files of the PKI. */
  async certificateContainer(files: Readonly<Record<'certificate' | 'private_key', string>> & { readonly private_key_passphrase?: string; readonly intermediates?: string | Buffer }): Promise<string> {
    const parts: Json = { certificate: this.pki.text(files.certificate), private_key: this.pki.text(files.private_key), ...(files.private_key_passphrase && { private_key_passphrase: files.private_key_passphrase }), ...(files.intermediates && { intermediates: files.intermediates }) };
    const refs = await Promise.all(Object.entries(parts).map(async ([name, payload]) => ({
      name,
      secret_ref: await this.secret(Buffer.isBuffer(payload)
        ? { name, payload: payload.toString('base64'), payload_content_type: 'application/octet-stream', payload_content_encoding: 'base64' }
        : { name, payload, payload_content_type: 'text/plain' }),
    })));
    return String((await this.cloud.request('POST', '/key-manager/v1/containers', { type: 'certificate', name: files.certificate, secret_refs: refs }))['container_ref']);
  }

  /** Removes a secret or container of the key manager. */
  async forget(ref: string): Promise<void> {
    await this.cloud.request('DELETE', new URL(ref).pathname);
  }

  /** The first object of a collection with this name. */
  async named(collection: string, name: string): Promise<Json & { readonly id: string }> {
    const [found] = await this.cloud.list(`/v2/lbaas/${collection}?name=${encodeURIComponent(name)}`, collection);
    if (!found) throw new Error(`no ${name} among ${collection}`);
    return found as Json & { id: string };
  }

  /** Names of the TLS files on the load balancer's amphora. */
  async tlsFiles(lb: LoadBalancer): Promise<string[]> {
    return readdirSync(join(await this.#stateDirectory(lb), 'certs', lb.id)).sort();
  }

  /** The haproxy.cfg that the load balancer's amphora runs. */
  async haproxyConfig(lb: LoadBalancer): Promise<string> {
    return readFileSync(join(await this.#stateDirectory(lb), lb.id, 'haproxy.cfg'), 'utf8');
  }

  /** Ctrl-C and a new start of the service; amphorae and servers go on meanwhile. */
  async restart(): Promise<void> {
    await this.#service.stop('SIGINT');
    this.#service = await startService({ dataDir: this.dataDir, configFile: this.#configFile });
  }

  async stop(): Promise<void> {
    await this.#service.stop('SIGINT');
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** Asks the haproxy that serves the VIP at its administrative socket. */
  async askHaproxy(lb: LoadBalancer, command: string): Promise<string> {
    const namespace = await namespaceOfAddress(lb.vip);
    return askHaproxy(join(this.dataDir, 'amphorae', namespace?.replace('octavia-', '') ?? '', 'var/lib/octavia', lb.id, 'admin.sock'), command);
  }

  /** Asks the haproxy of each of its amphorae; an amphora that does not answer says nothing. */
  async askEveryHaproxy(lb: LoadBalancer, command: string): Promise<readonly string[]> {
    const amphorae = await this.cloud.list(`/v2/octavia/amphorae?loadbalancer_id=${lb.id}&status=ALLOCATED`, 'amphorae');
    return Promise.all(amphorae.map(({ id }) => askHaproxy(join(this.dataDir, 'amphorae', String(id), 'var/lib/octavia', lb.id, 'admin.sock'), command).catch(() => '')));
  }

  /** The last warnings and errors of the service's log. */
  complaints(): string {
    return readFileSync(join(this.dataDir, 'octavia.log'), 'utf8').split('\n').filter((line) => /warn|error/i.test(line)).slice(-10).join('\n');
  }

  async #stateDirectory(lb: LoadBalancer): Promise<string> {
    const [amphora] = await this.cloud.list(`/v2/octavia/amphorae?loadbalancer_id=${lb.id}`, 'amphorae');
    return join(this.dataDir, 'amphorae', String(amphora?.['id']), 'var/lib/octavia');
  }

  async #serve(number: number): Promise<void> {
    const [name, address] = [`web${number}`, `10.0.10.${10 + number}`];
    const command = [process.execPath, ECHO_SERVER, name, this.pki.directory];
    await this.cloud.request('POST', '/octavia-embedded/v1/servers', { server: { name, network: 'web', address, command } });
    // On a busy machine a load balancer is made before its last member listens.
    await until(`${name} listens`, async () => (await run('nsenter', [`--net=/run/netns/server-${name}`, 'ss', '-Hlnt'])).stdout.split('\n').filter(Boolean).length >= ECHO_PORTS);
  }
}

/** Waits until the VIP's listener hands requests to a member. */
export function untilServed(url: string): Promise<void> {
  return until(`${url} is served`, () => ask(url, { timeout: 1_000 }).then(({ status }) => status === 200, () => false));
}

/** Members `web1`, `web2`, ... on one port, as a pool's create takes them. */
export function members(count: number, port: number, extra: Json = {}): Json[] {
  return Array.from({ length: count }, (_, index) => ({ name: `web${index + 1}`, address: `10.0.10.${11 + index}`, protocol_port: port, ...extra }));
}
