import { describe, expect, it } from 'vitest';
import { toSqlDatetime } from '../lib/clock.ts';
import { findStale, recordHeartbeats, resumeFailovers, setBusy, startMonitoring, stopFailovers, stopMonitoring, takeStale } from './amphora-health.ts';
import { findAmphora, insertAmphora, listAmphorae, listAmphoraeByStatus, purgeAmphora, updateAmphora } from './amphorae.ts';
import { addStatistics, amphoraStatistics, listenerStatistics, loadBalancerStatistics, replaceStatistics } from './listener-statistics.ts';
import { describeStores } from './testing/describe-stores.ts';
import { plantLoadBalancer } from './testing/plant-load-balancer.ts';

const LONG_AGO = '2020-01-01 00:00:00';
const now = () => toSqlDatetime(Date.now());

describeStores((store) => {
  const insert = (id: string, fields: object = {}) => store().transaction((trx) => insertAmphora(trx, { id, status: 'ALLOCATED', ...fields }));
  const staleIds = async () => (await findStale(store().read, 60)).map((stale) => stale.amphoraId);

  describe('amphorae', () => {
    it('keep what is not mentioned, clear what is null, and change by compare-and-set', async () => {
      await insert('a', { lbNetworkIp: '192.0.2.7', role: 'MASTER', vrrpPriority: 100 });
      expect(await store().transaction((trx) => updateAmphora(trx, 'a', { computeId: 'vm', role: null }))).toBe(true);
      expect(await findAmphora(store().read, 'a')).toMatchObject({ lbNetworkIp: '192.0.2.7', computeId: 'vm', role: null, vrrpPriority: 100, certBusy: false, status: 'ALLOCATED' });
      expect(await store().transaction((trx) => updateAmphora(trx, 'a', { status: 'DELETED' }, ['PENDING_DELETE']))).toBe(false);
      expect(await store().transaction((trx) => updateAmphora(trx, 'a', { status: 'PENDING_DELETE' }, ['ALLOCATED', 'ERROR']))).toBe(true);
      expect(await store().transaction((trx) => updateAmphora(trx, 'none', { status: 'ERROR' }))).toBe(false);
    });

    it('are listed by load balancer and by status, and purged with all they have', async () => {
      await store().transaction((trx) => plantLoadBalancer(trx, { id: 'lb', listeners: 0 }));
      await insert('orphan', { status: 'BOOTING' });
      await store().transaction((trx) => updateAmphora(trx, 'lb-a1', { status: 'DELETED' }));
      expect((await listAmphorae(store().read, 'lb')).map((amphora) => amphora.id)).toEqual(['lb-a2']);
      expect((await listAmphoraeByStatus(store().read, ['BOOTING'], { limit: 9, isOrphan: true })).map((amphora) => amphora.id)).toEqual(['orphan']);
      await store().transaction(async (trx) => {
        await startMonitoring(trx, 'orphan');
        await trx.insertInto('amphora_member_port').values({ port_id: 'port', amphora_id: 'orphan' }).execute();
        await purgeAmphora(trx, 'orphan');
      });
      expect(await findAmphora(store().read, 'orphan')).toBeNull();
    });
  });

  describe('health', () => {
    it('names silent amphorae that nobody handles, once', async () => {
      for (const id of ['silent', 'fresh', 'busy']) await insert(id);
      await store().transaction((trx) => recordHeartbeats(trx, new Map([['silent', LONG_AGO], ['busy', LONG_AGO], ['fresh', now()]])));
      await store().transaction((trx) => setBusy(trx, ['busy'], true));
      expect(await staleIds()).toEqual(['silent']);
      const taken = await Promise.all([1, 2, 3].map(() => store().transaction((trx) => takeStale(trx, 'silent', 60))));
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await staleIds()).toEqual([]);
      expect(await store().transaction((trx) => takeStale(trx, 'fresh', 60))).toBe(false);
      await store().transaction((trx) => stopMonitoring(trx, ['silent', 'busy']));
    });

    it('a heartbeat saves an amphora and leaves busy as it is', async () => {
      await insert('back');
      await store().transaction((trx) => recordHeartbeats(trx, new Map([['back', LONG_AGO]])));
      await store().transaction((trx) => setBusy(trx, ['back'], true));
      await store().transaction((trx) => recordHeartbeats(trx, new Map([['back', now()]])));
      expect({ ...(await store().read.selectFrom('amphora_health').selectAll().where('amphora_id', '=', 'back').executeTakeFirst()) }).toMatchObject({ busy: true, last_update: expect.stringMatching(/^20[3-9]\d|202[6-9]/) });
    });

    it('the brake stops silent amphorae and lets go of those that speak again', async () => {
      await insert('braked');
      await insert('leaving', { status: 'PENDING_DELETE' });
      await store().transaction((trx) => stopFailovers(trx, ['braked', 'leaving']));
      expect((await findAmphora(store().read, 'braked'))?.status).toBe('FAILOVER_STOPPED');
      expect((await findAmphora(store().read, 'leaving'))?.status).toBe('PENDING_DELETE');
      await store().transaction((trx) => recordHeartbeats(trx, new Map([['braked', LONG_AGO]])));
      expect(await store().transaction((trx) => resumeFailovers(trx, 60))).toBe(0);
      await store().transaction((trx) => recordHeartbeats(trx, new Map([['braked', now()]])));
      expect(await store().transaction((trx) => resumeFailovers(trx, 60))).toBe(1);
      expect((await findAmphora(store().read, 'braked'))?.status).toBe('ALLOCATED');
    });
  });

  describe('statistics', () => {
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
        await updateAmphora(trx, 'sum-a2', { status: 'DELETED' });
      });
      expect(await listenerStatistics(store().read, first)).toEqual({ bytesIn: 1110n, bytesOut: 6n, activeConnections: 3, totalConnections: 12n, requestErrors: 15n });
      expect(await loadBalancerStatistics(store().read, 'sum')).toEqual({ bytesIn: 1111n, bytesOut: 8n, activeConnections: 6, totalConnections: 16n, requestErrors: 20n });
      expect(await listenerStatistics(store().read, 'unknown')).toEqual({ bytesIn: 0n, bytesOut: 0n, activeConnections: 0, totalConnections: 0n, requestErrors: 0n });
    });
  });
});
