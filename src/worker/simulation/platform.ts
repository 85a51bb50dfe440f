import type * as Sqlite from 'node:sqlite';
import { vi } from 'vitest';
import { endOfTime, virtual } from './scheduler.ts';

let opened: Sqlite.DatabaseSync | null = null;

/** SQLite whose own clock is the run's. */
export function simulatedSqlite(actual: typeof Sqlite): typeof Sqlite {
  class SimulatedDatabase extends actual.DatabaseSync {
    constructor(...args: ConstructorParameters<typeof Sqlite.DatabaseSync>) {
      super(...args);
      this.function('datetime', { varargs: true }, (_when, shift) => {
        const seconds = typeof shift === 'string' ? Number.parseInt(shift, 10) : 0;
        return new Date(virtual.now() + seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
      });
      remember(this);
    }
  }
  return { ...actual, DatabaseSync: SimulatedDatabase };
}

function remember(database: Sqlite.DatabaseSync): void {
  opened = database;
}

/** The database that was opened last, for looks into it between two events that take no time. */
export function openedDatabase(): Sqlite.DatabaseSync {
  if (opened === null) throw new Error('no database was opened');
  return opened;
}

/** Clocks and timers of the platform follow the simulation, where one of its processes asks. */
export function simulatePlatform(): void {
  vi.stubGlobal('setTimeout', virtual.setTimeout);
  vi.stubGlobal('clearTimeout', virtual.clearTimeout);
  vi.stubGlobal('setInterval', virtual.setInterval);
  vi.stubGlobal('clearInterval', virtual.clearTimeout);
  vi.stubGlobal('setImmediate', virtual.setImmediate);
  vi.spyOn(Date, 'now').mockImplementation(virtual.now);
  vi.spyOn(performance, 'now').mockImplementation(virtual.monotonic);
  vi.spyOn(Math, 'random').mockImplementation(virtual.random);
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(virtual.abortAfter);
}

export function restorePlatform(): void {
  endOfTime();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
}
