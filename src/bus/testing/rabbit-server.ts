import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'amqplib';
import { freePort } from '../../lib/testing/free-port.ts';

const RABBIT = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const EPMD = '/usr/bin/epmd';

/** RabbitMQ is not a dependency: tests that need it are skipped where it is not installed. */
export const hasRabbit = existsSync(RABBIT) && existsSync(EPMD);

export interface RabbitServer {
  readonly port: number;
  readonly url: string;
  /** Ends the broker without a goodbye. */
  kill(): Promise<void>;
  /** Starts it again with its data. */
  start(): Promise<void>;
  /** Ends everything and removes its files. */
  stop(): Promise<void>;
}

/** A broker of its own on loopback, with its own name daemon, in a temporary directory. */
export async function startRabbit(): Promise<RabbitServer> {
  const root = mkdtempSync(join(tmpdir(), 'octavia-rabbit-'));
  const [port, distributionPort, epmdPort] = [await freePort(), await freePort(), await freePort()];
  for (const name of ['mnesia', 'log', 'home']) mkdirSync(join(root, name));
  writeFileSync(join(root, 'rabbitmq.conf'), `listeners.tcp.1 = 127.0.0.1:${port}\ndisk_free_limit.absolute = 1MB\n`);
  writeFileSync(join(root, 'plugins'), '[].');
  const env = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: join(root, 'home'), RABBITMQ_NODENAME: `octavia-test-${process.pid}@localhost`, RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_CONFIG_FILE: join(root, 'rabbitmq.conf'), RABBITMQ_MNESIA_BASE: join(root, 'mnesia'), RABBITMQ_LOG_BASE: join(root, 'log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(root, 'plugins'), RABBITMQ_PID_FILE: join(root, 'pid'), RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} +S 1:1', ERL_EPMD_ADDRESS: '127.0.0.1', ERL_EPMD_PORT: String(epmdPort),
  };
  const epmd = spawn(EPMD, ['-port', String(epmdPort), '-address', '127.0.0.1'], { stdio: 'ignore' });
  let broker: ChildProcess | null = null;
  const server: RabbitServer = {
    port,
    url: `rabbit://guest:guest@127.0.0.1:${port}/`,
    async start() {
      broker = spawn(RABBIT, [], { env, stdio: 'ignore', detached: true });
      await untilAnswering(port);
    },
    async kill() {
      await endGroup(broker);
      broker = null;
    },
    async stop() {
      await endGroup(broker);
      epmd.kill('SIGKILL');
      rmSync(root, { recursive: true, force: true });
    },
  };
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

async function untilAnswering(port: number): Promise<void> {
  for (const end = Date.now() + 150_000; ; await pause(200)) {
    try {
      const connection = await connect(`amqp://guest:guest@127.0.0.1:${port}/`);
      await connection.close();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

/** The start script, the Erlang machine and its helpers are one process group. */
async function endGroup(leader: ChildProcess | null): Promise<void> {
  if (leader?.pid === undefined || leader.exitCode !== null) return;
  const ended = new Promise<void>((resolve) => void leader.once('exit', () => resolve()));
  process.kill(-leader.pid, 'SIGKILL');
  await ended;
}
