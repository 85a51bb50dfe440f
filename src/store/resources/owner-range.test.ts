import { expect, it } from 'vitest';
import { listener } from '../../model/resources/listener.ts';
import { loadBalancer } from '../../model/resources/load-balancer.ts';
import { member } from '../../model/resources/member.ts';
import { pool } from '../../model/resources/pool.ts';
import { describeStores } from '../testing/describe-stores.ts';
import { plantLoadBalancer } from '../testing/plant-load-balancer.ts';
import { rangeOfPage } from './owner-range.ts';
import { listenerRelations, loadBalancerRelations, memberRelations, poolRelations } from './relations.ts';
import { selectRows, type RowQuery } from './row-query.ts';

const BY_AGE: RowQuery = {
  filters: [], tags: {}, marker: null, isReversed: false, limit: null, sort: [{ column: 'created_at', direction: 'asc' }, { column: 'id', direction: 'asc' }],
};

describeStores((store) => {
  it('children of a page are the same whether asked by its ends or by its ids', async () => {
    const ids = Array.from({ length: 24 }, (_, index) => `lb${String(index).padStart(2, '0')}`);
    await store().transaction(async (trx) => {
      for (const [index, id] of ids.entries()) {
        await plantLoadBalancer(trx, { id, members: 1, policies: 1 });
        // Some are older than others, and some as old as others.
        for (const table of ['load_balancer', 'listener', 'pool', 'member'] as const) {
          await trx.updateTable(table).set({ created_at: `2026-01-01 00:00:0${Math.floor(index / 5)}`, project_id: index % 2 === 0 ? 'even' : 'odd' }).where('id', 'like', `${id}%`).execute();
        }
        await trx.insertInto('tags').values([{ resource_id: id, tag: 'a' }, { resource_id: `${id}-m1`, tag: 'b' }]).execute();
      }
    });
    const cases = [[loadBalancer, loadBalancerRelations], [listener, listenerRelations], [pool, poolRelations], [member, memberRelations]] as const;
    for (const [resource, relations] of cases) {
      for (const filters of [[], [{ column: 'project_id', value: 'odd' }]]) {
        const rows = await selectRows(store().read, resource, { ...BY_AGE, filters });
        if (rows === 'unknown-marker') throw new Error('there is no marker');
        const page = rows.slice(3, -1);
        const [projectId] = filters.map(({ value }) => value);
        const ends = { first: endOf(page[0]), last: endOf(page.at(-1)) };
        const byEnds = await relations.load(store().read, page, { table: resource.table, projectId: projectId ?? null, ...ends });
        expect([...byEnds]).toEqual([...(await relations.load(store().read, page))]);
        expect(byEnds.size).toBe(page.length);
      }
    }
  });
});

const endOf = (row: Readonly<Record<string, unknown>> | undefined) => ({ createdAt: String(row?.['created_at']), id: String(row?.['id']) });

const rows = Array.from({ length: 20 }, (_, index) => ({ id: `id${index}`, created_at: `2026-01-01 00:00:${String(index).padStart(2, '0')}` }));
const project = { column: 'project_id', value: 'p' };

it('a page of everybody or of one project in order of age is a range', () => {
  const ends = { first: { createdAt: '2026-01-01 00:00:00', id: 'id0' }, last: { createdAt: '2026-01-01 00:00:19', id: 'id19' } };
  expect(rangeOfPage(loadBalancer, BY_AGE, rows)).toEqual({ table: 'load_balancer', projectId: null, ...ends });
  expect(rangeOfPage(loadBalancer, { ...BY_AGE, filters: [project, project] }, rows)).toEqual({ table: 'load_balancer', projectId: 'p', ...ends });
});

it.each<[string, Partial<RowQuery>]>([
  ['a filter', { filters: [project, { column: 'name', value: 'web' }] }],
  ['two projects', { filters: [project, { column: 'project_id', value: 'q' }] }],
  ['nobody\'s project', { filters: [{ column: 'project_id', value: null }] }],
  ['tags', { tags: { any: ['a'] } }],
  ['another order', { sort: [{ column: 'name', direction: 'asc' }, ...BY_AGE.sort] }],
  ['the newest first', { sort: [{ column: 'created_at', direction: 'desc' }, { column: 'id', direction: 'asc' }] }],
])('a page with gaps is none: %s', (_name, change) => {
  expect(rangeOfPage(loadBalancer, { ...BY_AGE, ...change }, rows)).toBeNull();
});
