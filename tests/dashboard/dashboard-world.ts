import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { CloudClient } from '../../src/processes/embedded/cloud-client.ts';
import { startService, type RunningService } from '../../src/processes/embedded/start-service.ts';
import { projectRoot } from '../../src/processes/project.ts';

/** A browser that looks at one dashboard, and what happened in it that should not. */
export interface WatchedBrowser {
  readonly browser: Browser;
  /** A page of its own session where nobody is signed in. */
  stranger(): Promise<Page>;
  /** Errors on any console, failed scripts, and requests to other origins. */
  readonly complaints: string[];
}

/** A running `octavia up` and a browser that looks at it. */
export interface DashboardWorld extends WatchedBrowser {
  readonly service: RunningService;
  readonly cloud: CloudClient;
  readonly url: string;
  readonly subnetId: string;
  /** A page of its own session, signed in as one of the users of `up`. */
  signedIn(user: string, path?: string): Promise<Page>;
  close(): Promise<void>;
}

/** `url` is that of the API whose dashboard is looked at. */
export async function openBrowser(url: string): Promise<WatchedBrowser> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const complaints: string[] = [];
  return {
    browser, complaints,
    async stranger() {
      const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, locale: 'en-GB', permissions: ['clipboard-read', 'clipboard-write'] });
      context.setDefaultTimeout(60_000);
      const page = await context.newPage();
      watch(page, url, complaints);
      return page;
    },
  };
}

/** Starts the service with a network `web`, a subnet and two web servers (10.0.10.11 and .12). */
export async function startWorld(config?: string): Promise<DashboardWorld> {
  const dataDir = mkdtempSync(join(tmpdir(), 'octavia-dashboard-'));
  const service = await startService({ dataDir, ...(config !== undefined && { configFile: config }) });
  const cloud = await CloudClient.signIn(dataDir, 'openrc-member');
  const network = await cloud.create('/network/v2.0/networks', 'network', { name: 'web' });
  const subnet = await cloud.create('/network/v2.0/subnets', 'subnet', { name: 'websub', network_id: network.id, cidr: '10.0.10.0/24', ip_version: 4 });
  for (const number of [1, 2]) await cloud.create('/octavia-embedded/v1/servers', 'server', { name: `web${number}`, network: 'web', address: `10.0.10.1${number}` });
  const passwords = JSON.parse(readFileSync(join(dataDir, 'identity-passwords.json'), 'utf8')) as Record<string, string>;
  const watched = await openBrowser(service.url);
  const world: DashboardWorld = {
    ...watched, service, cloud, url: service.url, subnetId: subnet.id,
    async signedIn(user, path = '/load-balancers') {
      const page = await watched.stranger();
      await page.goto(`${service.url}/dashboard${path}`);
      await signIn(page, user, passwords[user] ?? '');
      return page;
    },
    async close() {
      await watched.browser.close();
      await service.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return world;
}

export async function signIn(page: Page, user: string, password: string, domain?: string): Promise<void> {
  if (domain !== undefined) await page.getByLabel('Domain').fill(domain);
  await page.getByLabel('User').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: `Sign out ${user}` }).waitFor();
}

function watch(page: Page, url: string, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(`script: ${error.message}`));
  page.on('console', (message) => {
    // Refusals are answers; the browser logs each of them by itself.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:') && !request.url().startsWith('blob:')) complaints.push(`foreign request: ${request.url()}`);
  });
}

const axeSource = readFileSync(createRequire(join(projectRoot, 'dashboard/package.json')).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly help: string; readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[] }[];
}

/** Runs axe-core on the page as it is; the expectation names each rule that is broken and where. */
export async function expectAccessible(page: Page): Promise<void> {
  // Colours in the middle of a transition are nobody's colours; the end of one may begin another.
  await page.evaluate(async () => {
    const running = () => document.getAnimations().filter((animation) => animation.playState === 'running' && animation.effect?.getComputedTiming().iterations !== Infinity);
    for (let now = running(); now.length > 0; now = running()) await Promise.all(now.map((animation) => animation.finished.catch(() => undefined)));
  });
  // The content policy forbids script tags, not the debugger.
  await page.evaluate(axeSource);
  // On a busy machine it would fetch our style sheets once more, into a page of its own, and the content policy complains of that.
  const { violations } = await page.evaluate(() => (window as unknown as { axe: { run(options: { preload: boolean }): Promise<AxeResult> } }).axe.run({ preload: false }));
  expect(violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.join(' ')} (${failureSummary})`).join('; ')}`)).toEqual([]);
}

/** A picture for docs/screenshots. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = join(projectRoot, 'docs/screenshots');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** The control of a form with exactly this label. */
export const field = (page: Page, label: string): Locator => page.locator('input, select').and(page.getByLabel(new RegExp(`^${RegExp.escape(label)}\\s*\\*?$`)));

/** The row of a table that holds this text. */
export const rowOf = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });

/** Opens the menu of a row and chooses an entry. */
export async function rowAction(page: Page, text: string, action: string): Promise<void> {
  await rowOf(page, text).getByRole('button').last().click();
  await page.getByRole('menuitem', { name: action }).click();
}
