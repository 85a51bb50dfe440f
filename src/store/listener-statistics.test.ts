import { expect, it } from 'vitest';
import { addStatistics, amphoraStatistics, listenerStatistics, loadBalancerStatistics, replaceStatistics } from './listener-statistics.ts';
import { describeStores } from './testing/describe-stores.ts';
import { plantLoadBalancer } from './testing/plant-load-balancer.ts';

describeStores((store) => {
  const figures = (listenerId: string, amphoraId: string, bytesIn: bigint) => ({ listenerId, amphoraId, bytesIn, bytesOut: 2n, activeConnections: 3, totalConnections: 4n, requestErrors: 5n });

  it('add counters and replace the gauge, or replace all', async () => {
    await store().transaction((trx) => addStatistics(trx, [figures('l1', 'x', 1n), figures('l2', 'x', 1n)]));
    await store().transaction((trx) => addStatistics(trx, [figures('l1', 'x', 9_007_199_254_740_993n)]));
    expect(await amphoraStatistics(store().read, 'x')).toEqual([
      { listenerId: 'l1', amphoraId: 'x', bytesIn: 9_007_199_254_740_994n, bytesOut: 4n, activeConnections: 3, totalConnections: 8n, requestErrors: 10n },
      { listenerId: 'l2', amphoraId: 'x', bytesIn: 1n, bytesOut: 2n, activeConnections: 3, totalConnections: 4n, requestErrors: 5n },
    ]);
    await store().transaction((trx) => replaceStatistics(trx, [figures('l1', 'x', 7n)]));
    expect((await amphoraStatistics(store().read, 'x'))[0]).toMatchObject({ bytesIn: 7n, bytesOut: 2n });
  });

  it('sum every amphora but count open connections of ALLOCATED ones and of other providers only', async () => {
    const planted = await store().transaction((trx) => plantLoadBalancer(trx, { id: 'sum', listeners: 2 }));
    const [first = '', second = ''] = planted.listeners;
    await store().transaction(async (trx) => {
      await trx.deleteFrom('listener_statistics').where('listener_id', 'in', planted.listeners).execute();
      await addStatistics(trx, [figures(first, 'sum-a1', 10n), figures(first, 'sum-a2', 100n), figures(first, 'long-gone', 1000n), figures(second, second, 1n)]);
      await trx.updateTable('amphora').set({ status: 'DELETED' }).where('id', '=', 'sum-a2').execute();
    });
    expect(await listenerStatistics(store().read, first)).toEqual({ bytesIn: 1110n, bytesOut: 6n, activeConnections: 3, totalConnections: 12n, requestErrors: 15n });
    expect(await loadBalancerStatistics(store().read, 'sum')).toEqual({ bytesIn: 1111n, bytesOut: 8n, activeConnections: 6, totalConnections: 16n, requestErrors: 20n });
    expect(await listenerStatistics(store().read, 'unknown')).toEqual({ bytesIn: 0n, bytesOut: 0n, activeConnections: 0, totalConnections: 0n, requestErrors: 0n });
  });
});
