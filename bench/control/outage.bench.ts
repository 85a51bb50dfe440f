import { createSocket } from 'node:dgram';
import { rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { encode } from '../../src/amphora/protocol/heartbeat-codec.ts';
import { heartbeatOf, seedIn } from '../../src/health/testing/health-world.ts';
import { forOurs, missingPackages } from '../../tests/services/available.ts';
import { PROJECT, SUBNET } from '../reference/populate.ts';
import { verdict } from '../stage.ts';
import { withStack, type Stack } from './stack.ts';

/** Ten minutes against a heartbeat timeout of sixty seconds, at a sixth of both. */
const awaySeconds = Number(process.env['BENCH_OUTAGE_SECONDS'] ?? 100);
const TIMEOUT_SECONDS = 10;
const AMPHORAE = 200;
const SLOTS = 20;
const KEY = 'interop-heartbeat-key';

if (missingPackages(forOurs).length === 0) {
  const gate = createGate();
  await withStack({
    processes: ['worker', 'health-manager', 'housekeeping', 'api'], detour: gate.open,
    more: { health_manager: { bind_ip: '127.0.0.1', heartbeat_key: KEY, heartbeat_timeout: TIMEOUT_SECONDS, heartbeat_interval: 1, health_check_interval: 1 } },
  }, (stack) => measure(stack, gate));
}

async function measure({ url, store, heartbeatPort, daemons }: Stack, gate: Gate): Promise<void> {
  await store.transaction(async (trx) => {
    for (let index = 0; index < AMPHORAE; index += 1) await seedIn(trx, `lb${index}`, { nowMs: Date.now(), lastUpdateMs: Date.now() });
  });
  const stopBeating = beat(heartbeatPort);
  const accepted: string[] = [];
  const refusals = new Set<number>();
  const create = async (name: string): Promise<void> => {
    const response = await fetch(`${url}/v2.0/lbaas/loadbalancers`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ loadbalancer: { name, vip_subnet_id: SUBNET, project_id: PROJECT } }) });
    const text = await response.text();
    if (response.status === 201) accepted.push((JSON.parse(text) as { loadbalancer: { id: string } }).loadbalancer.id);
    else refusals.add(response.status);
  };
  await pause(3 * TIMEOUT_SECONDS * 1000);
  // Clients go on all the while: what they are promised before, during and after must come true.
  const end = performance.now() + (awaySeconds + 10) * 1000;
  const clients = Promise.all(Array.from({ length: 4 }, async (_, index) => {
    for (let number = 0; performance.now() < end; number += 1) {
      await create(`change-${index}-${number}`);
      await pause(250);
    }
  }));
  await pause(2000);
  gate.shut();
  await pause(awaySeconds * 1000);
  gate.reopen();
  await clients;
  const states = async () => (accepted.length === 0 ? [] : store.read.selectFrom('load_balancer').select('provisioning_status').where('id', 'in', accepted).execute());
  const reopenedAt = performance.now();
  while ((await states()).some((row) => row.provisioning_status.startsWith('PENDING_')) && performance.now() - reopenedAt < 60_000) await pause(100);
  const active = (await states()).filter((row) => row.provisioning_status === 'ACTIVE').length;
  await pause(3 * TIMEOUT_SECONDS * 1000);
  await stopBeating();
  const failovers = (await store.read.selectFrom('ts_request').select('id').where('kind', '=', 'failover_amphora').execute()).length
    + (await store.read.selectFrom('ts_event').select('id').where('action', '=', 'replace').execute()).length;
  const healthy = (await store.read.selectFrom('amphora').select('id').where('status', '=', 'ALLOCATED').where('id', 'like', 'lb%').execute()).length;
  verdict(`database away for ${awaySeconds} s, ${awaySeconds / TIMEOUT_SECONDS} heartbeat timeouts: ${failovers} failovers (goal 0), ${healthy} of ${AMPHORAE} amphorae in service`, failovers === 0 && healthy === AMPHORAE);
  if (failovers > 0) process.stdout.write(daemons.get('health-manager')?.printed().split('\n').filter((line) => /silent|judged|waited|late|stopped/i.test(line)).map((line) => `  ${line}\n`).join('') ?? '');
  verdict(`changes that were accepted and lost: ${accepted.length - active} of ${accepted.length} (goal 0); refused meanwhile with ${[...refusals].join(', ') || 'nothing'} (goal 503)`, active === accepted.length && [...refusals].every((status) => status === 503));
}

/** One heartbeat of every amphora per second, spread over it as in life: the socket's buffer is small. */
function beat(port: number): () => Promise<void> {
  const socket = createSocket('udp4');
  let tick = 0;
  const timer = setInterval(() => {
    for (let index = tick % SLOTS; index < AMPHORAE; index += SLOTS) socket.send(encode(heartbeatOf(`lb${index}`, Math.floor(tick / SLOTS) + 1), KEY), port, '127.0.0.1');
    tick += 1;
  }, 1000 / SLOTS);
  return async () => {
    clearInterval(timer);
    socket.close();
  };
}

interface Gate {
  readonly open: (databaseUrl: string) => Promise<{ readonly url: string; close(): Promise<void> }>;
  /** Ends every connection and refuses new ones. */
  shut(): void;
  reopen(): void;
}

/** Stands before MariaDB's socket. */
function createGate(): Gate {
  const sockets = new Set<Socket>();
  let isShut = false;
  return {
    async open(databaseUrl) {
      const target = new URL(databaseUrl).searchParams.get('unix_socket') ?? '';
      const path = `${target}.gate`;
      rmSync(path, { force: true });
      const server = createServer((client) => {
        if (isShut) return void client.destroy();
        const database = connect(target);
        for (const [one, other] of [[client, database], [database, client]] as const) {
          sockets.add(one);
          one.on('error', () => other.destroy()).on('close', () => {
            sockets.delete(one);
            other.destroy();
          }).pipe(other);
        }
      });
      await new Promise<void>((resolve) => void server.listen(path, resolve));
      return { url: databaseUrl.replace(target, path).replace(encodeURIComponent(target), encodeURIComponent(path)), close: () => new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }) };
    },
    shut() {
      isShut = true;
      for (const socket of sockets) socket.destroy();
    },
    reopen: () => void (isShut = false),
  };
}
