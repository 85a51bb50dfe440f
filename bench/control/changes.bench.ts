import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../src/lib/testing/free-port.ts';
import type { Store } from '../../src/store/database.ts';
import { openStore } from '../../src/store/open-store.ts';
import { forOriginal, missingPackages } from '../../tests/services/available.ts';
import { startMariaDb, startRabbitMq } from '../../tests/services/backing-services.ts';
import { type Daemon } from '../../tests/services/daemon.ts';
import { writeOctaviaConf } from '../../tests/services/octavia-conf.ts';
import { createOriginalSchema, createOurSchema, startOriginalApi, startOriginalWorker, startOurs } from '../../tests/services/octavia-processes.ts';
import { cpuSecondsOfTree } from '../reference/cpu-time.ts';
import { PROJECT, SUBNET } from '../reference/populate.ts';
import { median, verdict } from '../stage.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 7);

interface Sample {
  readonly ms: number;
  /** CPU milliseconds of API and worker. */
  readonly cpuMs: number;
}

const directory = mkdtempSync(join(tmpdir(), 'octavia-bench-control-'));
try {
  if (missingPackages(forOriginal).length === 0) await compare();
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** A load balancer with listener, pool, two members and a health monitor, one call after the other, each until ACTIVE. */
async function compare(): Promise<void> {
  const mariaDb = await startMariaDb();
  const rabbit = await startRabbitMq();
  try {
    const original = await measure('original', await mariaDb.newDatabase(), rabbit.url);
    const ours = await measure('ours', await mariaDb.newDatabase(), rabbit.url);
    const figure = (samples: readonly Sample[], of: (sample: Sample) => number) => median(samples.map(of));
    const [mine, theirs] = [figure(ours, ({ ms }) => ms), figure(original, ({ ms }) => ms)];
    verdict(`six changes until ACTIVE: ${mine.toFixed(0)} ms, original ${theirs.toFixed(0)} ms, ${(theirs / mine).toFixed(1)} times faster (goal >= 20), n=${rounds}`, theirs / mine >= 20);
    const [myCpu, theirCpu] = [figure(ours, ({ cpuMs }) => cpuMs), figure(original, ({ cpuMs }) => cpuMs)];
    verdict(`their CPU time in API and worker: ${myCpu.toFixed(0)} ms, original ${theirCpu.toFixed(0)} ms, ${(theirCpu / myCpu).toFixed(1)} times less (goal >= 20)`, theirCpu / myCpu >= 20);
  } finally {
    await rabbit.stop();
    await mariaDb.stop();
  }
}

async function measure(name: 'original' | 'ours', database: string, transportUrl: string): Promise<Sample[]> {
  const port = await freePort();
  const file = writeOctaviaConf(directory, name, { database, transportUrl, apiPort: port });
  await (name === 'ours' ? createOurSchema : createOriginalSchema)(file);
  const log = (part: string) => join(directory, `${name}-${part}.log`);
  const running: Daemon[] = [];
  const store = await openStore(database);
  try {
    running.push(name === 'ours' ? await startOurs('worker', file, log('worker')) : await startOriginalWorker(file, log('worker')));
    running.push(name === 'ours' ? await startOurs('api', file, log('api')) : await startOriginalApi(file, port, log('api')));
    const call = caller(`http://127.0.0.1:${port}/v2.0/lbaas`);
    await build(call, store, 'warm-up');
    const samples: Sample[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const before = running.map(({ pid }) => cpuSecondsOfTree(pid));
      const startedAt = performance.now();
      await build(call, store, `round${round}`);
      const ms = performance.now() - startedAt;
      const cpuMs = running.reduce((sum, { pid }, index) => sum + (cpuSecondsOfTree(pid) - (before[index] ?? 0)) * 1000, 0);
      samples.push({ ms, cpuMs });
    }
    return samples;
  } finally {
    await store.close();
    for (const daemon of running.reverse()) await daemon.stop();
  }
}

type Call = (path: string, body: object) => Promise<{ id: string }>;

function caller(url: string): Call {
  return async (path, body) => {
    const response = await fetch(url + path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
    const text = await response.text();
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${text}`);
    const [object] = Object.values(JSON.parse(text) as Record<string, { id: string }>);
    if (object === undefined) throw new Error(`POST ${path}: ${text}`);
    return object;
  };
}

async function build(call: Call, store: Store, name: string): Promise<void> {
  const { id } = await call('/loadbalancers', { loadbalancer: { name, vip_subnet_id: SUBNET, project_id: PROJECT } });
  const active = async () => {
    for (;;) {
      // In the database, so that looking costs neither of them anything.
      const row = await store.read.selectFrom('load_balancer').select('provisioning_status').where('id', '=', id).executeTakeFirst();
      if (row?.provisioning_status === 'ACTIVE') return;
      if (row?.provisioning_status === 'ERROR') throw new Error(`${name} is in ERROR`);
      await pause(1);
    }
  };
  await active();
  const add = async (path: string, body: object) => {
    const made = await call(path, body);
    await active();
    return made.id;
  };
  const listener = await add('/listeners', { listener: { loadbalancer_id: id, protocol: 'HTTP', protocol_port: 80 } });
  const pool = await add('/pools', { pool: { listener_id: listener, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' } });
  for (const last of [10, 11]) await add(`/pools/${pool}/members`, { member: { address: `192.0.2.${last}`, protocol_port: 80 } });
  await add('/healthmonitors', { healthmonitor: { pool_id: pool, type: 'HTTP', delay: 5, timeout: 3, max_retries: 3 } });
}
