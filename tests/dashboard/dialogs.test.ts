import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CloudClient } from '../../src/processes/embedded/cloud-client.ts';
import { expectAccessible, field, openBrowser, rowAction, rowOf, screenshot, signIn, startWorld, type DashboardWorld } from './dashboard-world.ts';

let world: DashboardWorld;
let page: Page;
let id: string;

beforeAll(async () => {
  world = await startWorld();
  const made = await world.cloud.create('/v2/lbaas/loadbalancers', 'loadbalancer', {
    name: 'shop', vip_subnet_id: world.subnetId,
    listeners: [{ name: 'web', protocol: 'HTTP', protocol_port: 80, default_pool: { name: 'blue', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [{ name: 'one', address: '10.0.10.11', protocol_port: 80, subnet_id: world.subnetId }] } }],
  });
  ({ id } = made);
  await world.cloud.waitActive(id);
});
afterAll(async () => {
  await world?.close();
});

const dialog = () => page.getByRole('dialog');
const save = async (button: 'Create' | 'Save' | 'Delete') => {
  await dialog().getByRole('button', { name: button, exact: true }).click();
  await dialog().waitFor({ state: 'detached' });
  await world.cloud.waitActive(id);
};
const open = async (path: string) => {
  await page.goto(`${world.url}/dashboard/load-balancers/${id}${path}`);
  await page.getByRole('navigation', { name: 'Where you are' }).waitFor();
};
const shown = async (path: string, root: string) => world.cloud.show(path, root);

const passwordOf = async (user: string) => (JSON.parse(await readFile(`${world.service.dataDir}/identity-passwords.json`, 'utf8')) as Record<string, string>)[user] ?? '';

it('edits every field of a load balancer that may be changed', async () => {
  page = await world.signedIn('member', `/load-balancers/${id}`);
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await dialog().waitFor();
  await expectAccessible(page);
  await field(page, 'Name').fill('store');
  await field(page, 'Description').fill('sells <b>things</b> & "more"');
  await dialog().getByRole('button', { name: 'Tags and state' }).click();
  await dialog().getByRole('textbox', { name: 'Tags' }).fill('prod,eu');
  await save('Save');
  await page.getByRole('heading', { name: /store/ }).waitFor();
  expect(await shown(`/v2/lbaas/loadbalancers/${id}`, 'loadbalancer')).toMatchObject({ name: 'store', description: 'sells <b>things</b> & "more"', tags: ['eu', 'prod'] });
});

it('changes what was typed only: what others change while the form is open stays', async () => {
  await open('');
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await field(page, 'Description').fill('sells more');
  await world.cloud.request('PUT', `/v2/lbaas/loadbalancers/${id}`, { loadbalancer: { name: 'bazaar' } });
  await world.cloud.waitActive(id);
  await page.locator('h1', { hasText: 'bazaar' }).waitFor();
  await save('Save');
  expect(await shown(`/v2/lbaas/loadbalancers/${id}`, 'loadbalancer')).toMatchObject({ name: 'bazaar', description: 'sells more' });
});

it('creates, edits and deletes a listener, with the service\'s own words when it refuses', async () => {
  await open('?tab=listeners');
  await page.getByRole('button', { name: 'Create Listener' }).click();
  await field(page, 'Name').fill('second');
  await dialog().getByRole('button', { name: 'Create', exact: true }).click();
  await dialog().getByText('is already using protocol HTTP and protocol_port 80').waitFor();
  await expectAccessible(page);
  await field(page, 'Port').fill('8080');
  await dialog().getByLabel('X-Forwarded-For').check();
  await dialog().getByRole('textbox', { name: 'Allowed sources' }).fill('10.0.10.0/24');
  await dialog().getByRole('button', { name: 'Limits and timeouts' }).click();
  await field(page, 'Connection limit').fill('500');
  await save('Create');
  await rowOf(page, 'second').locator('[data-status=ACTIVE]').waitFor();
  const [listener] = await world.cloud.list('/v2/lbaas/listeners?name=second', 'listeners');
  expect(listener).toMatchObject({ protocol_port: 8080, connection_limit: 500, allowed_cidrs: ['10.0.10.0/24'], insert_headers: { 'X-Forwarded-For': 'true' } });
  await rowAction(page, 'second', 'Edit');
  await dialog().getByRole('button', { name: 'Limits and timeouts' }).click();
  await field(page, 'Connection limit').fill('');
  await dialog().getByRole('button', { name: 'Remove 10.0.10.0/24' }).click();
  await save('Save');
  expect((await world.cloud.list('/v2/lbaas/listeners?name=second', 'listeners'))[0]).toMatchObject({ connection_limit: -1, allowed_cidrs: null });
  await rowAction(page, 'second', 'Delete');
  await dialog().waitFor();
  await expectAccessible(page);
  await save('Delete');
  await rowOf(page, 'second').waitFor({ state: 'detached' });
});

it('creates and edits a pool with session persistence', async () => {
  await open('?tab=pools');
  await page.getByRole('button', { name: 'Create Pool' }).click();
  await field(page, 'Name').fill('green');
  await dialog().getByLabel('Session persistence', { exact: true }).last().selectOption('APP_COOKIE');
  await dialog().getByRole('button', { name: 'Create', exact: true }).click();
  await dialog().getByText('Field "cookie_name" must be specified').waitFor();
  await field(page, 'Cookie name').fill('JSESSIONID');
  await expectAccessible(page);
  await save('Create');
  await rowAction(page, 'green', 'Edit');
  await field(page, 'Algorithm').selectOption('LEAST_CONNECTIONS');
  await dialog().getByLabel('Session persistence', { exact: true }).last().selectOption('');
  await save('Save');
  expect((await world.cloud.list('/v2/lbaas/pools?name=green', 'pools'))[0]).toMatchObject({ lb_algorithm: 'LEAST_CONNECTIONS', session_persistence: null });
});

it('edits members one by one and all at once', async () => {
  await open('?tab=pools');
  await page.getByRole('link', { name: 'green' }).click();
  await page.getByRole('tab', { name: /Members/ }).click();
  await page.getByRole('button', { name: 'Edit members' }).click();
  await dialog().getByRole('button', { name: 'Add web1 10.0.10.11' }).click();
  await dialog().getByRole('button', { name: 'Add another address' }).click();
  await dialog().getByLabel('IP address 2').fill('10.0.10.99');
  await dialog().getByLabel('Weight 2').fill('999');
  await dialog().getByRole('button', { name: 'Save', exact: true }).click();
  await dialog().getByText('From 0 to 256.').waitFor();
  await dialog().getByLabel('Weight 2').fill('7');
  await dialog().getByLabel('Backup').nth(1).check();
  await expectAccessible(page);
  await screenshot(page, 'members-batch');
  await save('Save');
  await rowOf(page, '10.0.10.99').waitFor();
  const [pool] = await world.cloud.list('/v2/lbaas/pools?name=green', 'pools');
  const members = await world.cloud.list(`/v2/lbaas/pools/${String(pool?.['id'])}/members`, 'members');
  expect(members.map(({ address, weight, backup }) => [address, weight, backup]).toSorted()).toEqual([['10.0.10.11', 1, false], ['10.0.10.99', 7, true]]);
  await rowAction(page, '10.0.10.99', 'Edit');
  await field(page, 'Weight').fill('0');
  await dialog().getByRole('button', { name: 'Monitoring' }).click();
  await field(page, 'Monitor port').fill('8081');
  await save('Save');
  await page.locator('thead input[type=checkbox]').check();
  await page.getByRole('button', { name: 'Delete (2)' }).click();
  await save('Delete');
  await page.getByRole('heading', { name: 'No members' }).waitFor();
});

it('creates, edits and deletes a health monitor', async () => {
  await page.getByRole('tab', { name: 'Health monitor' }).click();
  await page.getByRole('button', { name: 'Create Health monitor' }).click();
  await field(page, 'Good status codes').fill('200-204');
  await expectAccessible(page);
  await save('Create');
  await page.locator('.part-head').getByRole('button', { name: 'Edit' }).click();
  await field(page, 'URL path').fill('healthz');
  await dialog().getByRole('button', { name: 'Save', exact: true }).click();
  await dialog().getByText('A path that begins with /.').waitFor();
  await field(page, 'URL path').fill('/healthz');
  await save('Save');
  expect((await world.cloud.list('/v2/lbaas/healthmonitors', 'healthmonitors'))[0]).toMatchObject({ url_path: '/healthz', expected_codes: '200-204' });
  await page.locator('.part-head').getByRole('button', { name: 'Delete' }).click();
  await save('Delete');
  await page.getByRole('heading', { name: 'No health monitor' }).waitFor();
});

it('creates and edits L7 policies and rules', async () => {
  await open('?tab=listeners');
  await page.getByRole('link', { name: 'web' }).click();
  await page.getByRole('tab', { name: /L7 policies/ }).click();
  await page.getByRole('button', { name: 'Create L7 policy' }).click();
  await field(page, 'Name').fill('to-green');
  await field(page, 'Pool').selectOption({ label: 'green' });
  await expectAccessible(page);
  await save('Create');
  await page.getByRole('link', { name: 'to-green' }).click();
  await page.getByRole('tab', { name: /L7 rules/ }).click();
  await page.getByRole('button', { name: 'Create L7 rule' }).click();
  await field(page, 'Type').selectOption('HEADER');
  await field(page, 'Value').fill('beta');
  await dialog().getByRole('button', { name: 'Create', exact: true }).click();
  await dialog().getByText('L7 rule type requires a key').waitFor();
  await field(page, 'Key').fill('X-Stage');
  await save('Create');
  await rowAction(page, 'X-Stage', 'Edit');
  await field(page, 'Comparison').selectOption('EQUAL_TO');
  await dialog().locator('label', { hasText: 'Inverted' }).click();
  await save('Save');
  await rowOf(page, 'EQUAL_TO').waitFor();
  await rowAction(page, 'X-Stage', 'Delete');
  await save('Delete');
  await page.getByRole('heading', { name: 'No rules' }).waitFor();
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await field(page, 'Action').selectOption('REDIRECT_TO_URL');
  await field(page, 'URL').fill('https://www.example.com/');
  await save('Save');
  expect((await world.cloud.list('/v2/lbaas/l7policies', 'l7policies'))[0]).toMatchObject({ action: 'REDIRECT_TO_URL', redirect_http_code: 302, redirect_pool_id: null });
});

it('gives the address a floating IP and takes it away', async () => {
  const admin = await world.signedIn('admin', '/load-balancers');
  await admin.context().close();
  const operator = await CloudClient.signIn(world.service.dataDir);
  const network = await operator.create('/network/v2.0/networks', 'network', { name: 'public', 'router:external': true });
  await operator.create('/network/v2.0/subnets', 'subnet', { name: 'pubsub', network_id: network.id, cidr: '172.16.50.0/24', ip_version: 4 });
  await open('');
  await page.getByRole('button', { name: 'Floating IP', exact: true }).click();
  await dialog().getByLabel('Floating IP').selectOption({ label: 'A new one of public' });
  await expectAccessible(page);
  await dialog().getByRole('button', { name: 'Associate floating IP' }).click();
  await page.getByText(/· 172\.16\.50\./).waitFor();
  await page.getByRole('button', { name: 'Floating IP', exact: true }).click();
  await dialog().getByRole('button', { name: 'Disassociate floating IP' }).click();
  await page.getByText(/· 172\.16\.50\./).waitFor({ state: 'detached' });
});

it('keeps what was typed when the session ends, and goes on after signing in again', async () => {
  await open('');
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await field(page, 'Description').fill('typed before the session ended');
  const cookies = await page.context().cookies();
  const token = Buffer.from((cookies.find(({ name }) => name === 'octavia_dashboard')?.value ?? '').split('.')[0] ?? '', 'base64url').toString();
  await fetch(`${world.url}/identity/v3/auth/tokens`, { method: 'DELETE', headers: { 'x-auth-token': token, 'x-subject-token': token } });
  await page.context().clearCookies();
  await dialog().getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
  await expectAccessible(page);
  await screenshot(page, 'session-ended');
  await page.getByLabel('Password').fill(await passwordOf('member'));
  // The stream of the token that has ended would ask for the password once more, and then push nothing.
  const streamAnew = page.waitForRequest(/\/dashboard\/api\/changes/);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await streamAnew;
  await dialog().waitFor({ state: 'detached' });
  await world.cloud.waitActive(id);
  expect(await shown(`/v2/lbaas/loadbalancers/${id}`, 'loadbalancer')).toMatchObject({ description: 'typed before the session ended' });
});

it('shows readers nothing they may not do, and operators how to fail over', async () => {
  const reader = await world.signedIn('reader', `/load-balancers/${id}?tab=listeners`);
  await reader.getByRole('link', { name: 'web' }).waitFor();
  for (const name of ['Edit', 'Delete', 'Create Listener', 'Floating IP', 'Fail over']) expect(await reader.getByRole('button', { name, exact: true }).count(), name).toBe(0);
  expect(await reader.getByRole('link', { name: 'Operator' }).count()).toBe(0);
  await reader.context().close();
  const admin = await CloudClient.signIn(world.service.dataDir);
  const amphorae = async () => (await admin.list(`/v2/octavia/amphorae?loadbalancer_id=${id}`, 'amphorae')).map((amphora) => amphora['id']);
  const before = await amphorae();
  const operator = await world.signedIn('admin', `/load-balancers/${id}`);
  await operator.getByRole('button', { name: 'Fail over' }).click();
  await operator.getByRole('dialog').getByRole('button', { name: 'Fail over' }).click();
  await operator.getByRole('dialog').waitFor({ state: 'detached' });
  await world.cloud.waitActive(id, 60_000);
  const after = await amphorae();
  expect(after).toHaveLength(before.length);
  expect(after.filter((amphora) => before.includes(amphora))).toEqual([]);
  await operator.locator('h1 [data-status=ACTIVE]').waitFor();
  await operator.context().close();
});

it('says why somebody is still signed in when signing out did not work', async () => {
  const reader = await world.signedIn('reader');
  await reader.route('**/dashboard/api/session', (route) => (route.request().method() === 'DELETE' ? route.fulfill({ status: 503, json: { faultstring: 'The service is being started.' } }) : route.continue()));
  await reader.getByRole('button', { name: 'Sign out reader' }).click();
  await reader.getByText('The service is being started.').waitFor();
  await reader.context().close();
});

it('opens a page whose files could not be fetched when that is tried again', async () => {
  // A browser of its own: what fails here is meant to.
  const own = await openBrowser(world.url);
  const reader = await own.stranger();
  await reader.goto(`${world.url}/dashboard/load-balancers`);
  await signIn(reader, 'reader', await passwordOf('reader'));
  await reader.route('**/assets/load-balancer-page-*', (route) => route.abort());
  await reader.getByRole('link', { name: 'bazaar' }).click();
  await reader.getByRole('button', { name: 'Try again' }).waitFor();
  await reader.unroute('**/assets/load-balancer-page-*');
  await reader.getByRole('button', { name: 'Try again' }).click();
  await reader.getByRole('heading', { name: /bazaar/ }).waitFor();
  await own.browser.close();
});

it('opens a page whose files could not be fetched once, and shows what could not be read once, without being asked', async () => {
  const own = await openBrowser(world.url);
  const reader = await own.stranger();
  await reader.goto(`${world.url}/dashboard/load-balancers`);
  await signIn(reader, 'reader', await passwordOf('reader'));
  for (const files of ['**/assets/load-balancer-page-*', `**/lbaas/loadbalancers/${id}`]) await reader.route(files, (route) => route.abort(), { times: 1 });
  await reader.getByRole('link', { name: 'bazaar' }).click();
  await reader.getByRole('heading', { name: /bazaar/ }).waitFor();
  await own.browser.close();
});

it('says what a cascade delete takes along, and deletes it', async () => {
  await open('');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  for (const text of ['Listener web', 'Pool blue', 'Pool green', '1 members, 0 health monitors']) await dialog().getByText(text).waitFor();
  await expectAccessible(page);
  await screenshot(page, 'cascade-delete');
  await dialog().getByRole('button', { name: 'Delete', exact: true }).click();
  await page.waitForURL('**/dashboard/load-balancers');
  await page.getByRole('heading', { name: 'No load balancers yet' }).waitFor();
  expect(world.complaints).toEqual([]);
});
