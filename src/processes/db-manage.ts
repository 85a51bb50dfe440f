import { loadConfig } from '../config/load-config.ts';
import { dbManage, type DbManageOptions } from '../store/db-manage.ts';
import { withConfiguredStore } from '../store/configured-store.ts';
import { configSources } from './services/config-sources.ts';

/** `octavia db-manage`: the schema commands of the original on the database that the configuration names. */
export async function runDbManage(command: string, args: readonly string[], options: DbManageOptions & { configFile: readonly string[]; configDir: readonly string[] }): Promise<void> {
  const config = loadConfig(configSources('octavia-db-manage', options));
  await withConfiguredStore(config.database, async (store) => {
    for (const line of await dbManage(store, command, args, options)) process.stdout.write(`${line}\n`);
  });
}
