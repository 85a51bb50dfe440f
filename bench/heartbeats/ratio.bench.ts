import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { encode } from '../../src/amphora/protocol/heartbeat-codec.ts';
import { heartbeatOf, seedIn } from '../../src/health/testing/health-world.ts';
import { freePort } from '../../src/lib/testing/free-port.ts';
import type { Store } from '../../src/store/database.ts';
import { openStore } from '../../src/store/open-store.ts';
import { forOriginal, missingPackages } from '../../tests/services/available.ts';
import { startMariaDb, startRabbitMq, type MariaDb } from '../../tests/services/backing-services.ts';
import { startDaemon, type Daemon } from '../../tests/services/daemon.ts';
import { writeOctaviaConf } from '../../tests/services/octavia-conf.ts';
import { createOriginalSchema, createOurSchema, debianEnv, startOurs } from '../../tests/services/octavia-processes.ts';
import { cpuSecondsOfTree } from '../reference/cpu-time.ts';
import { verdict } from '../stage.ts';

const KEY = 'interop-heartbeat-key';
const AMPHORAE = 100;

interface Cost {
  readonly processMicros: number;
  readonly databaseMicros: number;
}

const directory = mkdtempSync(join(tmpdir(), 'octavia-bench-ratio-'));
try {
  if (missingPackages([...forOriginal, '/usr/bin/octavia-health-manager']).length === 0) await compare();
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** The same heartbeats against the health manager of the original and ours, each on the same MariaDB. */
async function compare(): Promise<void> {
  const mariaDb = await startMariaDb();
  const rabbit = await startRabbitMq();
  try {
    // The original is slow: what it manages in a few seconds is enough for a figure, ours needs more to be seen at all.
    const theirs = await measure('original', mariaDb, rabbit.url, { rounds: 6, perSecond: 60 });
    const ours = await measure('ours', mariaDb, rabbit.url, { rounds: 200, perSecond: 1500 });
    const show = ({ processMicros, databaseMicros }: Cost) => `${processMicros.toFixed(0)} us and ${databaseMicros.toFixed(0)} us in MariaDB`;
    verdict(`one heartbeat: ${show(ours)}; original ${show(theirs)}: ${(theirs.processMicros / ours.processMicros).toFixed(0)} times less CPU (goal >= 40)`, theirs.processMicros / ours.processMicros >= 40);
  } finally {
    await rabbit.stop();
    await mariaDb.stop();
  }
}

async function measure(name: 'original' | 'ours', mariaDb: MariaDb, transportUrl: string, load: { readonly rounds: number; readonly perSecond: number }): Promise<Cost> {
  const database = await mariaDb.newDatabase();
  const port = await freePort();
  const file = writeOctaviaConf(directory, name, { database, transportUrl, heartbeatPort: port });
  if (name === 'original') await createOriginalSchema(file);
  // The original of Debian is older than our columns, and works with them.
  await createOurSchema(file);
  const store = await openStore(database);
  await store.transaction(async (trx) => {
    for (let index = 0; index < AMPHORAE; index += 1) await seedIn(trx, `lb${index}`, { nowMs: Date.now(), lastUpdateMs: Date.now() });
  });
  const manager = name === 'ours' ? await startOurs('health-manager', file, join(directory, 'ours.log')) : await startOriginal(file, port);
  try {
    // The first round brings everything ONLINE; it is not what is measured.
    await sendRounds(port, 0, 1, load.perSecond);
    await counted(store, AMPHORAE);
    const before = [cpuSecondsOfTree(manager.pid), cpuSecondsOfTree(mariaDb.pid)] as const;
    await sendRounds(port, 1, load.rounds, load.perSecond);
    const sum = await counted(store, AMPHORAE * (1 + load.rounds));
    const processed = sum - AMPHORAE;
    const used = (pid: number, since: number) => ((cpuSecondsOfTree(pid) - since) * 1e6) / processed;
    return { processMicros: used(manager.pid, before[0]), databaseMicros: used(mariaDb.pid, before[1]) };
  } finally {
    await store.close();
    await manager.stop();
  }
}

async function startOriginal(configFile: string, port: number): Promise<Daemon> {
  const bound = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  return await startDaemon({
    name: 'the original octavia-health-manager', command: '/usr/bin/octavia-health-manager', args: ['--config-file', configFile], logFile: join(directory, 'original.log'), env: debianEnv,
    isReady: () => readFileSync('/proc/net/udp', 'utf8').includes(bound),
  });
}

async function sendRounds(port: number, first: number, rounds: number, perSecond: number): Promise<void> {
  const socket = createSocket('udp4');
  const startedAt = performance.now();
  const total = rounds * AMPHORAE;
  for (let sent = 0; sent < total; await pause(10)) {
    const due = Math.min(total, Math.ceil(((performance.now() - startedAt) / 1000) * perSecond));
    for (; sent < due; sent += 1) socket.send(encode(heartbeatOf(`lb${sent % AMPHORAE}`, first + Math.floor(sent / AMPHORAE)), KEY), port, '127.0.0.1');
  }
  socket.close();
}

/** Heartbeats report one connection each: what is in the database tells how many were worked on. Waits until all were or no more come. */
async function counted(store: Store, expected: number): Promise<number> {
  for (let seen = -1, still = 0; ; await pause(500)) {
    const rows = await store.read.selectFrom('listener_statistics').select('total_connections').execute();
    const now = Number(rows.reduce((sum, row) => sum + row.total_connections, 0n));
    still = now === seen ? still + 1 : 0;
    if (now >= expected || still >= 8) return now;
    seen = now;
  }
}
