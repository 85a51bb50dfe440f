import { expect, test } from 'vitest';
import type { ProviderDict, ProviderDriver } from '../../providers/provider-driver.ts';
import type { Store } from '../../store/database.ts';
import { DatabaseConflict } from '../../store/errors.ts';
import { openStore } from '../../store/open-store.ts';
import { upgradeHead } from '../../store/schema/migrate.ts';
import { startTestApi, SUBNET } from '../testing/test-api.ts';

/** A store whose transactions find out at their first commit that another node was faster, as those of Galera do. */
function losingFirstCommits(store: Store): Store {
  return {
    ...store,
    transaction: (work) => {
      let isFirst = true;
      return store.transaction(async (trx) => {
        const result = await work(trx);
        if (!isFirst) return result;
        isFirst = false;
        throw new DatabaseConflict('certification failed', null);
      });
    },
  };
}

test('a change whose commit is tried again tells its provider of the same objects again, and casts once', async () => {
  const store = await openStore('sqlite://');
  await upgradeHead(store);
  const told: ProviderDict[] = [];
  const note = async (dict: ProviderDict) => void told.push(dict);
  const noting = (driver: ProviderDriver): ProviderDriver => ({ ...driver, memberBatchUpdate: async (_pool, members) => void told.push(...members), poolCreate: note });
  const plain = await startTestApi({ store });
  const losing = await startTestApi({
    store: losingFirstCommits(store),
    providers: (builtIn) => ({ ...builtIn, driver: (name, scope) => (name === 'noop_driver' ? noting(builtIn.driver(name, scope)) : builtIn.driver(name, scope)) }),
  });
  try {
    const made = async (provider: string): Promise<string> => {
      const answer = await plain.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET, provider } });
      await plain.settle();
      return answer.json.loadbalancer.id;
    };
    const foreign = await made('noop_driver');
    const members = [{ address: '192.0.2.1', protocol_port: 80 }, { address: '192.0.2.2', protocol_port: 80 }];
    const pool = await losing.call('POST', '/v2/lbaas/pools', { pool: { loadbalancer_id: foreign, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members } });
    const { id } = pool.json.pool;
    const memberIds = pool.json.pool.members.map((member: { id: string }) => member.id).toSorted();
    expect(told.map((dict) => dict['pool_id'])).toEqual([id, id]);
    expect(told.map((dict) => (dict['members'] as ProviderDict[]).map((member) => member['member_id']).toSorted())).toEqual([memberIds, memberIds]);
    await plain.settle();
    told.length = 0;
    expect((await losing.call('PUT', `/v2/lbaas/pools/${id}/members?additive_only=true`, { members: [{ address: '192.0.2.3', protocol_port: 80 }] })).status).toBe(202);
    expect(new Set(told.map((dict) => dict['member_id'])).size).toBe(3);

    const own = await made('amphora');
    const listener = await losing.call('POST', '/v2/lbaas/listeners', { listener: { loadbalancer_id: own, protocol: 'HTTP', protocol_port: 80 } });
    expect(losing.casts.map(({ method, args }) => [method, args['listener']])).toEqual([['create_listener', expect.objectContaining({ listener_id: listener.json.listener.id })]]);
  } finally {
    await losing.close();
    await plain.close();
    await store.close();
  }
});
