import { fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { encode } from '../../src/amphora/protocol/heartbeat-codec.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createHealthManager, type HealthManager } from '../../src/health/health-manager.ts';
import { createHealthStore, createRecordingBus, createSender, HEARTBEAT_KEY, heartbeatOf, seedIn } from '../../src/health/testing/health-world.ts';
import type { Store } from '../../src/store/database.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';

const amphorae = Number(process.env['BENCH_AMPHORAE'] ?? 10_000);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 6);
const ratePerSecond = Number(process.env['BENCH_RATE'] ?? 5000);

/** Sent by the parent, in the child that plays the amphorae: the round to send and where to. */
interface Order {
  readonly seq: number;
  readonly port: number;
}

if (process.send === undefined) await measure();
else process.on('message', (order) => void playAmphorae(order as Order));

/** One round of heartbeats, prepared first and then sent at the given rate, ten milliseconds' worth at a time. */
async function playAmphorae({ seq, port }: Order): Promise<void> {
  const packets = Array.from({ length: amphorae }, (_, index) => encode(heartbeatOf(`lb${index}`, seq), HEARTBEAT_KEY));
  const socket = createSocket('udp4');
  const startedAt = performance.now();
  for (let sent = 0; sent < packets.length; await pause(10)) {
    const due = Math.min(packets.length, Math.ceil(((performance.now() - startedAt) / 1000) * ratePerSecond));
    for (; sent < due; sent += 1) socket.send(packets[sent] ?? Buffer.alloc(0), port, '127.0.0.1');
  }
  socket.close();
  process.send?.((performance.now() - startedAt) / 1000);
}

/** Heartbeats of many amphorae against one health manager on SQLite: all of them counted, with CPU time to spare. */
async function measure(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'octavia-heartbeats-'));
  const store = await createHealthStore(`sqlite:///${join(directory, 'octavia.db')}`);
  await store.transaction(async (trx) => {
    for (let index = 0; index < amphorae; index += 1) await seedIn(trx, `lb${index}`, { nowMs: Date.now() });
  });
  const metrics = createMetrics();
  const config = loadConfig({ files: [], overrides: { health_manager: { bind_ip: '127.0.0.1', bind_port: 0, heartbeat_key: HEARTBEAT_KEY } } });
  const bus = createRecordingBus();
  const { casts } = bus;
  const manager = createHealthManager({ store, config, bus, metrics });
  await manager.start();
  const sender = fork(import.meta.filename);
  try {
    // The first round reads every row and brings everything ONLINE; it is not what is measured.
    await sendRound(sender, manager, 0);
    await settled(metrics, amphorae);
    await manager.flush();
    const before = process.cpuUsage();
    const startedAt = performance.now();
    let sendingSeconds = 0;
    for (let seq = 1; seq <= rounds; seq += 1) {
      sendingSeconds += await sendRound(sender, manager, seq);
      await settled(metrics, amphorae * (seq + 1));
    }
    await manager.flush();
    const cpu = process.cpuUsage(before);
    const sent = amphorae * rounds;
    const cpuMicros = (cpu.user + cpu.system) / sent;
    const counted = await countedConnections(store);
    report(`${amphorae} amphorae, ${sent} heartbeats at ${(sent / sendingSeconds).toFixed(0)}/s, done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s: ${cpuMicros.toFixed(0)} us of CPU each`);
    report(`one core carries ${(1e6 / cpuMicros).toFixed(0)} heartbeats/s (goal 5000)`, cpuMicros <= 200);
    report(`counted ${counted} of ${amphorae * (rounds + 1)} reported connections (goal: all)`, counted === BigInt(amphorae * (rounds + 1)));
    await manager.check();
    const wrong = await store.read.selectFrom('amphora').select('id').where('status', '<>', 'ALLOCATED').execute();
    report(`wrongly judged: ${wrong.length + casts.length} of ${amphorae} amphorae (goal 0)`, wrong.length + casts.length === 0);
    const took = await statusLatency(store, manager);
    report(`a member that goes DOWN is in the database ${took.toFixed(0)} ms after its heartbeat (goal 100)`, took <= 100);
  } finally {
    sender.kill();
    await manager.stop();
    await store.close();
    rmSync(directory, { recursive: true });
  }
}

async function sendRound(sender: ReturnType<typeof fork>, manager: HealthManager, seq: number): Promise<number> {
  const done = new Promise<number>((resolve) => void sender.once('message', (seconds) => resolve(Number(seconds))));
  sender.send({ seq, port: manager.address?.port ?? 0 });
  return await done;
}

/** Waits until so many heartbeats have been accepted, or no more come. */
async function settled(metrics: Metrics, expected: number): Promise<void> {
  for (let seen = -1; ; await pause(250)) {
    const now = Number(/octavia_health_heartbeats_total\{outcome="accepted"\} (\d+)/.exec((await metrics.render()).body)?.[1] ?? 0);
    if (now >= expected || now === seen) return;
    seen = now;
  }
}

async function countedConnections(store: Store): Promise<bigint> {
  const rows = await store.read.selectFrom('listener_statistics').select('total_connections').execute();
  return rows.reduce((sum, row) => sum + row.total_connections, 0n);
}

async function statusLatency(store: Store, manager: HealthManager): Promise<number> {
  const sender = createSender(manager.address ?? { host: '127.0.0.1', port: 0 });
  const startedAt = performance.now();
  await sender.send(heartbeatOf('lb0', rounds + 1, { members: { 'lb0-m1': 'UP', 'lb0-m2': 'DOWN' } }));
  for (;;) {
    const row = await store.read.selectFrom('member').select('operating_status').where('id', '=', 'lb0-m2').executeTakeFirst();
    if (row?.operating_status === 'ERROR' || performance.now() - startedAt > 5000) break;
    await pause(1);
  }
  sender.close();
  return performance.now() - startedAt;
}

function report(text: string, isGood?: boolean): void {
  process.stdout.write(`${isGood === undefined ? '' : isGood ? 'ok   ' : 'FAIL '}${text}\n`);
  if (isGood === false) process.exitCode = 1;
}
