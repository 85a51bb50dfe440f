import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/lib/testing/free-port.ts';
import { createStopList } from '../../src/processes/stop-list.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { startMariaDb, startRabbitMq, type MariaDb } from '../services/backing-services.ts';
import { type Daemon } from '../services/daemon.ts';
import { writeOctaviaConf, type OctaviaSettings } from '../services/octavia-conf.ts';
import { startOurs, type OurProcess } from '../services/octavia-processes.ts';

/** MariaDB and RabbitMQ with an empty database, and what a suite starts on them; all of it ends with `stop()`. */
export interface World {
  readonly directory: string;
  readonly mariaDb: MariaDb;
  /** transport_url */
  readonly transportUrl: string;
  /** An octavia.conf for this world's database and queue. */
  conf(name: string, settings: Partial<OctaviaSettings> & { readonly database: string }): string;
  /** Remembers what to end; the last one added ends first. */
  onStop(name: string, stop: () => Promise<void>): void;
  /** Starts one of ours; it ends with the world. */
  start(process: OurProcess, configFile: string): Promise<Daemon>;
  log(name: string): string;
  stop(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), 'octavia-interop-'));
  const stops = createStopList(silentLogger);
  stops.add('directory', () => rmSync(directory, { recursive: true, force: true }));
  try {
    const mariaDb = await startMariaDb();
    stops.add('MariaDB', () => mariaDb.stop());
    const rabbit = await startRabbitMq();
    stops.add('RabbitMQ', () => rabbit.stop());
    let count = 0;
    const log = (name: string) => join(directory, `${name}.log`);
    return {
      directory,
      mariaDb,
      log,
      transportUrl: rabbit.url,
      conf: (name, settings) => writeOctaviaConf(directory, name, { transportUrl: rabbit.url, ...settings }),
      onStop: (name, stop) => stops.add(name, stop),
      async start(name, configFile) {
        const daemon = await startOurs(name, configFile, log(`${name}-${(count += 1)}`));
        stops.add(name, () => daemon.stop());
        return daemon;
      },
      stop: () => stops.run(),
    };
  } catch (error) {
    await stops.run();
    throw error;
  }
}

/** A port and the settings of an API on it. */
export async function apiAddress(): Promise<{ readonly apiPort: number; readonly url: string }> {
  const apiPort = await freePort();
  return { apiPort, url: `http://127.0.0.1:${apiPort}` };
}
