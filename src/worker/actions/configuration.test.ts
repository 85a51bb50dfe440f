import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWorld, insertTree, statuses, touch, type TestWorld, type TreeIds } from '../testing/world.ts';

let world: TestWorld;
let ids: TreeIds;
beforeEach(async () => {
  world = await createWorld();
  Object.assign(world.cloud.certManager, {
    getBundle: async (ref) => ({ id: ref, primaryCn: null, certificate: `certificate of ${ref}`, privateKey: 'key', privateKeyPassphrase: null, intermediates: [] }),
  } satisfies Partial<typeof world.cloud.certManager>);
  ids = await insertTree(world.store, 'SINGLE', 'SINGLE');
  await world.store.transaction((trx) => trx.updateTable('listener').set({ protocol: 'TERMINATED_HTTPS', tls_certificate_id: 'secret-1' }).where('id', '=', ids.listener).execute());
  world.worker.wake(ids.loadBalancer);
  await world.worker.idle();
});
afterEach(() => world.close());

async function setEnabled(enabled: boolean): Promise<void> {
  await world.store.transaction((trx) => trx.updateTable('listener').set({ enabled }).where('id', '=', ids.listener).execute());
  await touch(world.store, ids, { listener: 'PENDING_UPDATE' });
  world.worker.wake(ids.loadBalancer);
  await world.worker.idle();
}

test('a TLS listener that is enabled again is given its keys, which the agent took away while nothing named them', async () => {
  const [amphora] = world.cloud.amphorae.values();
  const names = [...amphora!.certificates.keys()];
  expect(names).toHaveLength(2);
  await setEnabled(false);
  expect(amphora!.runningHaproxy).not.toContain('crt-list');
  amphora!.certificates.clear();
  await setEnabled(true);
  expect(amphora!.runningHaproxy).toContain('crt-list');
  expect([...amphora!.certificates.keys()]).toEqual(names);
  expect((await statuses(world.store, ids))['listener']).toBe('ACTIVE');
});

test('keys that no listener can have use of are given to nobody', async () => {
  const lone = await insertTree(world.store, 'SINGLE', 'SINGLE');
  await world.store.transaction(async (trx) => {
    await trx.updateTable('pool').set({ tls_enabled: true, tls_certificate_id: 'secret-2' }).where('id', '=', lone.pool).execute();
    await trx.deleteFrom('l7rule').where('id', '=', lone.rule).execute();
    await trx.deleteFrom('l7policy').where('id', '=', lone.policy).execute();
    await trx.deleteFrom('listener').where('id', '=', lone.listener).execute();
  });
  world.worker.wake(lone.loadBalancer);
  await world.worker.idle();
  expect((await statuses(world.store, lone))['pool']).toBe('ACTIVE');
  expect([...world.cloud.amphorae.values()].map(({ certificates }) => certificates.size)).toEqual([2, 0]);
});

test('while it stays enabled its keys are asked for once', async () => {
  world.cloud.take();
  await world.store.transaction((trx) => trx.updateTable('member').set({ weight: 9 }).where('id', '=', ids.member).execute());
  await setEnabled(true);
  expect(world.cloud.take('agent.uploadHaproxy', 'agent.uploadCertificate', 'agent.getCertificateChecksum')).toHaveLength(1);
});
