import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { rememberDeletions } from '../store/failed-deletions.ts';
import { describeStores } from '../store/testing/describe-stores.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { failOverLostInstances } from './lost-instances.ts';
import { FakeCloud } from './testing/fake-cloud.ts';

describeStores((store, dialect) => {
  const isWaitingForLock = async (): Promise<boolean> => {
    const waiting = dialect === 'mysql' ? sql`select 1 from information_schema.innodb_trx where trx_state = 'LOCK WAIT'` : sql`select 1 from pg_stat_activity where wait_event_type = 'Lock'`;
    return (await waiting.execute(store().read)).rows.length > 0;
  };

  // SQLite has one writer at a time.
  it.skipIf(dialect === 'sqlite')('a deletion that fails while the amphora is found dead is not undone', async () => {
    const { compute, lost } = new FakeCloud();
    lost.add('amphora');
    await store().transaction(async (trx) => {
      await trx.insertInto('load_balancer').values({ id: 'lb', enabled: true, provisioning_status: 'PENDING_DELETE', operating_status: 'ONLINE' }).execute();
      await trx.insertInto('amphora').values({ id: 'amphora', load_balancer_id: 'lb', status: 'ALLOCATED', cert_busy: false }).execute();
    });
    const [locked, found] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const failing = store().transaction(async (trx) => {
      await trx.updateTable('load_balancer').set({ provisioning_status: 'ERROR' }).where('id', '=', 'lb').execute();
      await rememberDeletions(trx, 'lb', ['lb']);
      locked.resolve();
      await found.promise;
    });
    await locked.promise;
    const looking = failOverLostInstances({ compute, store: store(), clock: { now: () => Date.UTC(2026, 0, 1) }, log: silentLogger });
    // MariaDB looks anew only when nobody has looked for a tenth of a second.
    while (!(await isWaitingForLock())) await new Promise((resolve) => setTimeout(resolve, 200));
    found.resolve();
    await Promise.all([failing, looking]);
    expect(await store().read.selectFrom('load_balancer').select('provisioning_status').executeTakeFirst()).toEqual({ provisioning_status: 'ERROR' });
  });
});
