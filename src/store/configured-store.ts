import type { Config } from '../config/config.ts';
import { BadConnectionUrl, parseConnectionUrl } from './connection-url.ts';
import type { Store } from './database.ts';
import { openStore, type StoreOptions } from './open-store.ts';

/** Opens the database that [database] names, with one attempt: for commands, whose caller sees the reason. */
export function openConfiguredStore(database: Config['database'], more: StoreOptions = {}): Promise<Store> {
  return openStore(database.connection, {
    poolSize: database.max_pool_size,
    poolTimeoutMs: Math.max(1, database.pool_timeout) * 1000,
    recycleMs: database.connection_recycle_time < 0 ? null : Math.max(1, database.connection_recycle_time) * 1000,
    sqlMode: database.mysql_sql_mode,
    wsrepSyncWait: database.mysql_wsrep_sync_wait,
    parameters: database.connection_parameters,
    ...more,
  });
}

/** The same for services: they wait for a database that is not there yet, as max_retries and retry_interval say, until `signal`. */
export async function awaitConfiguredStore(database: Config['database'], { onFailedAttempt, signal, ...more }: StoreOptions & Required<Pick<StoreOptions, 'onFailedAttempt' | 'signal'>>): Promise<Store> {
  requireLasting(database);
  const { max_retries: retries, retry_interval: seconds } = database;
  return await openConfiguredStore(database, { connectAttempts: retries < 0 ? -1 : Math.max(1, retries), retryIntervalMs: Math.max(0, seconds) * 1000, onFailedAttempt, signal, ...more });
}

/** Opens it for a piece of work, and closes it whatever comes of that. */
export async function withConfiguredStore(database: Config['database'], work: (store: Store) => Promise<void>): Promise<void> {
  requireLasting(database);
  const store = await openConfiguredStore(database);
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

/** The default is a database in the memory of this process: what is written there is gone with it, and nobody else sees it. */
function requireLasting({ connection }: Config['database']): void {
  const url = parseConnectionUrl(connection);
  if (url.dialect === 'sqlite' && url.path === ':memory:') throw new BadConnectionUrl('no database is named, or this user may not read the octavia.conf that names it: name the file with --config-file, and a database in it');
}
