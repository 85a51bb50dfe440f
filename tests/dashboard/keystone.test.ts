import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerOf } from '../interop/rest.ts';
import { apiAddress, openWorld, type World } from '../interop/world.ts';
import { forKeystone, missingPackages } from '../services/available.ts';
import { startKeystone, type Keystone } from '../services/keystone.ts';
import { PASSWORD } from '../services/keystone-directory.ts';
import { stubSubnetId } from '../services/neutron-stub.ts';
import { createOurSchema } from '../services/octavia-processes.ts';
import { openBrowser, rowOf, signIn, type WatchedBrowser } from './dashboard-world.ts';

const REGIONS = ['RegionOne', 'RegionTwo'] as const;

/** Our `api` of two regions with one Keystone; what is looked at is the dashboard of the first. */
describe.skipIf(missingPackages(forKeystone).length > 0)('the dashboard with the real Keystone', () => {
  let world: World;
  let keystone: Keystone;
  let watched: WatchedBrowser;
  const urls: Record<(typeof REGIONS)[number], string> = { RegionOne: '', RegionTwo: '' };

  beforeAll(async () => {
    world = await openWorld();
    keystone = await startKeystone(world.directory, await world.mariaDb.newDatabase());
    world.onStop('Keystone', () => keystone.stop());
    await makePartner(keystone);
    await Promise.all(REGIONS.map(async (region) => {
      const { apiPort, url } = await apiAddress();
      const account = { url: keystone.url, user: 'octavia', password: PASSWORD };
      const file = world.conf(region, { database: await world.mariaDb.newDatabase(), apiPort, keystone: account, more: { service_auth: { region_name: region } } });
      await createOurSchema(file);
      await world.start('api', file);
      urls[region] = url;
    }));
    for (const region of REGIONS) {
      await keystone.setEndpoint('octavia', 'load-balancer', urls[region], region);
      await callerOf(urls[region], { 'x-auth-token': await keystone.token('member') }).object('POST', '/lbaas/loadbalancers', { loadbalancer: { name: `of ${region}`, vip_subnet_id: stubSubnetId } });
    }
    watched = await openBrowser(urls.RegionOne);
    // Keystone makes its tables with a program per step.
  }, 420_000);
  afterAll(async () => {
    await watched?.browser.close();
    await world?.stop();
  });

  const opened = async () => {
    const page = await watched.stranger();
    await page.goto(`${urls.RegionOne}/dashboard`);
    return page;
  };
  const choices = (page: Page, label: string) => page.getByLabel(label, { exact: true }).locator('option').allInnerTexts();

  it('lets a user of another domain in by its name, and nobody by the wrong one', async () => {
    const page = await opened();
    await page.getByLabel('User').fill('pat');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('User, password, domain or project is wrong.').waitFor();
    expect(await page.getByLabel('Password').inputValue()).toBe(PASSWORD);
    await signIn(page, 'pat', PASSWORD, 'partners');
    expect((await choices(page, 'Project')).toSorted()).toEqual(['alliance', 'demo']);
    await page.context().close();
  });

  it('shows in each project what its roles allow there', async () => {
    const page = await opened();
    await page.getByLabel('Project').fill('alliance');
    await signIn(page, 'pat', PASSWORD, 'partners');
    await page.getByRole('heading', { name: 'No load balancers yet' }).waitFor();
    await page.getByRole('link', { name: 'Create load balancer' }).waitFor();
    await page.getByLabel('Project', { exact: true }).selectOption('demo');
    await rowOf(page, 'of RegionOne').waitFor();
    expect(await page.getByRole('link', { name: 'Create load balancer' }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Operator' }).count()).toBe(0);
    await page.reload();
    await rowOf(page, 'of RegionOne').waitFor();
    await page.context().close();
    const operator = await opened();
    await signIn(operator, 'admin', PASSWORD);
    await operator.getByRole('link', { name: 'Operator' }).waitFor();
    await operator.context().close();
  });

  it('shows each region its own load balancers, changes them there, and stays in a region', async () => {
    const page = await opened();
    await signIn(page, 'member', PASSWORD);
    await rowOf(page, 'of RegionOne').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(await choices(page, 'Region')).toEqual([...REGIONS]);
    await page.getByLabel('Region', { exact: true }).selectOption('RegionTwo');
    await rowOf(page, 'of RegionTwo').waitFor();
    expect(await rowOf(page, 'of RegionOne').count()).toBe(0);
    // What happens in a region of another API is not pushed, and says so.
    await page.getByText('Not live').waitFor();
    const status = await page.evaluate(async (subnet) => (await fetch('/dashboard/api/load-balancer/v2.0/lbaas/loadbalancers', {
      method: 'POST', headers: { 'content-type': 'application/json', 'x-octavia-dashboard': '1' }, body: JSON.stringify({ loadbalancer: { name: 'made here', vip_subnet_id: subnet } }),
    })).status, stubSubnetId);
    expect(status).toBe(201);
    await page.reload();
    await rowOf(page, 'made here').waitFor();
    await page.getByLabel('Region', { exact: true }).selectOption('RegionOne');
    await rowOf(page, 'of RegionOne').waitFor();
    expect(await rowOf(page, 'made here').count()).toBe(0);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.context().close();
  });

  it('takes the token back when somebody signs out', async () => {
    const page = await opened();
    await signIn(page, 'member', PASSWORD);
    const cookie = (await page.context().cookies(`${urls.RegionOne}/dashboard/api`)).find(({ name }) => name === 'octavia_dashboard');
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    const token = Buffer.from((cookie?.value ?? '').split('.')[0] ?? '', 'base64url').toString();
    await page.getByRole('button', { name: 'Sign out member' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    const asked = await fetch(`${keystone.url}/auth/tokens`, { headers: { 'x-auth-token': await keystone.token('admin'), 'x-subject-token': token } });
    expect(asked.status).toBe(404);
    await page.context().close();
    expect(watched.complaints).toEqual([]);
  });
});

/** `pat` of the domain `partners`: member of its project `alliance`, reader of `demo` in the default domain. */
async function makePartner(keystone: Keystone): Promise<void> {
  const headers = { 'content-type': 'application/json', 'x-auth-token': await keystone.token('admin') };
  const ask = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const response = await fetch(keystone.url + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? {} : ((await response.json()) as Record<string, unknown>);
  };
  const made = async (kind: 'domain' | 'project' | 'user', fields: object) => ((await ask('POST', `/${kind}s`, { [kind]: fields }))[kind] as { id: string }).id;
  const role = async (name: string) => ((await ask('GET', `/roles?name=${name}`))['roles'] as { id: string }[])[0]?.id ?? '';
  const domain = await made('domain', { name: 'partners' });
  const project = await made('project', { name: 'alliance', domain_id: domain });
  const user = await made('user', { name: 'pat', domain_id: domain, password: PASSWORD });
  await ask('PUT', `/projects/${project}/users/${user}/roles/${await role('member')}`);
  await ask('PUT', `/projects/${keystone.directory.projects['demo']}/users/${user}/roles/${await role('reader')}`);
}
