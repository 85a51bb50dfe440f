import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { get } from '../../src/processes/embedded/traffic.ts';
import { expectAccessible, field, screenshot, startWorld, type DashboardWorld } from './dashboard-world.ts';

let world: DashboardWorld;
let page: Page;
let loadBalancer: string;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world?.close();
});

const next = () => page.getByRole('button', { name: 'Next' }).click();
const step = (name: string) => page.getByRole('navigation', { name: 'Steps' }).getByRole('button', { name });

it('refuses a wrong password in words and fetches little before it is usable', async () => {
  const stranger = await world.stranger();
  await stranger.goto(`${world.url}/dashboard`);
  await stranger.getByLabel('User').fill('member');
  const fetched = await stranger.evaluate(() => (performance.getEntriesByType('resource') as PerformanceResourceTiming[]).map(({ transferSize }) => transferSize));
  // What a cold load takes is these many round trips and bytes; the clock of a shared machine says nothing.
  expect(fetched.length).toBeLessThan(20);
  expect(fetched.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(450 * 1024);
  const paint = await stranger.evaluate(() => performance.getEntriesByType('paint').find(({ name }) => name === 'first-contentful-paint')?.startTime);
  process.stdout.write(`cold load: ${fetched.length} files, ${Math.round(fetched.reduce((sum, bytes) => sum + bytes, 0) / 1024)} KiB, first contentful paint after ${Math.round(paint ?? 0)} ms\n`);
  await expectAccessible(stranger);
  await screenshot(stranger, 'sign-in');
  await stranger.getByLabel('Password').fill('not it');
  await stranger.getByRole('button', { name: 'Sign in' }).click();
  await stranger.getByText('User, password, domain or project is wrong.').waitFor();
  await stranger.context().close();
});

it('leads from nothing to a plan, and says what is missing where it is missing', async () => {
  page = await world.signedIn('member');
  await page.getByRole('heading', { name: 'No load balancers yet' }).waitFor();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Create load balancer' }).first().click();
  await page.getByRole('heading', { name: 'Create a load balancer' }).waitFor();
  await next();
  await page.getByText('Choose a subnet (or a network or port under placement).').waitFor();
  await field(page, 'Name').fill('shop');
  await field(page, 'Subnet').selectOption({ label: 'web / websub (10.0.10.0/24)' });
  await field(page, 'IP address').fill('10.0.10.500');
  await next();
  await page.getByText('An IPv4 or IPv6 address, such as 192.0.2.10.').waitFor();
  await field(page, 'IP address').fill('10.0.10.100');
  await screenshot(page, 'wizard-details');
  await expectAccessible(page);
  await next();
  await field(page, 'Port').fill('70000');
  await next();
  await page.getByText('From 1 to 65535.').waitFor();
  await field(page, 'Port').fill('80');
  await page.getByLabel('X-Forwarded-For').check();
  await expectAccessible(page);
  await next();
});

it('offers certificates where TLS ends and only checks that suit the pool', async () => {
  await step('Listener').click();
  await field(page, 'Protocol').selectOption('TERMINATED_HTTPS');
  await step('SSL certificates').waitFor();
  await field(page, 'Protocol').selectOption('UDP');
  expect(await step('SSL certificates').count()).toBe(0);
  expect(await step('L7 policies').count()).toBe(0);
  await step('Health monitor').click();
  expect(await field(page, 'Type').locator('option').allInnerTexts()).toEqual(['HTTP', 'TCP', 'UDP-CONNECT', 'SCTP']);
  await step('Listener').click();
  await field(page, 'Protocol').selectOption('HTTP');
  await next();
});

it('adds a policy, members from servers, and a monitor', async () => {
  await page.getByRole('button', { name: 'Add a policy' }).click();
  await field(page, 'Value').fill('/blocked');
  await expectAccessible(page);
  await next();
  await field(page, 'Algorithm').selectOption('LEAST_CONNECTIONS');
  await next();
  await page.getByRole('button', { name: 'Add web1 10.0.10.11' }).click();
  await page.getByRole('button', { name: 'Add web2 10.0.10.12' }).click();
  await expectAccessible(page);
  await screenshot(page, 'wizard-members');
  await next();
  await field(page, 'Interval (s)').fill('1');
  await field(page, 'Timeout (s)').fill('1');
  await next();
  const plan = page.getByTestId('plan');
  for (const text of ['Load balancer shop', 'Listener listener1', 'L7 policy', 'Pool pool1', 'Member web1', 'Member web2', 'Health monitor monitor1']) expect(await plan.innerText()).toContain(text);
  expect(await page.getByText('openstack loadbalancer create --name shop').innerText()).toContain('openstack loadbalancer l7rule create --type PATH --compare-type STARTS_WITH --value /blocked --wait');
  await expectAccessible(page);
  await screenshot(page, 'wizard-plan');
});

it('shows each step to ACTIVE, and the address answers', async () => {
  await page.getByRole('button', { name: 'Create load balancer' }).click();
  await page.getByText('Request accepted').waitFor();
  await page.getByRole('heading', { name: 'shop is ready' }).waitFor();
  await page.getByRole('listitem').filter({ hasText: 'Members answer their checks' }).filter({ hasText: 'done' }).waitFor();
  await expectAccessible(page);
  await screenshot(page, 'progress');
  const answers = new Set<string>();
  for (let sent = 0; sent < 8; sent += 1) answers.add(await get('http://10.0.10.100/', 3_000));
  expect([...answers].join(' ')).toMatch(/web[12]/);
  await expect(get('http://10.0.10.100/blocked', 3_000)).rejects.toThrow('status 403');
  [loadBalancer] = (await world.cloud.list('/v2/lbaas/loadbalancers', 'loadbalancers')).map((one) => String(one['id'])) as [string];
});

it('looks right in light and dark, in three languages, and every view has a link of its own', async () => {
  await page.goto(`${world.url}/dashboard/load-balancers/${loadBalancer}`);
  await page.getByRole('heading', { name: /shop/ }).waitFor();
  await page.getByText('web / websub (10.0.10.0/24)').waitFor();
  await expectAccessible(page);
  await screenshot(page, 'load-balancer');
  await page.getByLabel('Colour scheme').selectOption('dark');
  await expectAccessible(page);
  await screenshot(page, 'load-balancer-dark');
  for (const [language, word] of [['vi', 'Bộ cân bằng tải'], ['zh', '负载均衡器']] as const) {
    await page.getByRole('combobox').nth(3).selectOption(language);
    await page.getByRole('link', { name: word }).first().waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(language);
  }
  await page.getByRole('combobox').nth(3).selectOption('en');
  await page.getByRole('tab', { name: 'Pools (1)' }).click();
  expect(page.url()).toContain('tab=pools');
  await page.reload();
  await page.getByRole('link', { name: 'pool1' }).click();
  await page.getByRole('tab', { name: 'Members (2)' }).click();
  await page.getByRole('gridcell', { name: '10.0.10.11' }).waitFor();
  await expectAccessible(page);
  await screenshot(page, 'pool-members-dark');
});

it('turns a member red by itself when its server dies', async () => {
  await page.locator('tr', { hasText: '10.0.10.12' }).locator('[data-status=ONLINE]').waitFor();
  await world.cloud.request('DELETE', '/octavia-embedded/v1/servers/web2');
  await page.locator('tr', { hasText: '10.0.10.12' }).locator('[data-status=ERROR]').waitFor();
  await screenshot(page, 'member-down-dark');
});

it('complained of nothing and asked no other origin', () => {
  expect(world.complaints).toEqual([]);
});
