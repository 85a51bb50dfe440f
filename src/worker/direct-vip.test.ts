import { afterEach, beforeEach, expect, test } from 'vitest';
import { amphoraRows, createWorld, insertTree, statuses, touch, type TestWorld, type TreeIds } from './testing/world.ts';

let world: TestWorld;
beforeEach(async () => {
  world = await createWorld();
  await world.worker.start();
  await world.worker.sweep();
  const { network } = world.cloud;
  const ensureVrrpPort = network.ensureVrrpPort.bind(network);
  const known: string[] = [];
  Object.assign(network, {
    ensureVrrpPort: async (...[loadBalancer, amphoraId]: Parameters<typeof ensureVrrpPort>) => {
      const attachment = await ensureVrrpPort(loadBalancer, amphoraId);
      if (!known.includes(amphoraId)) known.push(amphoraId);
      const fixedIps = attachment.port.fixedIps.map((fixed) => ({ ...fixed, ipAddress: `198.51.100.${10 + known.indexOf(amphoraId)}` }));
      return { ...attachment, port: { ...attachment.port, fixedIps } };
    },
  } satisfies Partial<typeof network>);
});
afterEach(() => world.close());

async function created(topology: 'SINGLE' | 'ACTIVE_STANDBY'): Promise<TreeIds> {
  const ids = await insertTree(world.store, topology, topology);
  await world.store.transaction((trx) => trx.updateTable('vip').set({ vnic_type: 'direct' }).execute());
  await look(ids);
  expect((await statuses(world.store, ids))['load_balancer']).toBe('ACTIVE');
  return ids;
}

async function look(ids: TreeIds): Promise<void> {
  world.worker.wake(ids.loadBalancer);
  await world.worker.idle();
}

/** What each amphora lets in, as `protocol source port`, with its own address first. */
async function admitted(ids: TreeIds): Promise<Record<string, string[]>> {
  const rows = (await amphoraRows(world.store, ids.loadBalancer)).filter(({ status }) => status !== 'DELETED');
  return Object.fromEntries(rows.map(({ id, vrrp_ip }) => [vrrp_ip ?? '', (world.cloud.amphorae.get(id)?.interfaceRules ?? []).map(({ protocol, cidr, port }) => `${protocol} ${cidr} ${port}`)]));
}

test('a pair admits its listener and its peer, before keepalived speaks', async () => {
  const ids = await created('ACTIVE_STANDBY');
  expect(await admitted(ids)).toEqual({
    '198.51.100.10': ['TCP null 80', 'VRRP 198.51.100.11/32 112', 'TCP 198.51.100.11/32 1025'], '198.51.100.11': ['TCP null 80', 'VRRP 198.51.100.10/32 112', 'TCP 198.51.100.10/32 1025'],
  });
});

test('a listener that moves is opened before it is pushed, and one that goes is closed; anything else asks for nothing', async () => {
  const ids = await created('SINGLE');
  const change = async (port: number): Promise<void> => {
    await world.store.transaction((trx) => trx.updateTable('listener').set({ protocol_port: port }).where('id', '=', ids.listener).execute());
    await touch(world.store, ids, { listener: 'PENDING_UPDATE' });
    await look(ids);
  };
  await change(80);
  world.cloud.take();
  await change(8081);
  expect(await admitted(ids)).toEqual({ '198.51.100.10': ['TCP null 8081'] });
  expect(world.cloud.take('agent').map((call) => call.split(' ')[0])).toEqual(['agent.setInterfaceRules', 'agent.uploadHaproxy', 'agent.reload']);
  await world.store.transaction((trx) => trx.insertInto('listener_cidr').values({ listener_id: ids.listener, cidr: '203.0.113.0/24' }).execute());
  await change(8081);
  expect(await admitted(ids)).toEqual({ '198.51.100.10': ['TCP 203.0.113.0/24 8081'] });
  await touch(world.store, ids, { listener: 'PENDING_DELETE' });
  await look(ids);
  expect(await admitted(ids)).toEqual({ '198.51.100.10': [] });
  world.cloud.take();
  await touch(world.store, ids, {});
  await look(ids);
  expect(world.cloud.take('agent.setInterfaceRules')).toEqual([]);
});

test('after a failover the amphora that stays admits the new one and no longer the old', async () => {
  const ids = await created('ACTIVE_STANDBY');
  const [backup, master] = await amphoraRows(world.store, ids.loadBalancer);
  await touch(world.store, ids, {});
  await world.cast({ method: 'failover_amphora', args: { amphora_id: master!.id } });
  expect((await admitted(ids))[backup!.vrrp_ip!]).toEqual(['TCP null 80', 'VRRP 198.51.100.12/32 112', 'TCP 198.51.100.12/32 1025']);
  expect((await admitted(ids))['198.51.100.12']).toContain(`VRRP ${backup!.vrrp_ip}/32 112`);
});

test('an amphora that was silent while its peer was replaced learns of the new one when it is back', async () => {
  const ids = await created('ACTIVE_STANDBY');
  const [backup, master] = await amphoraRows(world.store, ids.loadBalancer);
  const silent = world.cloud.amphorae.get(backup!.id)!;
  silent.isReachable = false;
  await touch(world.store, ids, {});
  await world.cast({ method: 'failover_amphora', args: { amphora_id: master!.id } });
  expect(silent.vrrp).not.toContain('198.51.100.12');
  silent.isReachable = true;
  await world.store.transaction((trx) => trx.updateTable('ts_lease').set({ next_attempt_at: null }).execute());
  await world.worker.sweep();
  await world.worker.idle();
  expect(silent.vrrp).toContain('198.51.100.12');
  expect((await admitted(ids))[backup!.vrrp_ip!]).toContain('VRRP 198.51.100.12/32 112');
});
