import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { en } from '../../dashboard/src/i18n/en/index.ts';
import { vi } from '../../dashboard/src/i18n/vi/index.ts';
import { zh } from '../../dashboard/src/i18n/zh/index.ts';
import { CloudClient } from '../../src/processes/embedded/cloud-client.ts';
import { startWorld, type DashboardWorld } from './dashboard-world.ts';

const CATALOGUES = { en, vi, zh };
type Language = keyof typeof CATALOGUES;

/** What may read the same in every language: words of the API and of protocols, names and addresses. */
const SAME = [
  /^[A-Z][A-Z0-9_+-]*$/, /^[0-9a-f]{8}(-[0-9a-f-]*)?$/, /^[\w:./ -]*\d[\w:./ ()-]*$/, /^(HTTP|HTTPS|TCP|UDP|TLS|PROXY|SNI|ALPN|CRL|HSTS|ID|IP|VIP|URL|API|MTU|IPv[46])\b[A-Z0-9 /,.-]*$/,
  /^X-[A-Za-z-]+$/, /^[a-z]+(_[a-z]+)+$/, /^[0-9a-f-]{36} · [\d.]+$/, /^(web \/ websub \(10\.0\.10\.0\/24\)|octavia-servers|default|other|create|accepted)$/, /The Octavia Amphora driver\.$|alias of the Octavia Amphora driver\.$/,
  /^(shop|web|websub|blue|one|monitor|policy|demo|Default|RegionOne|English|Tiếng Việt|amphora|octavia|nova|haproxy|member|admin|Octavia)$/,
];

let world: DashboardWorld;
let id: string;
/** What providers tell of their settings, in their words. */
const told = new Set<string>();
let parts: { listener: string; pool: string; policy: string };

beforeAll(async () => {
  world = await startWorld();
  const made = await world.cloud.create('/v2/lbaas/loadbalancers', 'loadbalancer', {
    name: 'shop', vip_subnet_id: world.subnetId, tags: ['blue'],
    listeners: [{
      name: 'web', protocol: 'HTTP', protocol_port: 80, l7policies: [{ name: 'policy', action: 'REJECT', rules: [{ type: 'PATH', compare_type: 'STARTS_WITH', value: '/9' }] }],
      default_pool: { name: 'blue', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [{ name: 'one', address: '10.0.10.11', protocol_port: 80, subnet_id: world.subnetId }], healthmonitor: { name: 'monitor', type: 'HTTP', delay: 5, timeout: 3, max_retries: 2 } },
    }],
  });
  ({ id } = made);
  await world.cloud.waitActive(id);
  const first = async (kind: string) => String((await world.cloud.list(`/v2/lbaas/${kind}`, kind))[0]?.['id']);
  const operator = await CloudClient.signIn(world.service.dataDir);
  for (const what of ['flavor_capabilities', 'availability_zone_capabilities']) {
    for (const { description } of await operator.list(`/v2/lbaas/providers/amphora/${what}`, what)) told.add(String(description).replaceAll(/\s+/g, ' ').trim());
  }
  parts = { listener: await first('listeners'), pool: await first('pools'), policy: await first('l7policies') };
});
afterAll(async () => {
  await world?.close();
});

/** Every text that is read or read out: texts, names, titles, placeholders. */
async function textsIn(page: Page, language: Language): Promise<ReadonlySet<string>> {
  await page.locator('select:has(option[value=zh])').selectOption(language);
  // The catalogue has come when the choice of languages is called by its name.
  await page.locator(`select[aria-label="${CATALOGUES[language]['app.language']}"]`).waitFor({ state: 'attached' });
  return new Set(await page.evaluate(() => {
    const found: string[] = [];
    for (const element of document.querySelectorAll('body *:not(script, style, pre, code, pre *, code *)')) {
      for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-valuetext', 'aria-roledescription', 'aria-description']) found.push(element.getAttribute(name) ?? '');
      for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) found.push(node.textContent ?? '');
    }
    return found.map((text) => text.replaceAll(/\s+/g, ' ').trim()).filter((text) => /[A-Za-z]/.test(text));
  }));
}

async function expectTranslated(page: Page, where: string): Promise<void> {
  const english = await textsIn(page, 'en');
  for (const language of ['vi', 'zh'] as const) {
    // A word of ours that is the same in both languages by our own catalogue is no word of the kit.
    const catalogue = CATALOGUES[language];
    const agreed = new Set<string>(Object.entries(en).filter(([key, text]) => catalogue[key as keyof typeof en] === text).map(([, text]) => text));
    const same = [...await textsIn(page, language)].filter((text) => english.has(text) && !agreed.has(text) && !told.has(text) && !SAME.some((pattern) => pattern.test(text)));
    expect.soft(same, `${where} in ${language}`).toEqual([]);
  }
  await textsIn(page, 'en');
}

it('says everything in the language of its reader: pages of a project', async () => {
  const stranger = await world.stranger();
  await stranger.goto(`${world.url}/dashboard`);
  await stranger.getByRole('button', { name: 'Sign in' }).waitFor();
  await expectTranslated(stranger, 'sign-in');
  await stranger.context().close();
  const page = await world.signedIn('member');
  const { listener, pool, policy } = parts;
  for (const [path, text] of [
    ['/load-balancers', 'shop'], [`/load-balancers/${id}`, 'shop'], [`/load-balancers/${id}?tab=topology`, '10.0.10.11'], [`/load-balancers/${id}?tab=statistics`, 'shop'], [`/load-balancers/${id}?tab=listeners`, 'web'],
    [`/load-balancers/${id}?tab=pools`, 'blue'], [`/load-balancers/${id}/listeners/${listener}`, 'web'], [`/load-balancers/${id}/pools/${pool}?tab=members`, '10.0.10.11'], [`/load-balancers/${id}/pools/${pool}?tab=monitor`, 'blue'],
    [`/load-balancers/${id}/listeners/${listener}/policies/${policy}`, 'policy'], [`/load-balancers/${id}/progress`, 'shop'], ['/nothing-here', 'There is no such page'],
  ] as const) {
    await page.goto(`${world.url}/dashboard${path}`);
    await page.locator('main').getByText(text).first().waitFor();
    await expectTranslated(page, path);
  }
  await page.context().close();
});

it('says everything in the language of its reader: menus, dialogs, messages', async () => {
  const page = await world.signedIn('member');
  await page.getByRole('button', { name: 'Actions for shop' }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).waitFor();
  await expectTranslated(page, 'row menu');
  for (const [path, button] of [
    ['', 'Edit'], ['', 'Delete'], ['', 'Floating IP'], ['?tab=listeners', 'Create Listener'], ['?tab=pools', 'Create Pool'], [`/pools/${parts.pool}?tab=members`, 'Edit members'],
  ] as const) {
    await page.goto(`${world.url}/dashboard/load-balancers/${id}${path}`);
    await page.getByRole('button', { name: button, exact: true }).click();
    await page.getByRole('dialog').waitFor();
    await expectTranslated(page, `dialog ${button}`);
    // What is folded away has names too.
    for (const toggle of await page.getByRole('dialog').locator('button[aria-expanded=false]').all()) await toggle.click();
    await expectTranslated(page, `dialog ${button} with all that is in it`);
  }
  await page.goto(`${world.url}/dashboard/load-balancers/create`);
  await page.getByRole('button', { name: 'Next' }).click();
  await expectTranslated(page, 'wizard');
  await page.context().close();
});

it('says everything in the language of its reader: the operator\'s view', async () => {
  const page = await world.signedIn('admin', '/operator');
  for (const tab of ['fleet', 'rollout', 'quotas', 'flavors', 'zones', 'providers', 'brake']) {
    await page.goto(`${world.url}/dashboard/operator?tab=${tab}`);
    await page.getByRole('tabpanel').first().waitFor();
    await expect.poll(() => page.getByRole('progressbar').count()).toBe(0);
    await expectTranslated(page, `operator ${tab}`);
  }
  await page.context().close();
  expect(world.complaints).toEqual([]);
});
