import { beforeEach, expect, it } from 'vitest';
import { readQuotaLimits, releaseQuota, reserveMany, reserveQuota, resetQuotaLimits, writeQuotaLimits, type QuotaDefaults } from './quotas.ts';
import { describeStores } from './testing/describe-stores.ts';

const UNLIMITED: QuotaDefaults = { load_balancer: -1, listener: -1, pool: -1, health_monitor: -1, member: -1, l7policy: -1, l7rule: -1 };
const limited = (limits: Partial<QuotaDefaults>): QuotaDefaults => ({ ...UNLIMITED, ...limits });

describeStores((store) => {
  let project = '';
  let count = 0;
  beforeEach(() => { project = `project-${(count += 1)}`; });

  const row = () => store().read.selectFrom('quotas').selectAll().where('project_id', '=', project).executeTakeFirst();
  const reserve = (type: 'pool' | 'load_balancer', amount: number, defaults: QuotaDefaults) => store().transaction((trx) => reserveQuota(trx, project, type, amount, defaults));
  const insertPools = (names: readonly string[], status: 'ACTIVE' | 'DELETED' = 'ACTIVE') => store().transaction(async (trx) => {
    await trx.insertInto('pool').values(names.map((id) => ({
      id: `${project}-${id}`, project_id: project, protocol: 'HTTP' as const, lb_algorithm: 'ROUND_ROBIN' as const, operating_status: 'OFFLINE' as const, enabled: true,
      provisioning_status: status, tls_enabled: false,
    }))).execute();
  });

  it('quotas make the row with the first counted object and count from there', async () => {
    expect(await row()).toBeUndefined();
    expect(await reserve('pool', 2, UNLIMITED)).toBe(true);
    expect(await reserve('pool', 1, UNLIMITED)).toBe(true);
    expect(await row()).toMatchObject({ pool: null, in_use_pool: 3, in_use_listener: null });
  });

  it.each([
    { limit: 2, own: null, allowed: [true, true, false] },
    { limit: 0, own: null, allowed: [false] },
    { limit: 0, own: 1, allowed: [true, false] },
    { limit: 0, own: -1, allowed: [true, true] },
    { limit: -1, own: 0, allowed: [false] },
  ])('default $limit and own limit $own allow $allowed', async ({ limit, own, allowed }) => {
    await store().transaction((trx) => writeQuotaLimits(trx, project, { pool: own }));
    for (const expected of allowed) expect(await reserve('pool', 1, limited({ pool: limit }))).toBe(expected);
    expect((await row())?.in_use_pool ?? 0).toBe(allowed.filter(Boolean).length);
  });

  it('quotas find objects from before there were quotas by counting, without the deleted ones', async () => {
    await insertPools(['a', 'b']);
    await insertPools(['gone'], 'DELETED');
    expect(await reserve('pool', 1, limited({ pool: 2 }))).toBe(false);
    expect(await reserve('pool', 1, limited({ pool: 3 }))).toBe(true);
    expect(await row()).toMatchObject({ in_use_pool: 3 });
  });

  it('quotas reserve many kinds all or nothing and name those in the way', async () => {
    const defaults = limited({ pool: 1, member: 2 });
    const reserveAll = (counts: Parameters<typeof reserveMany>[2]) => store().transaction((trx) => reserveMany(trx, project, counts, defaults));
    expect(await reserveAll({ member: 3, pool: 2, listener: 1 })).toEqual(['pool', 'member']);
    expect((await row())?.in_use_listener ?? 0).toBe(0);
    expect(await reserveAll({ member: 2, pool: 1, listener: 1, l7rule: 0 })).toEqual([]);
    expect(await row()).toMatchObject({ in_use_member: 2, in_use_pool: 1, in_use_listener: 1, in_use_l7rule: null });
  });

  it('quotas never let concurrent creates through the limit', async () => {
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => reserve('load_balancer', 1, limited({ load_balancer: 5 }))));
    expect(outcomes.filter(Boolean)).toHaveLength(5);
    expect(await row()).toMatchObject({ in_use_load_balancer: 5 });
  });

  it('quotas lose nothing when creates and deletes run against each other', async () => {
    await reserve('pool', 6, UNLIMITED);
    await Promise.all([
      ...Array.from({ length: 6 }, () => store().transaction((trx) => releaseQuota(trx, project, 'pool'))),
      ...Array.from({ length: 4 }, () => reserve('pool', 2, UNLIMITED)),
    ]);
    expect(await row()).toMatchObject({ in_use_pool: 8 });
  });

  it('quotas take a reservation back with its transaction', async () => {
    const failing = store().transaction(async (trx) => {
      await reserveQuota(trx, project, 'pool', 1, UNLIMITED);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect((await row())?.in_use_pool ?? null).toBeNull();
  });

  it('quota release never goes below zero and needs no row', async () => {
    await store().transaction((trx) => releaseQuota(trx, project, 'pool'));
    expect(await row()).toBeUndefined();
    await reserve('pool', 1, UNLIMITED);
    await store().transaction((trx) => releaseQuota(trx, project, 'pool', 5));
    await store().transaction((trx) => releaseQuota(trx, project, 'pool'));
    expect(await row()).toMatchObject({ in_use_pool: 0 });
  });

  it('quota limits are read, changed and reset without touching usage', async () => {
    expect(await readQuotaLimits(store().read, project)).toBeNull();
    expect(await store().transaction((trx) => resetQuotaLimits(trx, project))).toBe(false);
    await reserve('pool', 1, UNLIMITED);
    await store().transaction((trx) => writeQuotaLimits(trx, project, { pool: 4, l7rule: 0 }));
    expect(await readQuotaLimits(store().read, project)).toMatchObject({ pool: 4, l7rule: 0, listener: null });
    expect(await store().transaction((trx) => resetQuotaLimits(trx, project))).toBe(true);
    expect(await row()).toMatchObject({ pool: null, l7rule: null, in_use_pool: 1 });
  });
});
