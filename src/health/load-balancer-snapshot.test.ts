import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Store } from '../store/database.ts';
import { reportsAllListeners } from './load-balancer-snapshot.ts';
import { readSnapshots } from './read-snapshots.ts';
import { createHealthStore, heartbeatOf, seed } from './testing/health-world.ts';

const NOW = Date.UTC(2026, 0, 2);
let store: Store;
/** Beside the listener `lb-l`: one over UDP with a pool of its own. */
beforeEach(async () => {
  store = await createHealthStore();
  await seed(store, 'lb', { nowMs: NOW });
  const common = { operating_status: 'OFFLINE', provisioning_status: 'ACTIVE', enabled: true } as const;
  await store.transaction(async (trx) => {
    await trx.insertInto('pool').values({ ...common, id: 'dns', protocol: 'UDP', lb_algorithm: 'ROUND_ROBIN', load_balancer_id: 'lb', tls_enabled: false }).execute();
    await trx.insertInto('member').values({ ...common, id: 'server', pool_id: 'dns', ip_address: '192.0.2.1', protocol_port: 53, weight: 1, backup: false, vnic_type: 'normal' }).execute();
    await trx.insertInto('listener').values({ ...common, id: 'udp', protocol: 'UDP', protocol_port: 53, load_balancer_id: 'lb', default_pool_id: 'dns', client_authentication: 'NONE' }).execute();
  });
});
afterEach(() => store.close());

const isWhole = async (ver: number, listeners: readonly string[]): Promise<boolean> =>
  reportsAllListeners(heartbeatOf('lb', 1, { ver, listeners }), (await readSnapshots(store.read, ['lb-a'], NOW)).loadBalancers.get('lb') ?? null);
const set = (change: { enabled?: boolean; listenerPool?: string | null; protocol?: 'HTTP' }) => store.transaction(async (trx) => {
  if (change.enabled !== undefined) await trx.updateTable('member').set({ enabled: change.enabled }).where('id', '=', 'server').execute();
  if (change.listenerPool !== undefined) await trx.updateTable('listener').set({ default_pool_id: change.listenerPool }).where('id', '=', 'udp').execute();
  if (change.protocol !== undefined) await trx.updateTable('listener').set({ protocol: change.protocol }).where('id', '=', 'udp').execute();
});

test.each([0, 1, 2, 3])('an agent of version %s that reports both listeners serves both', async (ver) => {
  expect([await isWhole(ver, ['lb-l', 'udp']), await isWhole(ver, ['lb-l'])]).toEqual([true, false]);
});

test.each<[string, Parameters<typeof set>[0]]>([['without an enabled member', { enabled: false }], ['without a pool', { listenerPool: null }]])('an agent that sends no version leaves out a UDP listener %s', async (_, change) => {
  await set(change);
  expect([await isWhole(0, ['lb-l']), await isWhole(0, ['lb-l', 'udp'])]).toEqual([true, false]);
  for (const ver of [1, 2, 3]) expect([await isWhole(ver, ['lb-l']), await isWhole(ver, ['lb-l', 'udp'])]).toEqual([false, true]);
});

test('listeners of other protocols are expected of every agent', async () => {
  await set({ enabled: false, protocol: 'HTTP' });
  expect([await isWhole(0, ['lb-l']), await isWhole(0, ['lb-l', 'udp'])]).toEqual([false, true]);
});
