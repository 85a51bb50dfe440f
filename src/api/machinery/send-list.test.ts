import { expect, it } from 'vitest';
import { describeStores } from '../../store/testing/describe-stores.ts';
import { ADMIN, PROJECT, startTestApi, SUBNET } from '../testing/test-api.ts';

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

  it('numbers are found and put in order as numbers, choices among a few of them too', async () => {
    const api = await startTestApi({ store: store() });
    const { id: lb } = (await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } })).json.loadbalancer;
    await api.settle();
    for (const [name, http_version] of Object.entries({ a: 1.1, b: null, c: 1.0, d: 1.1 })) {
      const { pool } = (await api.call('POST', '/v2/lbaas/pools', { pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: lb } })).json;
      await api.settle();
      expect((await api.call('POST', '/v2/lbaas/healthmonitors', { healthmonitor: { name, http_version, pool_id: pool.id, type: 'HTTP', delay: 5, timeout: 3, max_retries: 2 } })).status).toBe(201);
      await api.settle();
    }
    const namesOf = async (query: string): Promise<string[]> => (await api.call('GET', `/v2/lbaas/healthmonitors?${query}`)).json.healthmonitors.map(({ name }: { name: string }) => name);
    for (const [query, names] of Object.entries({ 'http_version=1.1': ['a', 'd'], 'http_version=1': ['c'], 'http_version=x': [], 'delay=5.5': [], 'delay=99999999999': [], 'delay=5&name=b': ['b'] })) {
      expect([query, (await namesOf(query)).toSorted()]).toEqual([query, names]);
    }
    const walk = async (query: string): Promise<string[]> => {
      const { healthmonitors: page, healthmonitors_links: links } = (await api.call('GET', `/v2/lbaas/healthmonitors?${query}`)).json;
      const next = links.find(({ rel }: { rel: string }) => rel === 'next');
      return [...page.map(({ name }: { name: string }) => name), ...(next ? await walk(new URL(next.href).searchParams.toString()) : [])];
    };
    expect(await walk('limit=1&sort=http_version,name')).toEqual(['b', 'c', 'a', 'd']);
    expect(await walk('limit=1&sort=http_version:desc,name')).toEqual(['a', 'd', 'c', 'b']);
    for (const query of ['sort=redirect_http_code', 'redirect_http_code=301', 'redirect_http_code=x']) expect((await api.call('GET', `/v2/lbaas/l7policies?${query}`)).status).toBe(200);
    await api.close();
  });

  it('lists shared by many clients are each one\'s own, and never older than the question', async () => {
    const api = await startTestApi({ store: store() });
    const add = (id: string, project_id: string) => store().transaction((trx) => trx.insertInto('load_balancer').values({
      id, project_id, name: id, created_at: '2026-01-01 00:00:00', provisioning_status: 'ACTIVE', operating_status: 'ONLINE', enabled: true, topology: 'SINGLE', provider: 'amphora',
    }).execute());
    const list = async (query: string, headers: Record<string, string>): Promise<{ name: string; id?: string }[]> => (await api.call('GET', `/v2/lbaas/loadbalancers${query}`, undefined, headers)).json.loadbalancers;
    const added = new Map<string, string[]>(['one', 'two'].map((project) => [project, []]));
    let isOver = false;
    const look = async (project: string) => {
      const headers = { 'X-Project-Id': project };
      while (!isOver) {
        const expected = [...(added.get(project) ?? [])];
        const names = (await list('', headers)).map(({ name }) => name);
        expect(names.slice(0, expected.length)).toEqual(expected);
        expect(names.every((name) => added.get(project)?.includes(name) || name === pending)).toBe(true);
        for (const found of await list('?fields=name', headers)) expect(Object.keys(found)).toEqual(['name']);
      }
    };
    let pending = '';
    const write = async () => {
      for (let index = 0; index < 30; index += 1) {
        const project = index % 2 === 0 ? 'one' : 'two';
        pending = idOf(1000 + index);
        await add(pending, project);
        added.get(project)?.push(pending);
        expect((await list('', { 'X-Project-Id': project })).map(({ id }) => id)).toContain(pending);
      }
      isOver = true;
    };
    await Promise.all([...['one', 'one', 'two', 'two'].map(look), write().finally(() => (isOver = true))]);
    await api.close();
  });
});

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
