import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../src/lib/testing/free-port.ts';
import { openStore } from '../src/store/open-store.ts';
import { forOriginal, missingPackages } from '../tests/services/available.ts';
import { startMariaDb, startRabbitMq, type MariaDb } from '../tests/services/backing-services.ts';
import { type Daemon } from '../tests/services/daemon.ts';
import { createOriginalSchema, createOurSchema, startOriginalApi, startOurs } from '../tests/services/octavia-processes.ts';
import { writeOctaviaConf } from '../tests/services/octavia-conf.ts';
import { cpuSecondsOfTree, residentBytes } from './reference/cpu-time.ts';
import { loadBalancerId, populate, PROJECT, removeNamed, SUBNET } from './reference/populate.ts';
import { wrk, type LoadResult } from './reference/wrk.ts';
import { median, verdict } from './stage.ts';

const seconds = Number(process.env['BENCH_SECONDS'] ?? 6);
/** Whatever else the machine does only adds time: of several rounds the least is nearest to the truth. */
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
/** Clients that ask for big answers at once. */
const CLIENTS = 4;
const ONE = loadBalancerId('a', 1);
const TREE = loadBalancerId('b', 1);
const BIG_TREE = loadBalancerId('c', 1);
const created = JSON.stringify({ loadbalancer: { name: 'bench', vip_subnet_id: SUBNET, project_id: PROJECT } });
const headers = { 'X-Project-Id': PROJECT, 'X-Roles': 'admin' };

/** What both implementations are asked; only the last changes anything. */
const questions = [
  { name: 'GET one load balancer', path: `/loadbalancers/${ONE}` },
  { name: 'list of 100 load balancers', path: '/loadbalancers?limit=100' },
  { name: 'status tree of 10 listeners, 10 pools, 50 members', path: `/loadbalancers/${TREE}/status` },
  { name: 'POST load balancer', path: '/loadbalancers', body: created },
] as const;

interface Contender {
  readonly api: Daemon;
  readonly url: string;
  readonly database: string;
  /** uwsgi as Debian sets it up sends no lengths. */
  readonly endsByClose: boolean;
}

interface Cost extends LoadResult {
  /** Milliseconds of CPU time per request. */
  readonly apiMs: number;
  readonly databaseMs: number;
}

const directory = mkdtempSync(join(tmpdir(), 'octavia-bench-api-'));
try {
  if (missingPackages([...forOriginal, 'wrk']).length === 0) await compare();
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function compare(): Promise<void> {
  const database = await startMariaDb();
  const rabbit = await startRabbitMq();
  const running: Contender[] = [];
  try {
    const original = await startContender('original', database, rabbit.url);
    running.push(original);
    // It answers a few requests a second: twice the time, so that those under way at the end weigh little.
    const theirs = await measureAll(original, database, seconds * 2);
    await original.api.stop();
    const ours = await startContender('ours', database, rabbit.url);
    running.push(ours);
    // The first requests compile code; a service that has run for a second is what is compared.
    await measureAll(ours, database, 1);
    const mine = await measureRounds(ours, database);
    for (const [index, { name }] of questions.entries()) report(name, mine[index], theirs[index]);
    await measureScale(ours, database);
    await measureStart(ours);
  } finally {
    for (const { api } of running) await api.stop();
    await rabbit.stop();
    await database.stop();
  }
}

async function startContender(name: 'original' | 'ours', server: MariaDb, transportUrl: string): Promise<Contender> {
  const database = await server.newDatabase();
  const port = await freePort();
  const configFile = writeOctaviaConf(directory, name, { database, transportUrl, apiPort: port });
  await (name === 'ours' ? createOurSchema : createOriginalSchema)(configFile);
  const store = await openStore(database);
  await populate(store.read, { kind: 'a', first: 1, last: 98, listeners: 1, members: 2 });
  await populate(store.read, { kind: 'b', first: 1, last: 1, listeners: 10, members: 5 });
  // Two thousand objects: the load balancer, 99 listeners, 100 pools' worth of members.
  await populate(store.read, { kind: 'c', first: 1, last: 1, listeners: 100, members: 18 });
  await store.close();
  const logFile = join(directory, `${name}.log`);
  const api = name === 'ours' ? await startOurs('api', configFile, logFile) : await startOriginalApi(configFile, port, logFile);
  return { api, database, endsByClose: name === 'original', url: `http://127.0.0.1:${port}/v2.0/lbaas` };
}

async function measureAll(contender: Contender, database: MariaDb, duration: number): Promise<Cost[]> {
  const costs: Cost[] = [];
  for (const { path, ...more } of questions) costs.push(await measure(contender, database, { path, seconds: duration, connections: 2, ...more }));
  const store = await openStore(contender.database);
  await removeNamed(store.read, 'bench');
  await store.close();
  return costs;
}

async function measureRounds(contender: Contender, database: MariaDb): Promise<Cost[]> {
  const all: Cost[][] = [];
  for (let round = 0; round < rounds; round += 1) all.push(await measureAll(contender, database, Math.ceil(seconds / rounds)));
  return questions.flatMap((_question, index) => cheapest(all.flatMap((costs) => costs[index] ?? [])) ?? []);
}

function cheapest(costs: readonly Cost[]): Cost | undefined {
  return costs.toSorted((a, b) => a.apiMs - b.apiMs)[0];
}

async function measure(contender: Contender, database: MariaDb, load: { path: string; seconds: number; connections: number; body?: string }): Promise<Cost> {
  const { path, ...rest } = load;
  const before = { api: cpuSecondsOfTree(contender.api.pid), database: cpuSecondsOfTree(database.pid) };
  const result = await wrk({ url: contender.url + path, headers, endsByClose: contender.endsByClose, ...rest });
  const perRequest = (secondsUsed: number) => (secondsUsed * 1000) / result.requests;
  return { ...result, apiMs: perRequest(cpuSecondsOfTree(contender.api.pid) - before.api), databaseMs: perRequest(cpuSecondsOfTree(database.pid) - before.database) };
}

function report(name: string, ours: Cost | undefined, original: Cost | undefined): void {
  if (ours === undefined || original === undefined) return;
  const ratio = original.apiMs / ours.apiMs;
  const figures = (cost: Cost) => `${cost.apiMs.toFixed(2)} ms (+ ${cost.databaseMs.toFixed(2)} database), ${cost.perSecond.toFixed(0)}/s`;
  verdict(`${name}: CPU per request ${figures(ours)}; original ${figures(original)}; ${ratio.toFixed(1)} times less (goal >= 40)`, ratio >= 40);
}

/** Big answers, and a list in a table a hundred times larger. */
async function measureScale(ours: Contender, database: MariaDb): Promise<void> {
  const page = { path: '/loadbalancers?limit=100', seconds: Math.ceil(seconds / 2), connections: 1 };
  const small = await measure(ours, database, page);
  const store = await openStore(ours.database);
  await populate(store.read, { kind: 'a', first: 99, last: 9998, listeners: 1, members: 2 });
  await store.close();
  const large = await measure(ours, database, page);
  const total = (cost: Cost) => cost.apiMs + cost.databaseMs;
  const growth = total(large) / total(small);
  verdict(`list of 100: ${total(small).toFixed(2)} ms of CPU out of 100, ${total(large).toFixed(2)} ms out of 10,000, ratio ${growth.toFixed(2)} (goal <= 1.3)`, growth <= 1.3);
  const last = await measure(ours, database, { ...page, path: `/loadbalancers?limit=100&marker=${loadBalancerId('a', 9800)}` });
  const depth = total(last) / total(small);
  verdict(`its last page: ${total(last).toFixed(2)} ms, ratio ${depth.toFixed(2)} (goal <= 1.3)`, depth <= 1.3);
  for (const [name, path] of [['page of 1000 load balancers', '/loadbalancers?limit=1000'], ['status tree of 2,000 objects', `/loadbalancers/${BIG_TREE}/status`]] as const) {
    const costs: Cost[] = [];
    for (let round = 0; round < rounds; round += 1) costs.push(await measure(ours, database, { path, seconds: Math.max(2, Math.ceil(seconds / rounds)), connections: CLIENTS }));
    const p95Ms = Math.min(...costs.map((cost) => cost.p95Ms));
    const { apiMs = 0, databaseMs = 0 } = cheapest(costs) ?? {};
    verdict(`${name}, ${CLIENTS} clients at once: p95 ${p95Ms.toFixed(0)} ms (goal < 100), ${apiMs.toFixed(1)} ms of CPU (+ ${databaseMs.toFixed(1)} database)`, p95Ms < 100);
    const megabytes = residentBytes(ours.api.pid) / 2 ** 20;
    verdict(`one API process after that: ${megabytes.toFixed(0)} MB resident (goal < 150)`, megabytes < 150);
  }
}

async function measureStart(ours: Contender): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    await ours.api.stop();
    const again = await startOurs('api', join(directory, 'ours.conf'), join(directory, 'ours.log'));
    times.push(again.readyMs);
    await again.stop();
  }
  const took = Math.min(...times) / 1000;
  verdict(`ready ${took.toFixed(2)} s after its start, the least of ${times.length} (median ${(median(times) / 1000).toFixed(2)}; goal < 1)`, took < 1);
}
