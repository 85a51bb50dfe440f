import { afterAll, beforeAll, describe } from 'vitest';
import type { DialectName, Store } from '../database.ts';
import { openStore } from '../open-store.ts';
import { upgradeHead } from '../schema/migrate.ts';
import { availableDialects, startTestServer, type TestServer } from './databases.ts';

/** Runs a suite once per database that this machine has, each on a fresh, migrated one. `store` is there inside tests only. */
export function describeStores(suite: (store: () => Store, dialect: DialectName) => void): void {
  describe.each(availableDialects)('on %s', (dialect) => {
    let server: TestServer;
    let store: Store | undefined;
    beforeAll(async () => {
      server = await startTestServer(dialect);
      store = await openStore(await server.newDatabase());
      await upgradeHead(store);
    }, 120_000);
    afterAll(async () => {
      await store?.close();
      await server.stop();
    });
    suite(() => {
      if (!store) throw new Error('the store is there inside tests only');
      return store;
    }, dialect);
  });
}
