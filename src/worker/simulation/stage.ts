import { startTestApi, type TestApi } from '../../api/testing/test-api.ts';
import type { NetworkDriver } from '../../drivers/network/network-driver.ts';
import type { Store } from '../../store/database.ts';
import { openStore } from '../../store/open-store.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import type { Cloud } from './cloud.ts';
import { openedDatabase } from './platform.ts';
import type { SimulatedBus } from './processes.ts';

/** What all runs share, as making it takes longer than a run: the database and the APIs before it. */
export interface Stage {
  readonly store: Store;
  api(mergesChanges: boolean): TestApi;
  /** Of the run under way, for the requests of users. */
  lend(cloud: Cloud, bus: SimulatedBus): void;
  /** As it was after the schema was made. */
  clear(): void;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const store = await openStore('sqlite://');
  await upgradeHead(store);
  let lent: { readonly cloud: Cloud; readonly bus: SimulatedBus } | null = null;
  const network = (): Cloud['apiNetwork'] => {
    if (lent === null) throw new Error('no run is under way');
    return lent.cloud.apiNetwork;
  };
  const driver: Partial<NetworkDriver> = { allocateVip: (request) => network().allocateVip(request), removePort: (portId) => network().removePort(portId) };
  const start = (merges: boolean): Promise<TestApi> =>
    startTestApi({ store, network: driver, cast: async (cast) => lent?.bus.send(cast), config: { api_settings: { merge_pending_updates: merges } } });
  const [patient, merging] = [await start(false), await start(true)];
  const database = openedDatabase();
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all().map(({ name }) => String(name));
  const empty = tables.filter((name) => database.prepare(`select count(*) as n from "${name}"`).get()?.['n'] === 0);
  return {
    store,
    api: (merges) => (merges ? merging : patient),
    lend: (cloud, bus) => void (lent = { cloud, bus }),
    clear: () => database.exec(`begin; pragma defer_foreign_keys = on; ${empty.map((table) => `delete from "${table}"`).join('; ')}; commit`),
    close: async () => {
      await patient.close();
      await merging.close();
      await store.close();
    },
  };
}
