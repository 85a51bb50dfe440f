import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/lib/testing/free-port.ts';
import { createStopList } from '../../src/processes/stop-list.ts';
import type { Store } from '../../src/store/database.ts';
import { openStore } from '../../src/store/open-store.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { startMariaDb, startRabbitMq } from '../../tests/services/backing-services.ts';
import { type Daemon } from '../../tests/services/daemon.ts';
import { writeOctaviaConf, type OctaviaSettings } from '../../tests/services/octavia-conf.ts';
import { createOurSchema, startOurs, type OurProcess } from '../../tests/services/octavia-processes.ts';

/** Our processes with no-op drivers on MariaDB and RabbitMQ. */
export interface Stack {
  readonly directory: string;
  readonly url: string;
  readonly heartbeatPort: number;
  /** Straight to the database, whatever lies between it and the processes. */
  readonly store: Store;
  readonly daemons: ReadonlyMap<OurProcess, Daemon>;
}

export interface StackOptions {
  readonly processes: readonly OurProcess[];
  readonly more?: OctaviaSettings['more'];
  /** Another way to the same database, for the processes. */
  readonly detour?: (databaseUrl: string) => Promise<{ readonly url: string; close(): Promise<void> }>;
}

export async function withStack(options: StackOptions, work: (stack: Stack) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'octavia-bench-stack-'));
  const stops = createStopList(silentLogger);
  stops.add('directory', () => rmSync(directory, { recursive: true, force: true }));
  try {
    const mariaDb = await startMariaDb();
    stops.add('MariaDB', () => mariaDb.stop());
    const rabbit = await startRabbitMq();
    stops.add('RabbitMQ', () => rabbit.stop());
    const database = await mariaDb.newDatabase();
    const store = await openStore(database);
    stops.add('store', () => store.close());
    const detour = await options.detour?.(database);
    if (detour !== undefined) stops.add('detour', () => detour.close());
    const [apiPort, heartbeatPort] = [await freePort(), await freePort()];
    const file = writeOctaviaConf(directory, 'octavia', { database: detour?.url ?? database, transportUrl: rabbit.url, apiPort, heartbeatPort, ...(options.more && { more: options.more }) });
    await createOurSchema(file);
    const daemons = new Map<OurProcess, Daemon>();
    for (const name of options.processes) {
      const daemon = await startOurs(name, file, join(directory, `${name}.log`));
      daemons.set(name, daemon);
      stops.add(name, () => daemon.stop());
    }
    await work({ directory, url: `http://127.0.0.1:${apiPort}`, heartbeatPort, store, daemons });
  } finally {
    await stops.run();
  }
}
