import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { leastCost, plainTable, type FrameCost } from './frame-cost.ts';
import { expectAccessible, rowAction, rowOf, screenshot, startWorld, type DashboardWorld } from './dashboard-world.ts';

const COUNT = 5000;
let world: DashboardWorld;
let first: string;

beforeAll(async () => {
  world = await startWorld();
  const made = await world.cloud.create('/v2/lbaas/loadbalancers', 'loadbalancer', { name: 'template', vip_subnet_id: world.subnetId });
  await world.cloud.waitActive(made.id);
  await copyRow(made.id);
});
afterAll(async () => {
  await world?.close();
});

/** Rows as they are, without amphorae: what a list costs does not depend on those. */
async function copyRow(id: string): Promise<void> {
  const store = await openStore(`sqlite:///${join(world.service.dataDir, 'octavia.sqlite')}`);
  try {
    await store.transaction(async (trx) => {
      const template = await trx.selectFrom('load_balancer').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
      const vip = await trx.selectFrom('vip').selectAll().where('load_balancer_id', '=', id).executeTakeFirstOrThrow();
      for (let number = 1; number < COUNT; number += 1) {
        const copy = randomUUID();
        if (number === 1) first = copy;
        await trx.insertInto('load_balancer').values({ ...template, id: copy, name: `balancer-${String(number).padStart(4, '0')}`, operating_status: number % 100 === 0 ? 'ERROR' : 'ONLINE' }).execute();
        await trx.insertInto('vip').values({ ...vip, load_balancer_id: copy, ip_address: `10.${Math.floor(number / 250)}.${number % 250}.9` }).execute();
      }
    });
  } finally {
    await store.close();
  }
}

it('shows, scrolls, sorts and filters five thousand load balancers smoothly', async () => {
  const page = await world.signedIn('member');
  await page.getByText(`${COUNT} of ${COUNT}`).waitFor();
  // Only what is on the screen is in the page.
  expect(await page.getByRole('row').count()).toBeLessThan(120);
  await expectAccessible(page);
  await screenshot(page, 'list-5000');
  const scrolling = await leastCost(world.browser, page, 120);
  const jumping = await leastCost(world.browser, page, 1500);
  const startedAt = Date.now();
  await page.getByRole('textbox', { name: 'Name, address, tag or ID' }).fill('balancer-4321');
  await page.getByText(`1 of ${COUNT}`).waitFor();
  const filteringMs = Date.now() - startedAt;
  await rowOf(page, 'balancer-4321').waitFor();
  expect(page.url()).toContain('q=balancer-4321');
  await page.getByRole('button', { name: 'Clear all filters' }).last().click();
  await page.getByLabel('Operating status').first().selectOption('ERROR');
  await page.getByText(`49 of ${COUNT}`).waitFor();
  await page.getByRole('button', { name: 'Name', exact: true }).click();
  await page.getByRole('button', { name: 'Name', exact: true }).click();
  expect(await page.getByRole('row').nth(1).innerText()).toContain('balancer-4900');
  await page.context().close();
  const blank = await world.stranger();
  await plainTable(blank);
  const plain = await leastCost(world.browser, blank, 1500);
  await blank.context().close();
  const text = ({ cpuMs, medianMs, worstMs }: FrameCost) => `${Math.round(cpuMs)} ms of processors, median ${Math.round(medianMs)} ms, worst ${Math.round(worstMs)} ms`;
  process.stdout.write(`5,000 load balancers, per frame: scrolling ${text(scrolling)}; jumping ${text(jumping)}; a plain table ${text(plain)}; filtering took ${filteringMs} ms\n`);
  // Measured 0.9 and 1.7 times as much.
  expect(scrolling.cpuMs / plain.cpuMs).toBeLessThan(2);
  expect(jumping.cpuMs / plain.cpuMs).toBeLessThan(3);
});

it('opens the menu of a row where the row is, with the keyboard too', async () => {
  const page = await world.signedIn('member');
  await page.getByText(`${COUNT} of ${COUNT}`).waitFor();
  const toggle = page.getByRole('row').nth(4).getByRole('button', { name: /^Actions for balancer-/ });
  await toggle.focus();
  await page.keyboard.press('Enter');
  const menu = page.getByRole('menu');
  await menu.getByRole('menuitem', { name: 'Edit' }).waitFor();
  await expect.poll(async () => Math.abs(((await menu.boundingBox())?.y ?? 0) - ((await toggle.boundingBox())?.y ?? 0))).toBeLessThan(200);
  await expectAccessible(page);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  await menu.waitFor({ state: 'detached' });
  await expect.poll(() => toggle.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.context().close();
});

it('says why the form of a row cannot be opened', async () => {
  const page = await world.signedIn('member', '/load-balancers?q=balancer-0001');
  await page.getByText(`1 of ${COUNT}`).waitFor();
  await page.route(`**/lbaas/loadbalancers/${first}`, (route) => route.fulfill({ status: 404, json: { faultstring: 'It is no longer there.' } }));
  await rowAction(page, 'balancer-0001', 'Edit');
  await page.getByText('It is no longer there.').waitFor();
  await page.context().close();
});

it('changes many at once, and what others change shows by itself', async () => {
  const page = await world.signedIn('member', '/load-balancers?q=balancer-000');
  await page.getByText(`9 of ${COUNT}`).waitFor();
  await page.locator('thead input[type=checkbox]').check();
  await page.getByRole('button', { name: 'Add a tag' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await page.getByRole('dialog').getByText('This is needed.').waitFor();
  await page.getByRole('dialog').getByLabel('Tag').fill('blue');
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await rowOf(page, 'balancer-0001').getByText('blue').waitFor();
  expect((await world.cloud.show(`/v2/lbaas/loadbalancers/${first}`, 'loadbalancer'))['tags']).toEqual(['blue']);
  await world.cloud.waitActive(first, 60_000).catch(() => undefined);
  expect(world.complaints).toEqual([]);
});
