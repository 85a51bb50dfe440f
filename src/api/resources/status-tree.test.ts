import { expect, it } from 'vitest';
import type { Store } from '../../store/database.ts';
import { readStatuses, readStatusOutline } from '../../store/resources/status-outline.ts';
import { describeStores } from '../../store/testing/describe-stores.ts';
import { plantLoadBalancer } from '../../store/testing/plant-load-balancer.ts';
import { statusTree } from './status-tree.ts';

const NASTY = ['"', '\\', '\u0001\n\t', '\u2028ü', ',', '{"id":1}', ''];

describeStores((store) => {
  it('the tree names every object once per listener that uses it, oldest first, whatever the names', async () => {
    await store().transaction(async (trx) => {
      await plantLoadBalancer(trx, { id: 'lb', listeners: 3, members: 4, policies: 2 });
      await plantLoadBalancer(trx, { id: 'other' });
      for (const table of ['load_balancer', 'listener', 'pool', 'health_monitor', 'member'] as const) {
        const rows = await trx.selectFrom(table).select('id').where('id', 'like', 'lb%').orderBy('id').execute();
        for (const [index, { id }] of rows.entries()) {
          // The last is the oldest, and some are as old as others.
          const created_at = `2026-01-01 00:00:${String(50 - Math.floor(index / 3)).padStart(2, '0')}`;
          await trx.updateTable(table).set({ name: index === 0 ? null : (NASTY[index % NASTY.length] ?? ''), created_at }).where('id', '=', id).execute();
        }
      }
      // One policy leads to a pool of another listener, one that is off and one without rules do not count.
      await trx.updateTable('l7policy').set({ redirect_pool_id: 'lb-p2' }).where('id', '=', 'lb-l0-1').execute();
      await trx.updateTable('l7policy').set({ redirect_pool_id: 'lb-p1', enabled: false }).where('id', '=', 'lb-l0-2').execute();
      await trx.updateTable('l7policy').set({ redirect_pool_id: 'lb-p0' }).where('listener_id', '=', 'lb-l1').execute();
      await trx.deleteFrom('l7rule').where('l7policy_id', 'like', 'lb-l1-%').execute();
      await trx.updateTable('listener').set({ default_pool_id: null }).where('id', '=', 'lb-l2').execute();
      await trx.deleteFrom('health_monitor').where('pool_id', '=', 'lb-p1').execute();
      await trx.deleteFrom('member').where('pool_id', '=', 'lb-p2').execute();
      await trx.updateTable('member').set({ ip_address: null }).where('id', '=', 'lb-p0-1').execute();
    });
    const outline = await readStatusOutline(store().read, 'lb');
    expect(JSON.parse(outline ? statusTree(outline).toString() : 'null')).toEqual({ statuses: { loadbalancer: await expectedTree(store()) } });
    expect(await readStatusOutline(store().read, 'nothing')).toBeUndefined();
  });

  it('statuses are those of the whole tree and of nothing else', async () => {
    const planted = await store().transaction((trx) => plantLoadBalancer(trx, { id: 'watched' }));
    const found = await readStatuses(store().read, 'watched');
    expect(found.map(({ id }) => id).toSorted()).toEqual(['watched', ...planted.listeners, ...planted.pools, ...planted.monitors, ...planted.members].toSorted());
    expect(found.find(({ kind }) => kind === 'member')).toEqual({ kind: 'member', id: planted.members[0], provisioning: 'ACTIVE', operating: 'OFFLINE' });
    expect(await readStatuses(store().read, 'nothing')).toEqual([]);
  });
});

/** From plain rows, object by object. */
async function expectedTree(store: Store): Promise<unknown> {
  const own = (row: { id: string; name: string | null; operating_status: string; provisioning_status: string }) => ({ id: row.id, name: row.name ?? '', operating_status: row.operating_status, provisioning_status: row.provisioning_status });
  const poolOf = async (id: string) => {
    const pool = await store.read.selectFrom('pool').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    const monitor = await store.read.selectFrom('health_monitor').selectAll().where('pool_id', '=', id).executeTakeFirst();
    const members = await store.read.selectFrom('member').selectAll().where('pool_id', '=', id).orderBy('created_at').orderBy('id').execute();
    return {
      ...own(pool), ...(monitor && { health_monitor: { ...own(monitor), type: monitor.type } }),
      members: members.map((member) => ({ ...own(member), address: member.ip_address ?? '', protocol_port: member.protocol_port })),
    };
  };
  const root = await store.read.selectFrom('load_balancer').selectAll().where('id', '=', 'lb').executeTakeFirstOrThrow();
  const listeners = await store.read.selectFrom('listener').selectAll().where('load_balancer_id', '=', 'lb').orderBy('created_at').orderBy('id').execute();
  expect(listeners.map(({ id }) => id)).toEqual(['lb-l0', 'lb-l1', 'lb-l2']);
  const pools: Readonly<Record<string, readonly string[]>> = { 'lb-l0': ['lb-p0', 'lb-p2'], 'lb-l1': ['lb-p1'], 'lb-l2': ['lb-p2'] };
  return { ...own(root), listeners: await Promise.all(listeners.map(async (listener) => ({ ...own(listener), pools: await Promise.all((pools[listener.id] ?? []).map(poolOf)) }))) };
}
