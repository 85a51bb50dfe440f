import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CloudClient } from '../../src/processes/embedded/cloud-client.ts';
import { openStore } from '../../src/store/open-store.ts';
import { expectAccessible, field, rowAction, rowOf, screenshot, startWorld, type DashboardWorld } from './dashboard-world.ts';

const TABS = ['fleet', 'rollout', 'quotas', 'flavors', 'zones', 'providers', 'brake'] as const;

let world: DashboardWorld;
let admin: CloudClient;
let page: Page;
let id: string;
let project: string;

beforeAll(async () => {
  world = await startWorld();
  admin = await CloudClient.signIn(world.service.dataDir);
  const made = await world.cloud.create('/v2/lbaas/loadbalancers', 'loadbalancer', { name: 'shop', vip_subnet_id: world.subnetId, listeners: [{ name: 'web', protocol: 'HTTP', protocol_port: 80 }] });
  ({ id } = made);
  project = String(made['project_id']);
  await world.cloud.waitActive(id);
});
afterAll(async () => {
  await world?.close();
});

const dialog = () => page.getByRole('dialog');
const open = async (tab: (typeof TABS)[number], query = '') => {
  await page.goto(`${world.url}/dashboard/operator?${tab === 'fleet' ? '' : `tab=${tab}`}${query}`);
  await page.getByRole('tab', { selected: true }).waitFor();
};
const save = async (button: string) => {
  await dialog().getByRole('button', { name: button, exact: true }).click();
  await dialog().waitFor({ state: 'detached' });
};
const choose = (label: string, option: RegExp) => field(page, label).locator('option').filter({ hasText: option }).first().getAttribute('value').then((value) => field(page, label).selectOption(value ?? ''));
const amphorae = () => admin.list('/v2/octavia/amphorae', 'amphorae');
/** What a health manager that is away or an operator's image would leave in the database. */
async function inDatabase(work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<unknown>): Promise<void> {
  const store = await openStore(`sqlite:///${join(world.service.dataDir, 'octavia.sqlite')}`);
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

it('is not there for members and readers, nor do its links show them anything', async () => {
  for (const user of ['member', 'reader']) {
    page = await world.signedIn(user);
    await page.getByRole('link', { name: 'Load balancers', exact: true }).waitFor();
    expect(await page.getByRole('link', { name: 'Operator' }).count()).toBe(0);
    await page.goto(`${world.url}/dashboard/operator?tab=fleet`);
    await page.getByText('You may not see this').waitFor();
    expect(await page.getByRole('tab').count()).toBe(0);
    await page.context().close();
  }
});

it('shows the fleet with heartbeats and certificates; filters and order are in the address', async () => {
  page = await world.signedIn('admin', '/load-balancers');
  await page.getByRole('link', { name: 'Operator' }).click();
  await rowOf(page, 'shop').locator('[data-status=ALLOCATED]').waitFor();
  await rowOf(page, 'shop').getByText(/^\d+ sec$/).waitFor();
  expect(await rowOf(page, 'shop').innerText()).toMatch(/Alone[^]*20\d\d/);
  await expectAccessible(page);
  await screenshot(page, 'operator-fleet');
  await page.getByLabel('Role').selectOption('BACKUP');
  await page.getByText('Nothing fits').waitFor();
  expect(page.url()).toContain('role=BACKUP');
  await page.getByRole('button', { name: 'Clear all filters' }).first().click();
  await page.getByRole('textbox', { name: /^Load balancer, project/ }).fill('shop 127.');
  await page.getByText('1 of 1').waitFor();
});

it('fails an amphora over and shows each step until the new one serves', async () => {
  await open('fleet');
  const [before] = await amphorae();
  await rowAction(page, 'shop', 'Fail over');
  await dialog().getByText('This amphora is replaced by a new one.').waitFor();
  await expectAccessible(page);
  // The page is not told how far it is until its first step has been seen: a fast machine is done before anybody looks.
  const seen = Promise.withResolvers<void>();
  const looks = /\/octavia\/amphorae\?.*loadbalancer_id=/;
  await page.route(looks, async (route) => {
    await seen.promise;
    await route.continue();
  });
  await save('Fail over');
  await page.locator('[data-outcome=under-way]').waitFor();
  seen.resolve();
  await page.locator('[data-outcome=done]').waitFor();
  await page.unroute(looks);
  await page.getByText('The amphora of shop has been replaced').waitFor();
  await expectAccessible(page);
  await screenshot(page, 'operator-failover');
  const [after] = await amphorae();
  expect(after?.['id']).not.toBe(before?.['id']);
  await rowOf(page, String(after?.['id']).slice(0, 8)).locator('[data-status=ALLOCATED]').waitFor();
  await page.getByRole('button', { name: 'Close' }).first().click();
});

it('sends an amphora its configuration, and deletes only what is broken', async () => {
  await rowAction(page, 'shop', 'Send configuration');
  await save('Send configuration');
  await rowOf(page, 'shop').getByRole('button').last().click();
  expect(await page.getByRole('menuitem', { name: 'Delete' }).isDisabled()).toBe(true);
  await page.keyboard.press('Escape');
  const broken = randomUUID();
  await inDatabase((store) => store.transaction((trx) => trx.insertInto('amphora').values({ id: broken, status: 'ERROR', cert_busy: false, created_at: '2026-01-01 00:00:00' }).execute()));
  await open('fleet', '&status=ERROR');
  await rowAction(page, broken.slice(0, 8), 'Delete');
  await dialog().getByText('Only amphorae in error can be deleted.').waitFor();
  await save('Delete');
  await expect.poll(async () => (await amphorae()).map((one) => one['id'])).not.toContain(broken);
});

it('edits the quota of a project, shows what is in use, and goes back to the defaults', async () => {
  await open('quotas');
  await rowOf(page, 'demo').getByRole('gridcell', { name: /^1 of/ }).first().waitFor();
  await expectAccessible(page);
  await rowAction(page, 'demo', 'Edit');
  await field(page, 'Listeners').fill('-2');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await dialog().getByText(/^From -1 to/).waitFor();
  await field(page, 'Listeners').fill('7');
  await expectAccessible(page);
  await save('Save');
  await rowOf(page, 'demo').getByText('1 of 7').waitFor();
  expect(await admin.show(`/v2/lbaas/quotas/${project}`, 'quota')).toMatchObject({ listener: 7 });
  await screenshot(page, 'operator-quotas');
  await rowAction(page, 'demo', 'Back to the defaults');
  await save('Back to the defaults');
  await rowOf(page, 'demo').getByText('1 of 7').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Set the quota of a project' }).click();
  await dialog().getByLabel('Project ID').fill('another');
  await dialog().getByRole('button', { name: 'Next' }).click();
  await field(page, 'Pools').fill('3');
  await save('Save');
  await rowOf(page, 'another').getByText('0 of 3').waitFor();
});

it('makes a profile with the settings that the provider offers, a flavor of it, and the wizard uses that', async () => {
  await open('flavors');
  await page.getByRole('heading', { name: 'No flavors' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Create Flavor profile' }).click();
  await field(page, 'Name').fill('pairs');
  await field(page, 'loadbalancer_topology').selectOption('SINGLE');
  expect(await field(page, 'sriov_vip').locator('option').allInnerTexts()).toEqual(['Not set', 'Yes', 'No']);
  await expectAccessible(page);
  await screenshot(page, 'operator-flavor-profile');
  await save('Create');
  await rowOf(page, 'loadbalancer_topology: SINGLE').waitFor();
  await page.getByRole('button', { name: 'Create Flavor', exact: true }).click();
  await field(page, 'Name').fill('small');
  await field(page, 'Profile').selectOption({ label: 'pairs' });
  await save('Create');
  await rowOf(page, 'small').waitFor();
  const tenant = await world.signedIn('member', '/load-balancers/create');
  await field(tenant, 'Name').fill('sized');
  await field(tenant, 'Subnet').selectOption({ label: 'web / websub (10.0.10.0/24)' });
  await tenant.getByRole('button', { name: 'Placement and network' }).click();
  await field(tenant, 'Flavor').selectOption({ label: 'small' });
  await tenant.getByRole('navigation', { name: 'Steps' }).getByRole('button', { name: 'Listener' }).click();
  await tenant.locator('#with-listener').uncheck();
  await tenant.getByRole('navigation', { name: 'Steps' }).getByRole('button', { name: 'Pool', exact: true }).click();
  await tenant.locator('#with-pool').uncheck();
  await tenant.getByRole('navigation', { name: 'Steps' }).getByRole('button').last().click();
  await tenant.getByRole('button', { name: 'Create load balancer' }).click();
  await tenant.getByRole('heading', { name: 'sized is ready' }).waitFor();
  await tenant.context().close();
  const [flavor] = await admin.list('/v2/lbaas/flavors', 'flavors');
  expect((await admin.list('/v2/lbaas/loadbalancers?name=sized', 'loadbalancers')).map((one) => one['flavor_id'])).toEqual([flavor?.['id']]);
  await open('flavors');
  await rowAction(page, 'small', 'Edit');
  await dialog().getByRole('switch', { name: 'May be chosen' }).press('Space');
  await save('Save');
  await rowOf(page, 'small').getByRole('gridcell', { name: 'No', exact: true }).waitFor();
  await rowAction(page, 'small', 'Delete');
  await dialog().getByRole('button', { name: 'Delete' }).click();
  await dialog().getByText('is in use and cannot be modified').waitFor();
  await dialog().getByRole('button', { name: 'Cancel' }).click();
});

it('makes, edits and deletes availability zones and their profiles', async () => {
  await open('zones');
  await page.getByRole('heading', { name: 'No availability zones' }).waitFor();
  await page.getByRole('button', { name: 'Create Availability zone profile' }).click();
  await field(page, 'Name').fill('hall');
  await field(page, 'valid_vip_networks').waitFor();
  await save('Create');
  await rowOf(page, 'hall').waitFor();
  await page.getByRole('button', { name: 'Create Availability zone', exact: true }).click();
  await field(page, 'Name').fill('north');
  await choose('Profile', /hall/);
  await save('Create');
  await rowAction(page, 'north', 'Edit');
  await field(page, 'Description').fill('cold');
  await save('Save');
  await rowOf(page, 'cold').waitFor();
  await expectAccessible(page);
  await rowAction(page, 'north', 'Delete');
  await save('Delete');
  await page.getByRole('heading', { name: 'No availability zones' }).waitFor();
});

it('shows providers and what they can set', async () => {
  await open('providers');
  await page.getByText('The amphora image tag.').first().waitFor();
  await expectAccessible(page);
  await screenshot(page, 'operator-providers');
});

it('starts a rollout, pauses, resumes and aborts it, and shows how far it is', async () => {
  await open('rollout');
  await page.getByRole('heading', { name: 'There never was a rollout' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Start a rollout' }).click();
  await field(page, 'What').selectOption('configure');
  await field(page, 'Canaries').fill('1');
  await expectAccessible(page);
  await save('Create');
  await page.locator('[data-rollout=running]').waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.locator('[data-rollout=paused]').waitFor();
  await expectAccessible(page);
  await screenshot(page, 'operator-rollout');
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.locator('[data-rollout=running]').waitFor();
  await page.getByRole('button', { name: 'Abort' }).click();
  await save('Abort');
  await page.locator('[data-rollout=aborted], [data-rollout=done]').waitFor();
});

it('shows the storm brake engaged when too many are silent, on the fleet too', async () => {
  await open('brake');
  await page.locator('[data-brake=ready]').waitFor();
  await expectAccessible(page);
  await inDatabase((store) => store.transaction(async (trx) => {
    for (let number = 0; number < 40; number += 1) {
      const silent = randomUUID();
      await trx.insertInto('amphora').values({ id: silent, status: 'FAILOVER_STOPPED', cert_busy: false, created_at: '2026-01-01 00:00:00', updated_at: '2026-01-01 00:00:00' }).execute();
      await trx.insertInto('amphora_health').values({ amphora_id: silent, last_update: '2026-01-01 00:00:00', busy: false }).execute();
    }
  }));
  await page.locator('[data-brake=engaged]').waitFor();
  await expectAccessible(page);
  await screenshot(page, 'operator-brake');
  await page.getByRole('link', { name: '40' }).click();
  await page.getByText('So many amphorae are silent that none is failed over').waitFor();
  await page.locator('[data-late]').first().waitFor();
  await inDatabase((store) => store.transaction((trx) => trx.deleteFrom('amphora').where('status', '=', 'FAILOVER_STOPPED').execute()));
});

it('is readable in the dark, on a narrow screen, by keyboard, and in three languages', async () => {
  await page.getByLabel('Colour scheme').selectOption('dark');
  for (const tab of TABS) {
    await open(tab);
    await expect.poll(() => page.getByRole('progressbar', { name: 'Loading' }).count()).toBe(0);
    await expectAccessible(page);
  }
  await open('fleet');
  await rowOf(page, 'shop').waitFor();
  await screenshot(page, 'operator-fleet-dark');
  const [first, second] = [page.getByRole('tab', { name: 'Amphorae' }), page.getByRole('tab', { name: 'Rollout' })];
  await first.focus();
  await page.keyboard.press('Tab');
  await second.focus();
  await page.keyboard.press('Enter');
  expect(page.url()).toContain('tab=rollout');
  await page.setViewportSize({ width: 390, height: 844 });
  for (const tab of TABS) {
    await open(tab);
    await expect.poll(() => page.getByRole('progressbar', { name: 'Loading' }).count()).toBe(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), `${tab} is wider than the screen`).toBeLessThanOrEqual(0);
    await expectAccessible(page);
  }
  await open('fleet');
  await rowOf(page, 'shop').waitFor();
  await screenshot(page, 'operator-fleet-narrow');
  await page.setViewportSize({ width: 1360, height: 860 });
  for (const [language, word] of [['vi', 'Hạn mức'], ['zh', '配额']] as const) {
    await page.locator(`select:has(option[value=${language}])`).selectOption(language);
    await page.getByRole('tab', { name: word }).waitFor();
  }
  expect(world.complaints).toEqual([]);
});
