import { expect, it } from 'vitest';
import { databaseNowPlus } from '../store/database-clock.ts';
import { recordFailure, takeLease } from '../store/leases.ts';
import { addRequest } from '../store/requests.ts';
import { describeStores } from '../store/testing/describe-stores.ts';
import { plantLoadBalancer } from '../store/testing/plant-load-balancer.ts';
import { findWork } from './find-work.ts';

describeStores((store) => {
  const take = (loadBalancerId: string, owner: string) => store().transaction((trx) => takeLease(trx, { loadBalancerId, owner, ttlSeconds: 60 }));
  const find = async () => (await findWork(store())).map(({ id, urgency }) => `${id} ${urgency}`).toSorted();

  it('finds what waits for a worker, with its urgency, and nothing else', async () => {
    await store().transaction(async (trx) => {
      for (const id of ['idle', 'pending', 'foreign', 'leased', 'backing', 'retry', 'asked', 'dead', 'new']) {
        await plantLoadBalancer(trx, { id, listeners: 0, status: ['pending', 'foreign', 'leased', 'backing'].includes(id) ? 'PENDING_UPDATE' : 'ACTIVE' });
      }
      await trx.updateTable('load_balancer').set({ provider: 'ovn' }).where('id', '=', 'foreign').execute();
      await trx.updateTable('load_balancer').set({ provisioning_status: 'DELETED' }).where('id', '=', 'dead').execute();
      await trx.updateTable('load_balancer').set({ provisioning_status: 'PENDING_CREATE' }).where('id', '=', 'new').execute();
      await addRequest(trx, { id: 'r1', kind: 'failover_load_balancer', loadBalancerId: 'asked', amphoraId: null });
      await addRequest(trx, { id: 'r2', kind: 'failover_load_balancer', loadBalancerId: 'dead', amphoraId: null });
    });
    await take('leased', 'somebody');
    for (const [id, retryInSeconds] of [['backing', 600], ['retry', -1]] as const) {
      await take(id, 'w');
      await store().transaction((trx) => recordFailure(trx, id, 1, { reason: 'x', retryInSeconds }));
    }
    await store().transaction((trx) => addRequest(trx, { id: 'r3', kind: 'delete_object', loadBalancerId: 'retry', amphoraId: 'member' }));
    expect(await find()).toEqual(['asked repair', 'new creation', 'pending change', 'retry retry']);
    await store().transaction((trx) => trx.updateTable('ts_lease').set({ expires_at: databaseNowPlus(trx, -1) }).where('load_balancer_id', '=', 'leased').execute());
    expect(await find()).toContain('leased change');
  });

  it('finds what a process had begun of an ACTIVE one when it died, as nothing else tells of it', async () => {
    await store().transaction((trx) => plantLoadBalancer(trx, { id: 'begun', listeners: 0, status: 'ACTIVE' }));
    await take('begun', 'dead');
    expect(await find()).not.toContain('begun retry');
    await store().transaction((trx) => trx.updateTable('ts_lease').set({ expires_at: databaseNowPlus(trx, -1) }).execute());
    expect(await find()).toContain('begun retry');
  });
});
