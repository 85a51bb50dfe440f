import { existsSync } from 'node:fs';
import { sql } from 'kysely';
import type { Config } from '../../config/config.ts';
import { ConfigError } from '../../config/config-error.ts';
import type { Clock } from '../../lib/clock.ts';
import { reasonOf } from '../../lib/errors.ts';
import type { Store } from '../../store/database.ts';

export interface HealthResult {
  readonly isAvailable: boolean;
  readonly reason: string;
  readonly details: string;
  /** Name of the check's result in detailed answers. */
  readonly kind: string;
}

/** One check; `port` is the one the request came in on. */
export type HealthCheck = (port: number) => Promise<HealthResult>;

export interface HealthCheckServices { readonly store: Store; readonly clock: Clock }

/** The checks that `[healthcheck] backends` names, in that order. Throws ConfigError for names nobody knows. */
export function createHealthChecks(config: Pick<Config, 'api_settings' | 'healthcheck'>, services: HealthCheckServices): readonly HealthCheck[] {
  const settings = config.healthcheck;
  const backends = settings.backends.map(String);
  if (backends.includes('disable_by_file') && backends.includes('enable_by_files')) {
    throw new ConfigError({ group: 'healthcheck', option: 'backends', reason: 'enable_by_files and disable_by_file exclude each other' });
  }
  return backends.map((name) => {
    switch (name) {
      case 'octavia_db_check': return databaseCheck(services, config.api_settings.healthcheck_refresh_interval * 1000);
      case 'disable_by_file': return async () => disabledBy(settings.disable_by_file_path);
      case 'disable_by_files_ports': return async (port) => disabledBy(pathOfPort(settings.disable_by_file_paths.map(String), port));
      case 'enable_by_files': return async () => enabledBy(settings.enable_by_file_paths.flatMap((paths) => String(paths).split(',')).map((path) => path.trim()));
      default: throw new ConfigError({ group: 'healthcheck', option: 'backends', value: name, reason: 'there is no such check' });
    }
  });
}

/** Asks the database at most once per `refreshMs`, however many ask at once. */
function databaseCheck({ store, clock }: HealthCheckServices, refreshMs: number): HealthCheck {
  const kind = 'OctaviaDBCheckResult';
  let last: { readonly atMs: number; readonly result: Promise<HealthResult> } | null = null;
  const ask = async (): Promise<HealthResult> => {
    try {
      await sql`select 1`.execute(store.read);
      return { isAvailable: true, reason: 'OK', details: '', kind };
    } catch (error) {
      return { isAvailable: false, reason: 'The Octavia database is unavailable.', details: reasonOf(error), kind };
    }
  };
  return () => {
    if (last === null || clock.now() - last.atMs >= refreshMs) last = { atMs: clock.now(), result: ask() };
    return last.result;
  };
}

function disabledBy(path: string | null): HealthResult {
  const isThere = path !== null && existsSync(path);
  const details = path === null ? 'No file is configured' : `Path '${path}' was ${isThere ? 'found' : 'not found'}`;
  return { isAvailable: !isThere, reason: isThere ? 'DISABLED BY FILE' : 'OK', details, kind: 'HealthcheckResult' };
}

/** `port:path` pairs. */
function pathOfPort(pairs: readonly string[], port: number): string | null {
  const found = pairs.find((pair) => pair.startsWith(`${port}:`));
  return found === undefined ? null : found.slice(found.indexOf(':') + 1);
}

function enabledBy(paths: readonly string[]): HealthResult {
  const missing = paths.find((path) => !existsSync(path));
  return missing === undefined
    ? { isAvailable: true, reason: 'OK', details: 'Specified file paths are available', kind: 'HealthcheckResult' }
    : { isAvailable: false, reason: 'FILE PATH MISSING', details: `File path ${missing} is missing`, kind: 'HealthcheckResult' };
}
