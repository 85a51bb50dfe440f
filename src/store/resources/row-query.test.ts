import { expect, it } from 'vitest';
import { loadBalancer } from '../../model/resources/load-balancer.ts';
import { describeStores } from '../testing/describe-stores.ts';
import { selectRows, type RowQuery, type SortKey } from './row-query.ts';

const IDS = ['d', 'b', 'a', 'c'].map((letter) => letter.repeat(36));

describeStores((store) => {
  it.each<[string, SortKey]>([
    ['created_at', { column: 'created_at', direction: 'asc' }], ['updated_at', { column: 'updated_at', direction: 'desc', nullAs: '1970-01-01 00:00:00' }],
  ])('pages by %s lead on from rows with fractions of seconds, as the original writes them', async (column, key) => {
    await store().transaction(async (trx) => {
      await trx.deleteFrom('load_balancer').execute();
      await trx.insertInto('load_balancer').values(IDS.map((id, index) => ({
        id, enabled: true, provisioning_status: 'ACTIVE' as const, operating_status: 'ONLINE' as const, created_at: '2026-01-01 00:00:00',
        [column]: index === 3 && column === 'updated_at' ? null : `2026-01-01 00:00:01.${index + 1}50000`,
      }))).execute();
    });
    const query: RowQuery = { filters: [], tags: {}, sort: [key, { column: 'id', direction: 'asc' }], marker: null, isReversed: false, limit: null };
    const idsOf = async (asked: RowQuery) => {
      const rows = await selectRows(store().read, loadBalancer, asked);
      return rows === 'unknown-marker' ? [] : rows.map((row) => String(row['id']));
    };
    const whole = await idsOf(query);
    const walked: string[] = [];
    for (let page = await idsOf({ ...query, limit: 1 }); page.length > 0 && walked.length < 10; page = await idsOf({ ...query, limit: 1, marker: page[0] ?? '' })) walked.push(...page);
    expect(walked).toEqual(whole);
  });
});
