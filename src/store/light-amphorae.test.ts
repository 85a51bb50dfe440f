import { expect, it } from 'vitest';
import { openPlacements } from './light-amphorae.ts';
import { describeStores } from './testing/describe-stores.ts';
import { plantLoadBalancer } from './testing/plant-load-balancer.ts';

describeStores((store) => {
  const amphora = (id: string, loadBalancerId: string | null, status: 'ALLOCATED' | 'PENDING_DELETE' | 'DELETED' = 'ALLOCATED') =>
    store().transaction((trx) => trx.insertInto('amphora').values({ id, load_balancer_id: loadBalancerId, status, cert_busy: false }).execute());

  it('a place is noted before the amphora is there, confirmed once, and forgotten of that host only', async () => {
    const placements = openPlacements(store());
    expect(await placements.find('one')).toBeNull();
    await placements.place('one', 'a');
    await placements.place('one', 'b');
    expect([await placements.noteBooted('one', 'a'), await placements.noteBooted('one', 'b'), await placements.noteBooted('one', 'b')]).toEqual([false, true, true]);
    await placements.forget('one', 'a');
    expect(await placements.find('one')).toEqual({ amphoraId: 'one', host: 'b', state: 'booted' });
    await placements.doom('one');
    expect([await placements.noteBooted('one', 'b'), (await placements.list()).filter(({ amphoraId }) => amphoraId === 'one')]).toEqual([false, [{ amphoraId: 'one', host: 'b', state: 'doomed' }]]);
    await placements.forget('one', 'b');
    expect(await placements.find('one')).toBeNull();
  });

  it('peers are the other amphorae of the load balancer that are there to stay', async () => {
    const placements = openPlacements(store());
    await store().transaction((trx) => plantLoadBalancer(trx, { id: 'lb' }));
    for (const [id, host] of [['self', 'a'], ['peer', 'b'], ['leaving', 'c'], ['stranger', 'd'], ['doomed', 'e']] as const) {
      await amphora(id, id === 'stranger' ? null : 'lb', id === 'leaving' ? 'PENDING_DELETE' : 'ALLOCATED');
      await placements.place(id, host);
    }
    await placements.doom('doomed');
    expect(await placements.hostsOfPeers('lb', 'self')).toEqual(['b']);
  });

  it('only amphorae that the database has are adopted, and never away from where they are', async () => {
    const placements = openPlacements(store());
    await amphora('ours', null);
    await amphora('deleted', null, 'DELETED');
    expect([await placements.adopt('ours', 'a'), await placements.adopt('ours', 'b'), await placements.adopt('deleted', 'a'), await placements.adopt('unknown', 'a')]).toEqual([true, true, false, false]);
    expect(await placements.find('ours')).toEqual({ amphoraId: 'ours', host: 'a', state: 'booted' });
  });
});
