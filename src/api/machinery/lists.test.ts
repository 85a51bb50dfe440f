import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, PROJECT, startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
const ids : readonly string[] = Array.from({ length: 25 }, () => randomUUID()).toSorted();

/** 25 load balancers, lb0 ... lb24 by ascending id; two per second; every fifth of another project. */
beforeAll(async () => {
  api = await startTestApi();
  await api.store.transaction(async (trx) => {
    for (const [index, id] of ids.entries()) {
      await trx.insertInto('load_balancer').values({
        id, project_id: index % 5 === 4 ? 'other' : PROJECT, name: index === 7 ? null : `lb${index}`, description: index % 2 ? 'odd' : 'even', provisioning_status: index === 24 ? 'DELETED' : 'ACTIVE',
        operating_status: 'ONLINE', enabled: index % 3 !== 0, topology: 'SINGLE', created_at: `2026-01-01 00:00:${String(Math.floor(index / 2)).padStart(2, '0')}`, updated_at: null, provider: 'amphora',
      }).execute();
      await trx.insertInto('vip').values({ load_balancer_id: id, ip_address: `192.0.2.${100 - index}`, octavia_owned: true, vnic_type: 'normal' }).execute();
      const tags = [index % 2 ? 'odd' : 'even', ...(index % 3 === 0 ? ['third'] : [])];
      await trx.insertInto('tags').values(tags.map((tag) => ({ resource_id: id, tag }))).execute();
    }
  });
});
afterAll(() => api.close());

const list = async (query: string, headers = {}) => api.call('GET', `/v2.0/lbaas/loadbalancers${query}`, undefined, headers);
const indexes = (answer: { json: { loadbalancers: { id: string }[] } }) => answer.json.loadbalancers.map((lb) => ids.indexOf(lb.id));
const mine = ids.map((_id, index) => index).filter((index) => index % 5 !== 4);

test('a list shows the caller\'s own, oldest first, without deleted ones', async () => {
  const answer = await list('');
  expect(indexes(answer)).toEqual(mine);
  expect(answer.json.loadbalancers_links).toEqual([]);
  expect(indexes(await list('', ADMIN))).toEqual(ids.map((_id, index) => index).slice(0, 24));
  expect(indexes(await list('?project_id=other', ADMIN))).toEqual([4, 9, 14, 19]);
  expect((await list('?project_id=other')).status).toBe(403);
});

test('walking the next links visits everything once, in order', async () => {
  for (const sort of ['', '&sort=name:desc', '&sort_key=description,vip_address&sort_dir=desc,asc', '&sort=updated_at:desc,id:desc']) {
    const seen: number[] = [];
    let url: string | undefined = `?limit=3${sort}`;
    while (url !== undefined) {
      const answer = await list(url);
      seen.push(...indexes(answer));
      const next = answer.json.loadbalancers_links.find((link: { rel: string }) => link.rel === 'next');
      url = next && `?${next.href.split('?')[1]}${next.href.includes('sort') ? '' : sort}${sort.includes('sort_dir') ? '&sort_dir=desc,asc' : ''}`;
    }
    const whole = indexes(await list(sort.replace('&', '?')));
    expect(seen).toEqual(whole);
    expect(seen.toSorted((a, b) => a - b)).toEqual(mine);
  }
});

test('page links carry limit, sort and marker under the caller\'s own URL', async () => {
  const answer = await list(`?limit=2&sort=name:asc&marker=${ids[10]}&name=x`);
  expect(answer.json.loadbalancers_links).toEqual([]);
  const page = await list(`?limit=2&sort=name:asc&marker=${ids[10]}`, { host: 'lb.example:9876' });
  expect(page.json.loadbalancers_links).toEqual([
    { rel: 'previous', href: `http://lb.example:9876/v2.0/lbaas/loadbalancers?limit=2&sort=name:asc&marker=${page.json.loadbalancers[0].id}&page_reverse=True` },
    { rel: 'next', href: `http://lb.example:9876/v2.0/lbaas/loadbalancers?limit=2&sort=name:asc&marker=${page.json.loadbalancers[1].id}` },
  ]);
});

test('an empty marker and a sort key of three parts are refused as in the original', async () => {
  expect((await list('?marker=')).json).toMatchObject({ faultcode: 'Client', faultstring: "Supplied pagination marker '' is not valid." });
  expect((await list('?sort=name:asc:x')).json).toEqual({ code: 400, title: 'Bad Request', description: "Supplied sort key '['name', 'asc', 'x']' is not valid." });
});

test('page_reverse flips the comparison and keeps the order', async () => {
  expect(indexes(await list(`?marker=${ids[6]}&page_reverse=True`))).toEqual([0, 1, 2, 3, 5]);
});

test.each([
  ['?name=lb3', [3]],
  ['?admin_state_up=false&description=odd', [3, 15, 21]],
  ['?enabled=0&description=odd', [3, 15, 21]],
  ['?vip_address=192.0.2.95', [5]],
  ['?tags=odd,third', [3, 15, 21]],
  ['?tags-any=third', [0, 3, 6, 12, 15, 18, 21]],
  ['?not-tags=odd,third&tags-any=third', [0, 6, 12, 18]],
  ['?not-tags-any=odd&not-tags-any=third', [2, 8, 10, 16, 20, 22]],
  ['?limit=0&name=lb1', [1]],
  ['?created_at=2026-01-01T00:00:03', [6, 7]],
])('%s finds %j', async (query, expected) => {
  expect(indexes(await list(query))).toEqual(expected);
});

test.each([
  ['?color=red', 'faultstring', 'One or more arguments are either duplicate or invalid'],
  ['?name=a&name=b', 'faultstring', 'One or more arguments are either duplicate or invalid'],
  ['?tenant_id=x', 'faultstring', 'One or more arguments are either duplicate or invalid'],
  ['?sort=color', 'faultstring', "Supplied sort key 'color' is not valid."],
  ['?marker=none', 'faultstring', "Supplied pagination marker 'none' is not valid."],
  ['?sort=name:up', 'description', "Supplied sort direction 'up' is not valid."],
  ['?limit=many', 'description', "Supplied pagination limit 'many' is not valid."],
])('%s is refused', async (query, key, text) => {
  const answer = await list(query);
  expect([answer.status, answer.json[key]]).toEqual([400, text]);
});

test('fields restrict the keys of lists and objects', async () => {
  const answer = await list('?fields=name&fields=tags&limit=1');
  expect(answer.json.loadbalancers).toEqual([{ name: 'lb0', tags: ['even', 'third'] }]);
  expect((await list(`/${ids[7]}?fields=name`)).json).toEqual({ loadbalancer: { name: '' } });
});

test('every mount, a final slash, .json and undashed ids name the same object', async () => {
  const id = ids[1] ?? '';
  for (const path of [`/v2/lbaas/loadbalancers/${id}`, `/v2.0/loadbalancers/${id}/`, `/load-balancer/v2.0/lbaas/loadbalancers/${id}.json`, `/v2/loadbalancers/${id.replaceAll('-', '')}`]) {
    expect((await api.call('GET', path)).json.loadbalancer.id).toBe(id);
  }
  expect((await api.call('GET', '/v2/lbaas')).text).toBe('"v2"');
});

test('another project\'s object is refused, not hidden', async () => {
  expect((await list(`/${ids[4]}`)).status).toBe(403);
  expect((await list(`/${ids[24]}`)).status).toBe(404);
});

test('a page costs the same number of statements whatever its length', async () => {
  const statements = { count: 0 };
  const executor = api.store.read.getExecutor();
  const original = executor.executeQuery.bind(executor);
  executor.executeQuery = async (...args) => { statements.count += 1; return original(...args); };
  await list('?limit=2');
  const few = statements.count;
  await list('?limit=20');
  expect(statements.count - few).toBe(few);
  expect(few).toBeGreaterThan(0);
  executor.executeQuery = original;
});
