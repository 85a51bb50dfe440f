import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rowOf, startWorld, type DashboardWorld } from './dashboard-world.ts';

/** A browser opens six connections to a service that speaks HTTP/1.1, for all of its tabs. */
const MORE_THAN_CONNECTIONS = 8;

let world: DashboardWorld;
let id: string;

beforeAll(async () => {
  world = await startWorld();
  ({ id } = await world.cloud.create('/v2/lbaas/loadbalancers', 'loadbalancer', { name: 'shop', vip_subnet_id: world.subnetId }));
  await world.cloud.waitActive(id);
});
afterAll(async () => {
  await world?.close();
});

/** A browser without a window says of each of its tabs that it is visible. */
const turn = (page: Page, to: 'hidden' | 'visible') => page.evaluate((state) => {
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
  document.dispatchEvent(new Event('visibilitychange'));
}, to);

it('shows its page in the eighth tab, and in a tab that is looked at again what it missed', async () => {
  const first = await world.signedIn('member');
  await rowOf(first, 'shop').waitFor();
  await first.getByText('Live', { exact: true }).waitFor();
  let last = first;
  for (let tab = 2; tab <= MORE_THAN_CONNECTIONS; tab += 1) {
    await turn(last, 'hidden');
    last = await first.context().newPage();
    await last.goto(`${world.url}/dashboard/load-balancers`);
    await rowOf(last, 'shop').waitFor();
    await last.getByText('Live', { exact: true }).waitFor();
  }
  await world.cloud.request('PUT', `/v2/lbaas/loadbalancers/${id}`, { loadbalancer: { name: 'store' } });
  await rowOf(last, 'store').waitFor();
  await turn(last, 'hidden');
  expect(await rowOf(first, 'store').count(), 'nothing is pushed to a tab that nobody sees').toBe(0);
  await turn(first, 'visible');
  await rowOf(first, 'store').waitFor();
  expect(world.complaints).toEqual([]);
});
