import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toSqlDatetime } from '../lib/clock.ts';
import { recordHeartbeats } from '../store/amphora-health.ts';
import type { Store } from '../store/database.ts';
import { findSilent } from '../store/fleet.ts';
import { availableDialects, startTestServer, type TestServer } from '../store/testing/databases.ts';
import { readSnapshots } from './read-snapshots.ts';
import { claimForFailover, countUnderWay, releaseHeard, stopFailovers } from './stale-amphorae.ts';
import { createDatabaseStatistics } from './statistics-drivers.ts';
import type { ListenerFigures } from './statistics.ts';
import { writeStatuses } from './status-rows.ts';
import { createHealthStore, seed } from './testing/health-world.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const figures = (changes: Partial<ListenerFigures>): ListenerFigures =>
  ({ listenerId: 'l', amphoraId: 'a', isDelta: true, bytesIn: 1n, bytesOut: 2n, activeConnections: 3, totalConnections: 4n, requestErrors: 5n, ...changes });

describe.each(availableDialects)('health rows on %s', (dialect) => {
  let server: TestServer;
  let store: Store;
  beforeAll(async () => {
    server = await startTestServer(dialect);
  });
  beforeEach(async () => {
    store = await createHealthStore(await server.newDatabase());
  });
  afterEach(() => store.close());
  afterAll(() => server.stop());

  const statistics = async () => (await store.read.selectFrom('listener_statistics').selectAll().orderBy('amphora_id').execute())
    .map((row) => [row.amphora_id, row.bytes_in, row.bytes_out, row.active_connections, row.total_connections, row.request_errors]);

  it('deltas are added, absolute figures replace, the gauge always replaces', async () => {
    await createDatabaseStatistics(store).update([figures({}), figures({ amphoraId: 'b', isDelta: false })]);
    await createDatabaseStatistics(store).update([figures({ bytesIn: 10n, activeConnections: 0 }), figures({ amphoraId: 'b', isDelta: false, bytesIn: 7n, activeConnections: 1 })]);
    expect(await statistics()).toEqual([['a', 11n, 4n, 0, 8n, 10n], ['b', 7n, 2n, 1, 4n, 5n]]);
  });

  it('counters beyond 32 and 53 bits stay exact', async () => {
    const huge = 2n ** 53n - 1n;
    for (let round = 0; round < 3; round += 1) await createDatabaseStatistics(store).update([figures({ bytesIn: huge })]);
    expect((await statistics())[0]?.[1]).toBe(huge * 3n);
  });

  it('signs of life are written in bulk, rows are made, busy flags stay', async () => {
    const many = new Map(Array.from({ length: 1200 }, (_, index) => [`amphora-${index}`, NOW]));
    await store.transaction((trx) => recordHeartbeats(trx, many));
    await store.transaction((trx) => trx.updateTable('amphora_health').set({ busy: true }).where('amphora_id', '=', 'amphora-7').execute());
    await store.transaction((trx) => recordHeartbeats(trx, new Map([['amphora-7', NOW + 1000]])));
    const rows = await store.read.selectFrom('amphora_health').selectAll().execute();
    expect(rows).toHaveLength(1200);
    expect(rows.find((row) => row.amphora_id === 'amphora-7')).toMatchObject({ last_update: toSqlDatetime(NOW + 1000), busy: true });
  });

  it('statuses of many tables are written, and vanished rows are passed over', async () => {
    await seed(store, 'lb', { nowMs: NOW });
    const change = (kind: 'member' | 'load_balancer' | 'pool', id: string) => ({ kind, id, operatingStatus: 'ERROR' as const, storedStatus: 'OFFLINE' as const });
    await store.transaction((trx) => writeStatuses(trx, [change('load_balancer', 'lb'), change('pool', 'lb-p'), change('member', 'lb-m1'), change('member', 'gone')], toSqlDatetime(NOW)));
    expect((await store.read.selectFrom('member').select(['id', 'operating_status', 'updated_at']).orderBy('id').execute())[0]).toEqual({ id: 'lb-m1', operating_status: 'ERROR', updated_at: toSqlDatetime(NOW) });
    expect((await store.read.selectFrom('load_balancer').select('operating_status').executeTakeFirst())?.operating_status).toBe('ERROR');
  });

  it('a load balancer is read with everything below it', async () => {
    await seed(store, 'lb', { nowMs: NOW, amphoraIds: ['a1', 'a2'] });
    const common = { operating_status: 'OFFLINE' as const, provisioning_status: 'ACTIVE' as const, enabled: true };
    await store.transaction(async (trx) => {
      await trx.insertInto('l7policy').values({ ...common, id: 'policy', listener_id: 'lb-l', action: 'REJECT', position: 1 }).execute();
      await trx.insertInto('l7rule').values({ ...common, id: 'rule', l7policy_id: 'policy', type: 'PATH', compare_type: 'EQUAL_TO', value: '/', invert: false }).execute();
    });
    const { amphorae, loadBalancers } = await readSnapshots(store.read, ['a1', 'a2', 'unknown'], NOW);
    expect([...amphorae.keys()].toSorted((a, b) => a.localeCompare(b))).toEqual(['a1', 'a2']);
    const found = loadBalancers.get('lb');
    expect([...(found?.nodes.keys() ?? [])].toSorted((a, b) => a.localeCompare(b))).toEqual(['lb', 'lb-hm', 'lb-l', 'lb-m1', 'lb-m2', 'lb-p', 'policy', 'rule']);
    expect(found?.listeners[0]).toMatchObject({ protocol: 'HTTP', defaultPoolId: 'lb-p', enabled: true, l7policies: [{ id: 'policy', rules: [{ id: 'rule' }] }] });
  });

  it('a silent amphora is claimed once among several that try at the same time', async () => {
    await seed(store, 'lb', { nowMs: NOW, lastUpdateMs: NOW - 61_000 });
    const { silent: stale, inService } = await findSilent(store.read, NOW - 60_000);
    expect([stale, inService]).toEqual([[{ amphoraId: 'lb-a', loadBalancerId: 'lb' }], 1]);
    const outcomes = await Promise.all([1, 2, 3].map(() => claimForFailover(store, { amphoraId: 'lb-a', loadBalancerId: 'lb' }, NOW - 60_000, NOW)));
    expect(outcomes.filter((outcome) => outcome === 'claimed')).toHaveLength(1);
    expect(await countUnderWay(store, 60, NOW - 60_000)).toBe(1);
  });

  it('an amphora that spoke up meanwhile is not claimed, and its load balancer is left alone', async () => {
    await seed(store, 'lb', { nowMs: NOW, lastUpdateMs: NOW });
    expect(await claimForFailover(store, { amphoraId: 'lb-a', loadBalancerId: 'lb' }, NOW - 60_000, NOW)).toBe('taken-or-alive');
    expect((await store.read.selectFrom('load_balancer').select('provisioning_status').executeTakeFirst())?.provisioning_status).toBe('ACTIVE');
  });

  it('stopped failovers are released by a sign of life', async () => {
    await seed(store, 'lb', { nowMs: NOW, lastUpdateMs: NOW, amphoraIds: ['a1', 'a2'] });
    expect(await store.transaction((trx) => stopFailovers(trx, ['a1', 'a2'], toSqlDatetime(NOW)))).toBe(2);
    expect(await store.transaction((trx) => releaseHeard(trx, NOW + 1000, toSqlDatetime(NOW)))).toBe(0);
    expect(await store.transaction((trx) => releaseHeard(trx, NOW, toSqlDatetime(NOW)))).toBe(2);
  });
});
