import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../store/open-store.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import { availableDialects, startTestServer, type TestServer } from '../../store/testing/databases.ts';
import { ADMIN, PROJECT, startTestApi, SUBNET, type Answer, type TestApi } from '../testing/test-api.ts';
import type { Store } from '../../store/database.ts';

const API_PROCESSES = 3;

/** Several API processes on one database, each with connections of its own. */
describe.each(availableDialects)('several APIs on one %s database', (dialect) => {
  let server: TestServer;
  let stores: Store[];
  let apis: TestApi[];
  beforeAll(async () => {
    server = await startTestServer(dialect);
  }, 120_000);
  beforeEach(async () => {
    const url = await server.newDatabase();
    stores = await Promise.all(Array.from({ length: API_PROCESSES }, () => openStore(url)));
    for (const store of stores) await upgradeHead(store);
    apis = await Promise.all(stores.map((store) => startTestApi({ store })));
    return async () => {
      for (const api of apis) await api.close();
      for (const store of stores) await store.close();
    };
  }, 120_000);
  afterAll(() => server.stop());

  const api = (index: number): TestApi => {
    const chosen = apis[index % API_PROCESSES];
    if (!chosen) throw new Error('no API');
    return chosen;
  };
  const limit = (limits: object) => api(0).call('PUT', `/v2/lbaas/quotas/${PROJECT}`, { quota: limits }, ADMIN);
  const newLoadBalancer = async (): Promise<string> => {
    const answer = await api(0).call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } });
    await api(0).settle();
    return answer.json.loadbalancer.id;
  };
  const atOnce = (count: number, ask: (index: number) => Promise<Answer>) => Promise.all(Array.from({ length: count }, (_, index) => ask(index)));
  const tally = (answers: readonly Answer[]) => Object.fromEntries(Map.groupBy(answers, (answer) => answer.status).entries().map(([status, group]) => [status, group.length]));
  const inUse = async (column: 'in_use_load_balancer' | 'in_use_listener' | 'in_use_member') => (await api(0).store.read.selectFrom('quotas').select(column).where('project_id', '=', PROJECT).executeTakeFirst())?.[column];

  it('a quota is never exceeded and every refusal says why', async () => {
    await limit({ loadbalancer: 4 });
    const answers = await atOnce(12, (index) => api(index).call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } }));
    expect(tally(answers)).toEqual({ 201: 4, 403: 8 });
    expect(new Set(answers.filter((answer) => answer.status === 403).map((answer) => answer.json.faultstring))).toEqual(new Set(['Quota has been met for resources: Load Balancer']));
    expect(await inUse('in_use_load_balancer')).toBe(4);
    expect((await api(1).call('GET', '/v2/lbaas/loadbalancers')).json.loadbalancers).toHaveLength(4);
  });

  it('the first quota of a project is taken once, whoever comes first', async () => {
    const answers = await atOnce(6, (index) => api(index).call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } }));
    expect(tally(answers)).toEqual({ 201: 6 });
    expect(await inUse('in_use_load_balancer')).toBe(6);
  });

  it('of changes of one load balancer one is taken; the others are told that it is immutable and leave no trace', async () => {
    const id = await newLoadBalancer();
    const answers = await atOnce(9, (index) => api(index).call('POST', '/v2/lbaas/listeners', { listener: { protocol: 'HTTP', protocol_port: 80 + index, loadbalancer_id: id } }));
    expect(tally(answers)).toEqual({ 201: 1, 409: 8 });
    expect(new Set(answers.filter((answer) => answer.status === 409).map((answer) => answer.json.faultstring))).toEqual(new Set([`Load Balancer ${id} is immutable and cannot be updated.`]));
    expect(await inUse('in_use_listener')).toBe(1);
    expect(apis.flatMap((one) => one.casts).filter((cast) => cast.method === 'create_listener')).toHaveLength(1);
  });

  it('changes of different load balancers do not wait for each other to settle', async () => {
    const ids = [await newLoadBalancer(), await newLoadBalancer(), await newLoadBalancer()];
    const answers = await atOnce(3, (index) => api(index).call('PUT', `/v2/lbaas/loadbalancers/${ids[index]}`, { loadbalancer: { name: `lb${index}` } }));
    expect(tally(answers)).toEqual({ 200: 3 });
    const numbers = (await api(0).store.read.selectFrom('ts_event').select('seq').orderBy('seq').execute()).map((row) => Number(row.seq));
    expect(numbers).toEqual(Array.from({ length: 6 }, (_, index) => index + 1));
  });

  it('deleting and changing at once ends in one of the two', async () => {
    const id = await newLoadBalancer();
    const answers = await atOnce(6, (index) =>
      index % 2 === 0 ? api(index).call('DELETE', `/v2/lbaas/loadbalancers/${id}`) : api(index).call('PUT', `/v2/lbaas/loadbalancers/${id}`, { loadbalancer: { name: 'new' } }));
    const accepted = answers.filter((answer) => answer.status < 300);
    expect(accepted).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 409)).toHaveLength(5);
    const status = (await api(0).call('GET', `/v2/lbaas/loadbalancers/${id}`)).json.loadbalancer.provisioning_status;
    expect(status).toBe(accepted[0]?.status === 204 ? 'PENDING_DELETE' : 'PENDING_UPDATE');
  });
});
