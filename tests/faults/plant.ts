import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sql } from 'kysely';
import { freePort } from '../../src/lib/testing/free-port.ts';
import type { Store } from '../../src/store/database.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createStopList } from '../../src/processes/stop-list.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { startMariaDb, startRabbitMq } from '../services/backing-services.ts';
import { type Daemon } from '../services/daemon.ts';
import { writeOctaviaConf } from '../services/octavia-conf.ts';
import { createOurSchema, startOurs, type OurProcess } from '../services/octavia-processes.ts';

/** The separate processes on MariaDB and RabbitMQ, each of which can be ended, halted and started again. */
export interface Plant {
  readonly url: string;
  readonly processes: Map<PlantProcess, Daemon>;
  start(name: PlantProcess): Promise<void>;
  readonly broker: { kill(): Promise<void>; start(): Promise<void> };
  readonly database: { kill(): Promise<void>; start(): Promise<void>; setReadOnly(isReadOnly: boolean): Promise<void> };
  /** Straight to the database, as its administrator. */
  readonly store: Store;
  stop(): Promise<void>;
}

export const PLANT_PROCESSES = ['api', 'worker', 'worker2', 'health-manager', 'housekeeping'] as const;
export type PlantProcess = (typeof PLANT_PROCESSES)[number];

const LEASE_SECONDS = 3;

export async function openPlant(): Promise<Plant> {
  const directory = mkdtempSync(join(tmpdir(), 'octavia-faults-'));
  const stops = createStopList(silentLogger);
  stops.add('directory', () => rmSync(directory, { recursive: true, force: true }));
  const mariaDb = await startMariaDb();
  let isKilled = false;
  // Its own way to stop waits for an end that has long been.
  stops.add('MariaDB', () => (isKilled ? undefined : mariaDb.stop()));
  const broker = await startRabbitMq();
  stops.add('RabbitMQ', () => broker.stop());
  const administrator = await mariaDb.newDatabase();
  const store = await openStore(administrator);
  stops.add('store', () => store.close());
  const url = new URL(administrator);
  stops.add('files of MariaDB', () => void (isKilled && rmSync(dirname(url.searchParams.get('unix_socket') ?? ''), { recursive: true, force: true })));
  // Servers of tests forgo durability; here it is what a restart is about.
  await sql.raw('set global innodb_flush_log_at_trx_commit = 1').execute(store.read);
  // An ordinary account: read-only servers make no exception for it.
  for (const statement of [`create user octavia@localhost identified by ''`, `grant all on ${url.pathname.slice(1)}.* to octavia@localhost`, 'flush privileges']) await sql.raw(statement).execute(store.read);
  url.username = 'octavia';
  const [apiPort, heartbeatPort] = [await freePort(), await freePort()];
  const settings = { database: url.toString(), transportUrl: broker.url, heartbeatPort, apiPort };
  const conf = (name: string): string => writeOctaviaConf(directory, name, {
    ...settings, host: name,
    more: { api_settings: { auth_strategy: 'testing' }, controller_worker: { lease_ttl_seconds: LEASE_SECONDS, sweep_interval_seconds: 1 } },
  });
  await createOurSchema(writeOctaviaConf(directory, 'schema', { ...settings, database: administrator }));
  const processes = new Map<PlantProcess, Daemon>();
  const start = async (name: PlantProcess): Promise<void> => {
    const daemon = await startOurs(name.replace('2', '') as OurProcess, conf(name), join(directory, `${name}.log`));
    processes.set(name, daemon);
    stops.add(name, () => daemon.kill());
  };
  for (const name of PLANT_PROCESSES) await start(name);
  let pid = mariaDb.pid;
  // It refuses to run as root.
  const owner = statSync(`/proc/${pid}`);
  const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter((part) => part !== '');
  return {
    url: `http://127.0.0.1:${apiPort}`, processes, start, broker, store,
    database: {
      kill: async () => {
        isKilled = true;
        process.kill(pid, 'SIGKILL');
      },
      start: async () => {
        const [command = '', ...args] = commandLine;
        const child = spawn(command, args, { stdio: 'ignore', uid: owner.uid, gid: owner.gid });
        pid = child.pid ?? 0;
        stops.add('MariaDB again', () => void child.kill('SIGKILL'));
      },
      setReadOnly: async (isReadOnly) => void (await sql.raw(`set global read_only = ${isReadOnly ? 1 : 0}`).execute(store.read)),
    },
    stop: () => stops.run(),
  };
}
