import { loadConfig } from '../config/load-config.ts';
import { withConfiguredStore } from '../store/configured-store.ts';
import type { Store } from '../store/database.ts';
import { dbManage, type DbManageOptions } from '../store/db-manage.ts';
import { openStore } from '../store/open-store.ts';
import { configSources } from './services/config-sources.ts';

/** Commands that look at the database; the others tell what this version knows, wherever they are run. */
const ON_DATABASE = new Set(['upgrade', 'current', 'check_migration', 'stamp']);

/** `octavia db-manage`: the schema commands of the original on the database that the configuration names. */
export async function runDbManage(command: string, args: readonly string[], options: DbManageOptions & { configFile: readonly string[]; configDir: readonly string[] }): Promise<void> {
  const carryOut = async (store: Store): Promise<void> => {
    for (const line of await dbManage(store, command, args, options)) process.stdout.write(`${line}\n`);
  };
  const { database } = loadConfig(configSources('octavia-db-manage', options));
  if (ON_DATABASE.has(command)) await withConfiguredStore(database, carryOut);
  else await carryOut(await openStore('sqlite://'));
}
