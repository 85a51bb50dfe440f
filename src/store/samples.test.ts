import { expect, it } from 'vitest';
import type { OperatingStatus } from '../model/enums.ts';
import { FIGURES } from '../model/figures.ts';
import { listConditions, purgeConditions, recordConditions } from './conditions.ts';
import { addSamples, listPoints, listSamples, purgeSamples, type Counts } from './samples.ts';
import { describeStores } from './testing/describe-stores.ts';
import { plantLoadBalancer } from './testing/plant-load-balancer.ts';

describeStores((store) => {
  const counts = (value: number): Counts => Object.fromEntries([...FIGURES, 'peak_connections'].map((name) => [name, value])) as Counts;
  const sample = (objectId: string, at: number, value: number, step = 10, loadBalancerId = 'lb') => ({ step, at, objectId, loadBalancerId, counts: counts(value) });

  it('samples add up, peaks do not, and huge counters stay exact', async () => {
    await store().transaction((trx) => addSamples(trx, [sample('a', 1000, 5), sample('a', 1010, 1), sample('b', 1000, 2)]));
    await store().transaction((trx) => addSamples(trx, [sample('a', 1000, 2), { ...sample('a', 1010, 1), counts: { ...counts(0), bytes_in: 2 ** 45 } }]));
    const points = await listPoints(store().read, { loadBalancerId: 'lb', step: 10, from: 1000, objectId: 'a' });
    expect(points).toEqual([{ at: 1000, ...counts(7), peak_connections: 5 }, { at: 1010, ...counts(1), bytes_in: 2 ** 45 + 1 }]);
    expect(await listSamples(store().read, { loadBalancerId: 'lb', step: 10, from: 1010 })).toHaveLength(1);
    expect(await listSamples(store().read, { loadBalancerId: 'other', step: 10, from: 0 })).toEqual([]);
  });

  it('a load balancer is the sum of its listeners', async () => {
    const { listeners: [first = '', second = ''] } = await store().transaction((trx) => plantLoadBalancer(trx, { id: 'whole', listeners: 2 }));
    await store().transaction((trx) => addSamples(trx, [sample(first, 1000, 1, 10, 'whole'), sample(second, 1000, 2, 10, 'whole'), sample('some-member', 1000, 50, 10, 'whole')]));
    expect(await listPoints(store().read, { loadBalancerId: 'whole', step: 10, from: 0, objectId: null })).toEqual([{ at: 1000, ...counts(3) }]);
  });

  it('fine samples are forgotten after the hour and coarse ones after the day', async () => {
    const now = 2_000_000;
    await store().transaction((trx) => addSamples(trx, [sample('p', now - 9000, 1), sample('p', now - 3630, 1), sample('p', now - 3600, 1), sample('p', now - 88_000, 1, 600), sample('p', now - 86_000, 1, 600)]));
    await purgeSamples(store(), now * 1000);
    const left = (await store().read.selectFrom('ts_sample').select(['step', 'at']).where('object_id', '=', 'p').orderBy('step').execute()).map(({ step, at }) => [step, Number(at) - now]);
    expect(left).toEqual([[10, -3600], [600, -86_000]]);
  });

  it('conditions follow the last status, are gone when it is well, and with their object', async () => {
    const { members: [member = ''] } = await store().transaction((trx) => plantLoadBalancer(trx, { id: 'cond' }));
    const become = (status: OperatingStatus) => store().transaction((trx) => trx.updateTable('member').set({ operating_status: status }).where('id', '=', member).execute());
    const kept = async () => (await store().read.selectFrom('ts_condition').select('object_id').where('load_balancer_id', '=', 'cond').orderBy('object_id').execute()).map((row) => row.object_id);
    await become('ERROR');
    const condition = { objectId: member, loadBalancerId: 'cond', objectType: 'member', operatingStatus: 'ERROR' as const, since: '2026-01-02 03:04:05', reason: 'Layer4 timeout' };
    const gone = [{ ...condition, objectId: 'gone member' }, { ...condition, objectId: 'gone pool', objectType: 'pool' }];
    await store().transaction((trx) => recordConditions(trx, [condition, ...gone, { ...condition, objectId: 'cond', objectType: 'load_balancer', operatingStatus: 'ONLINE' }]));
    await store().transaction((trx) => recordConditions(trx, [{ ...condition, reason: null }]));
    expect(await kept()).toHaveLength(3);
    expect(await listConditions(store().read, 'cond')).toEqual([{ ...condition, reason: null }]);
    await store().transaction(purgeConditions);
    expect(await kept()).toEqual([member]);
    // As when the health monitor is deleted.
    await become('NO_MONITOR');
    expect(await listConditions(store().read, 'cond')).toEqual([]);
    await become('ERROR');
    expect(await listConditions(store().read, 'cond')).toHaveLength(1);
    await store().transaction((trx) => recordConditions(trx, [{ ...condition, operatingStatus: 'ONLINE' }]));
    expect(await listConditions(store().read, 'cond')).toEqual([]);
  });
});
