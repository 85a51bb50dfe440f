import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CloudClient, pause } from '../../src/processes/embedded/cloud-client.ts';
import { get } from '../../src/processes/embedded/traffic.ts';
import { expectAccessible, screenshot, startWorld, type DashboardWorld } from './dashboard-world.ts';

const VIP = '10.0.10.100';
let world: DashboardWorld;
let admin: CloudClient;
let page: Page;
let id: string;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'octavia-topology-'));
  const config = join(directory, 'pairs.conf');
  writeFileSync(config, '[controller_worker]\nloadbalancer_topology = ACTIVE_STANDBY\n');
  world = await startWorld(config);
  admin = await CloudClient.signIn(world.service.dataDir);
  const server = (number: number) => ({ name: `web${number}`, address: `10.0.10.1${number}`, protocol_port: 80, subnet_id: world.subnetId });
  const healthmonitor = { type: 'HTTP', delay: 1, timeout: 1, max_retries: 1, max_retries_down: 1, url_path: '/' };
  ({ id } = await world.cloud.create('/v2/lbaas/loadbalancers', 'loadbalancer', {
    name: 'shop', vip_subnet_id: world.subnetId, vip_address: VIP,
    pools: [
      { name: 'blue', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [server(1), server(2)], healthmonitor },
      { name: 'static', protocol: 'HTTP', lb_algorithm: 'LEAST_CONNECTIONS', members: [{ ...server(1), name: 'files' }] },
    ],
    listeners: [{
      name: 'front', protocol: 'HTTP', protocol_port: 80, default_pool: { name: 'blue' },
      l7policies: [{ name: 'images', action: 'REDIRECT_TO_POOL', redirect_pool: { name: 'static' }, rules: [{ type: 'PATH', compare_type: 'STARTS_WITH', value: '/images' }] }],
    }],
  }));
  await world.cloud.waitActive(id);
});
afterAll(async () => {
  await world?.close();
  rmSync(directory, { recursive: true, force: true });
});

const part = (name: string) => page.getByTestId(name);
const status = (name: string, operating: string) => part(name).locator(`:scope > .topology__line [data-status=${operating}]`).first();

it('shows everything from the address to the members in words, without the amphorae for tenants', async () => {
  page = await world.signedIn('member', `/load-balancers/${id}?tab=topology`);
  await status('member-web1', 'ONLINE').waitFor();
  await status('member-web2', 'ONLINE').waitFor();
  await status('vip', 'ONLINE').waitFor();
  expect(await part('vip').innerText()).toContain(VIP);
  expect(await part('listener-front').innerText()).toMatch(/HTTP : 80[^]*images[^]*REDIRECT_TO_POOL → static[^]*Otherwise → blue/);
  expect(await part('member-files').getByTestId('reason').innerText()).toContain('No health monitor checks it.');
  expect(await part('amphora').count()).toBe(0);
  await expect.poll(() => page.locator('.topology__edges path').count()).toBe(3);
  await expectAccessible(page);
});

it('tells live what each part does', async () => {
  let isOver = false;
  const traffic = (async () => {
    while (!isOver) {
      await get(`http://${VIP}/`, 3_000).catch(() => '');
      await pause(20);
    }
  })();
  try {
    for (const name of ['listener-front', 'pool-blue', 'member-web1']) await part(name).getByTestId('rates').first().filter({ hasText: /[1-9].*requests\/s · \d+ open connections/ }).waitFor();
    await screenshot(page, 'topology');
  } finally {
    isOver = true;
    await traffic;
  }
});

it('drains a member where it stands, and puts it back with the weight it had', async () => {
  const web1 = part('member-web1');
  await web1.getByLabel('Weight of web1').fill('7');
  await web1.getByRole('button', { name: 'Save' }).click();
  await web1.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });
  await world.cloud.waitActive(id);
  await web1.getByRole('button', { name: 'Drain web1' }).click();
  await status('member-web1', 'DRAINING').waitFor();
  expect(await web1.getByTestId('reason').innerText()).toContain('Weight 0: it gets no new connections.');
  await world.cloud.waitActive(id);
  const answers = new Set<string>();
  for (let sent = 0; sent < 6; sent += 1) answers.add(await get(`http://${VIP}/`, 3_000));
  expect([...answers].join(' ')).toMatch(/web2/);
  expect([...answers].join(' ')).not.toMatch(/web1/);
  await web1.getByRole('button', { name: 'Put back web1' }).click();
  await status('member-web1', 'ONLINE').waitFor();
  await world.cloud.waitActive(id);
  await expect.poll(() => web1.getByLabel('Weight of web1').inputValue()).toBe('7');
});

it('turns a killed member red within the interval of its monitor, says why and since when, and leaves only what is not well', async () => {
  await world.cloud.request('DELETE', '/octavia-embedded/v1/servers/web2');
  const killedAt = performance.now();
  await status('member-web2', 'ERROR').waitFor();
  process.stdout.write(`a killed member is red after ${Math.round(performance.now() - killedAt)} ms\n`);
  await part('member-web2').getByTestId('reason').filter({ hasText: /Layer\d.*\(since \d/ }).waitFor();
  await part('pool-blue').getByTestId('reason').first().filter({ hasText: '1 of 2 below it not well: web2' }).waitFor();
  await page.getByLabel('Unhealthy only').check({ force: true });
  await part('member-web1').waitFor({ state: 'detached' });
  expect(await part('pool-static').count()).toBe(0);
  expect(await part('pool-blue').innerText()).toContain('Hide members of blue (1)');
  expect(await part('pool-blue').getByTestId('reason').first().innerText()).toContain('1 of 2');
  expect(page.url()).toContain('show=unhealthy');
  await expectAccessible(page);
  await screenshot(page, 'topology-unhealthy');
  await page.getByLabel('Unhealthy only').uncheck({ force: true });
});

it('works by keyboard, folds members away, in the dark and in three languages', async () => {
  await page.getByRole('button', { name: 'Hide members of blue (2)' }).focus();
  await page.keyboard.press('Enter');
  await part('member-web1').waitFor({ state: 'detached' });
  expect(await part('pool-blue').innerText()).toContain('1 ×');
  await page.keyboard.press('Enter');
  await part('member-web1').waitFor();
  await page.getByLabel('Colour scheme').selectOption('dark');
  await expectAccessible(page);
  await screenshot(page, 'topology-dark');
  await page.getByLabel('Language').selectOption('vi');
  await page.getByText('Nhóm máy chủ và thành viên').waitFor();
  await page.getByRole('combobox').filter({ hasText: '中文' }).selectOption('zh');
  await page.getByText('资源池和成员').waitFor();
  await page.getByRole('combobox').filter({ hasText: '中文' }).selectOption('en');
  await page.getByLabel('Colour scheme').selectOption('light');
});

it('shows an administrator both amphorae with their roles, and follows a failover without being loaded anew', async () => {
  const view = await world.signedIn('admin', `/load-balancers/${id}?tab=topology`);
  const amphorae = view.getByTestId('amphora');
  for (const role of ['MASTER', 'BACKUP']) await amphorae.filter({ hasText: role }).locator('[data-status=ALLOCATED]').waitFor();
  const before = await amphorae.evaluateAll((found) => found.map((element) => element.getAttribute('data-amphora') ?? ''));
  // A page that is loaded anew has forgotten this.
  await view.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
  await admin.request('PUT', `/v2/lbaas/loadbalancers/${id}/failover`);
  for (const old of before) await view.locator(`[data-amphora="${old}"]`).waitFor({ state: 'detached' });
  for (const role of ['MASTER', 'BACKUP']) await amphorae.filter({ hasText: role }).locator('[data-status=ALLOCATED]').waitFor();
  expect(await amphorae.count()).toBe(2);
  expect(await view.evaluate(() => 'isSamePage' in globalThis)).toBe(true);
  await world.cloud.waitActive(id, 60_000);
  await expectAccessible(view);
  await screenshot(view, 'topology-operator');
  await view.context().close();
});

it('stays readable with 50 pools and 500 members', async () => {
  const pools = Array.from({ length: 50 }, (_pool, pool) => ({
    name: `pool${pool}`, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: Array.from({ length: 10 }, (_member, member) => ({ name: `m${pool}-${member}`, address: `10.0.10.${20 + member}`, protocol_port: 1000 + pool })),
  }));
  const listeners = Array.from({ length: 10 }, (_listener, listener) => ({
    name: `front${listener}`, protocol: 'HTTP', protocol_port: 8000 + listener, default_pool: { name: `pool${listener}` },
    l7policies: [1, 2, 3, 4].map((row) => ({ action: 'REDIRECT_TO_POOL', redirect_pool: { name: `pool${listener + 10 * row}` }, rules: [{ type: 'PATH', compare_type: 'STARTS_WITH', value: `/${row}` }] })),
  }));
  const large = await world.cloud.create('/v2/lbaas/loadbalancers', 'loadbalancer', { name: 'large', vip_subnet_id: world.subnetId, pools, listeners });
  await world.cloud.waitActive(large.id, 90_000);
  await page.goto(`${world.url}/dashboard/load-balancers/${large.id}?tab=topology`);
  await page.getByTestId('pool-pool49').waitFor();
  expect(await page.locator('[data-testid^=member-]').count()).toBe(0);
  await part('pool-pool49').getByText('10 ×').waitFor();
  await page.getByRole('button', { name: 'Show members of pool7 (10)' }).click();
  await part('member-m7-9').waitFor();
  expect(await page.locator('[data-testid^=member-]').count()).toBe(10);
  await expectAccessible(page);
  await screenshot(page, 'topology-large');
});

it('complained of nothing and asked no other origin', () => {
  expect(world.complaints).toEqual([]);
});
