import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pause } from '../../src/processes/embedded/cloud-client.ts';
import { get } from '../../src/processes/embedded/traffic.ts';
import { expectAccessible, screenshot, startWorld, type DashboardWorld } from './dashboard-world.ts';

const VIP = '10.0.10.100';
let world: DashboardWorld;
let page: Page;
let id: string;
let isOver = false;
let sent = 0;
/** Requests by what came of them. */
const outcomes = { served: 0, refused: 0, lost: 0 };
let traffic: Promise<void> = Promise.resolve();

beforeAll(async () => {
  world = await startWorld();
  ({ id } = await world.cloud.create('/v2/lbaas/loadbalancers', 'loadbalancer', {
    name: 'shop', vip_subnet_id: world.subnetId, vip_address: VIP,
    listeners: [{
      name: 'front', protocol: 'HTTP', protocol_port: 80,
      default_pool: {
        name: 'blue', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [1, 2].map((number) => ({ name: `web${number}`, address: `10.0.10.1${number}`, protocol_port: 80, subnet_id: world.subnetId })),
        healthmonitor: { type: 'HTTP', delay: 1, timeout: 1, max_retries: 1, url_path: '/' },
      },
      l7policies: [{ action: 'REJECT', rules: [{ type: 'PATH', compare_type: 'STARTS_WITH', value: '/secret' }] }],
    }],
  }));
  await world.cloud.waitActive(id);
  traffic = (async () => {
    while (!isOver) {
      sent += 1;
      const outcome = await get(`http://${VIP}${sent % 5 === 0 ? '/secret' : '/'}`, 30_000).then(() => 'served' as const, (error: Error) => (error.message === 'status 403' ? 'refused' : 'lost'));
      outcomes[outcome] += 1;
      await pause(20);
    }
  })();
});
afterAll(async () => {
  isOver = true;
  await traffic;
  await world?.close();
});

const chart = (key: string) => page.getByTestId(`chart-${key}`);
const answers = async () => (await world.cloud.show(`/v2.0/octavia/loadbalancers/${id}/statistics`, 'statistics'))['points'] as readonly Readonly<Record<string, number>>[];

it('charts show the traffic of the load balancer as it comes, by code of the answers', async () => {
  page = await world.signedIn('member', `/load-balancers/${id}?tab=statistics`);
  await chart('requests').filter({ hasText: /Requests\/s: [\d.]+ \(highest [1-9]/ }).waitFor();
  await chart('responses').filter({ hasText: /2xx: [\d.]+ \(highest [\d.]*[1-9]/ }).waitFor();
  await chart('responses').filter({ hasText: /4xx: [\d.]+ \(highest [\d.]*[1-9]/ }).waitFor();
  await chart('bytes').filter({ hasText: /Out: [\d.]+ k?B \(highest [\d.]*[1-9]/ }).waitFor();
  await expect.poll(() => page.locator('.chart canvas').count()).toBe(5);
});

it('counts neither more nor less than was sent', async () => {
  isOver = true;
  await traffic;
  const sum = async (name: string) => (await answers()).reduce((total, point) => total + (point[name] ?? 0), 0);
  expect(outcomes).toEqual({ served: sent - Math.floor(sent / 5), refused: Math.floor(sent / 5), lost: 0 });
  // Requests are counted when they come, their answers when they have gone.
  await expect.poll(async () => [await sum('requests'), await sum('responses_2xx'), await sum('responses_4xx')]).toEqual([sent, outcomes.served, outcomes.refused]);
});

it('shows listeners, pools and members of the last hour and day by links of their own', async () => {
  const scope = page.getByLabel('Statistics of');
  for (const name of ['front', 'blue', 'web1', 'web2']) {
    await scope.selectOption({ label: name });
    await chart('requests').filter({ hasText: /highest [\d.]*[1-9]/ }).waitFor();
  }
  expect(page.url()).toContain('object=');
  await page.getByRole('button', { name: 'Last day' }).click();
  expect(page.url()).toContain('period=day');
  await page.reload();
  await chart('requests').waitFor();
  await page.goto(`${world.url}/dashboard/load-balancers/${id}?tab=statistics`);
  await chart('requests').filter({ hasText: /highest [1-9]/ }).waitFor();
});

it('the tail shows a request as it is made, and only the lines with the words asked for', async () => {
  const log = page.getByRole('log', { name: 'Access log' });
  await log.getByText('GET /secret').first().waitFor();
  await get(`http://${VIP}/a-page-of-its-own`, 3_000);
  await log.getByText('GET /a-page-of-its-own HTTP/1.1').waitFor();
  await page.getByLabel('Lines with these words').fill('a-page-of-its-own 200');
  await log.getByText('GET /secret').first().waitFor({ state: 'detached' });
  await log.getByText('GET /a-page-of-its-own HTTP/1.1').waitFor();
  await page.getByLabel('Lines with these words').fill('web2 200');
  await log.getByText('web2').first().waitFor();
  expect(await log.getByText('web1').count()).toBe(0);
  await page.getByLabel('Lines with these words').fill('');
  await log.getByText('GET /secret').first().waitFor();
});

it('the timeline tells what was asked for and what is not well', async () => {
  const events = page.getByRole('list', { name: 'Events' });
  await events.getByText('Create Load balancer: accepted').waitFor();
  await world.cloud.request('DELETE', '/octavia-embedded/v1/servers/web2');
  await events.getByRole('listitem').filter({ hasText: /Member web2: .*Layer/ }).waitFor();
  await expectAccessible(page);
  await page.getByLabel('Statistics of').focus();
  await page.getByRole('heading', { name: /shop/ }).scrollIntoViewIfNeeded();
  await screenshot(page, 'statistics');
  await page.getByRole('log').scrollIntoViewIfNeeded();
  await screenshot(page, 'events-and-access-log');
  await page.getByLabel('Colour scheme').selectOption('dark');
  await expectAccessible(page);
  await chart('requests').scrollIntoViewIfNeeded();
  await screenshot(page, 'statistics-dark');
});

it('says so where a provider shows no access log', async () => {
  await page.route('**/access_log*', (route) => route.fulfill({ status: 501, json: { faultcode: 'Server', faultstring: 'no', debuginfo: null } }));
  await page.reload();
  await page.getByText('do not show their access log').waitFor();
});

it('complained of nothing and asked no other origin', () => {
  expect(world.complaints).toEqual([]);
});
