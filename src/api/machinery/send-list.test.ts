import { expect, it } from 'vitest';
import { describeStores } from '../../store/testing/describe-stores.ts';
import { ADMIN, PROJECT, startTestApi } from '../testing/test-api.ts';

const idOf = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

describeStores((store) => {
  it('long pages are complete and in order, wherever they are cut for reading', async () => {
    const api = await startTestApi({ store: store() });
    // Forty share each second, and names repeat.
    const ids = Array.from({ length: 950 }, (_, index) => idOf((index * 7) % 950));
    const rows = ids.map((id, index) => ({
      id, project_id: index % 3 === 0 ? 'other' : PROJECT, name: `n${index % 4}`, created_at: `2026-01-01 00:00:${String(Math.floor(index / 40)).padStart(2, '0')}`,
      provisioning_status: 'ACTIVE' as const, operating_status: 'ONLINE' as const, enabled: true, topology: 'SINGLE' as const, provider: 'amphora',
    }));
    await store().transaction(async (trx) => {
      for (let start = 0; start < rows.length; start += 90) await trx.insertInto('load_balancer').values(rows.slice(start, start + 90)).execute();
      await trx.insertInto('tags').values(rows.map(({ id }) => ({ resource_id: id, tag: id }))).execute();
    });
    const inOrder = (of: typeof rows, key: 'created_at' | 'name' = 'created_at') => of.toSorted((a, b) => compare(a[key], b[key]) || compare(a.created_at, b.created_at) || compare(a.id, b.id)).map(({ id }) => id);
    const list = async (query: string, headers = {}) => (await api.call('GET', `/v2/lbaas/loadbalancers${query}`, undefined, headers)).json;
    const idsOf = (body: { loadbalancers: { id: string; tags: string[] }[] }) => {
      for (const { id, tags } of body.loadbalancers) expect(tags).toEqual([id]);
      return body.loadbalancers.map(({ id }) => id);
    };
    const all = inOrder(rows);
    const own = inOrder(rows.filter(({ project_id }) => project_id === PROJECT));
    expect(idsOf(await list('', ADMIN))).toEqual(all);
    expect(idsOf(await list(''))).toEqual(own);
    expect(idsOf(await list('?sort=name', ADMIN))).toEqual(inOrder(rows, 'name'));
    for (const limit of [499, 500, 501, 949, 950, 951]) {
      const page = await list(`?limit=${limit}`, ADMIN);
      expect(idsOf(page)).toEqual(all.slice(0, limit));
      expect(page.loadbalancers_links.map(({ rel }: { rel: string }) => rel)).toEqual(limit <= 950 ? ['next'] : []);
    }
    const last = await list(`?limit=800&marker=${all[149] ?? ''}`, ADMIN);
    expect(idsOf(last)).toEqual(all.slice(150));
    expect(last.loadbalancers_links.map(({ href }: { href: string }) => new URL(href).searchParams.get('marker'))).toEqual([all[150], all[949]]);
    expect(await list(`?limit=300&marker=${all[949] ?? ''}`, ADMIN)).toEqual({ loadbalancers: [], loadbalancers_links: [] });
    await api.close();
  });
});

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
