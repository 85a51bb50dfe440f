import { afterEach, beforeEach, expect, test } from 'vitest';
import { FIGURES } from '../../model/figures.ts';
import type { Store } from '../../store/database.ts';
import { databaseNowPlus } from '../../store/database-clock.ts';
import { openStore } from '../../store/open-store.ts';
import { addSamples, type Counts } from '../../store/samples.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import { plantLoadBalancer, type Planted } from '../../store/testing/plant-load-balancer.ts';
import { watchLoadBalancers, watchRates, watchStatuses } from './change-watch.ts';

const NOW = 1_800_000_000_000;
let store: Store;
let planted: Planted;
beforeEach(async () => {
  store = await openStore('sqlite://');
  await upgradeHead(store);
  planted = await store.transaction((trx) => plantLoadBalancer(trx, { id: 'lb' }));
});
afterEach(() => store.close());

test('what was written just before the first look is told: the page may have read it before that', async () => {
  const write = () => store.transaction((trx) => trx.updateTable('load_balancer').set({ provisioning_status: 'ACTIVE', updated_at: databaseNowPlus(trx, 0) }).where('id', '=', 'lb').execute());
  await write();
  const watch = watchLoadBalancers(store, null);
  expect([await watch.changedLoadBalancers(), await watch.changedLoadBalancers()]).toEqual([['lb'], []]);
});

test('amphorae are told of to those who may see them, with status and role', async () => {
  const [amphora = ''] = planted.amphorae;
  const [all, tenants] = [watchStatuses(store, 'lb', true), watchStatuses(store, 'lb', false)];
  expect([await all(), await tenants()]).toEqual([[], []]);
  await store.transaction((trx) => trx.updateTable('amphora').set({ status: 'ERROR', role: 'BACKUP' }).where('id', '=', amphora).execute());
  expect(await all()).toEqual([{ id: amphora, type: 'amphora', provisioning_status: 'ERROR', operating_status: 'BACKUP' }]);
  expect(await tenants()).toEqual([]);
});

test('rates are told at first and when they have changed, and looked for at every third look only', async () => {
  const counts = Object.fromEntries([...FIGURES, 'peak_connections'].map((name) => [name, 20])) as Counts;
  const [objectId = ''] = planted.members;
  let reads = 0;
  const look = watchRates({ store: { ...store, get read() { reads += 1; return store.read; } }, clock: { now: () => NOW }, loadBalancerId: 'lb', delaySeconds: 10 });
  expect(await look()).toEqual({ loadbalancer_id: 'lb', delay_seconds: 10, objects: [] });
  await store.transaction((trx) => addSamples(trx, [{ step: 10, at: NOW / 1000 - 20, objectId, loadBalancerId: 'lb', counts }]));
  expect([await look(), await look()]).toEqual([null, null]);
  expect((await look())?.objects).toMatchObject([{ id: objectId, requests: 2, active_connections: 20 }]);
  expect([await look(), await look(), await look()]).toEqual([null, null, null]);
  expect(reads).toBe(3);
});
