import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killAmphora, namespaceOfAddress } from '../../src/processes/embedded/amphora-namespaces.ts';
import type { Json } from '../../src/processes/embedded/cloud-client.ts';
import { until } from '../harness/until.ts';
import { ask, curl, type Answer, type Echo } from './http-client.ts';
import { HttpWorld, members, untilServed, type LoadBalancer } from './http-world.ts';

let world: HttpWorld;
let single: LoadBalancer;
let pair: LoadBalancer;

const PORTS = { source: 80, cookie: 81, application: 82 } as const;

/** Every kind of persistence behind a listener of its own. */
function tree(prefix: string, extra: Json = {}): Json {
  const kinds: Readonly<Record<keyof typeof PORTS, Json>> = { source: { type: 'SOURCE_IP' }, cookie: { type: 'HTTP_COOKIE' }, application: { type: 'APP_COOKIE', cookie_name: 'JSESSIONID' } };
  return {
    name: prefix, ...extra,
    pools: Object.entries(kinds).map(([name, persistence]) => ({ name: `${prefix} ${name}`, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', session_persistence: persistence, members: members(3, 80) })),
    listeners: Object.entries(PORTS).map(([name, port]) => ({ name: `${prefix} ${name}`, protocol: 'HTTP', protocol_port: port, default_pool: { name: `${prefix} ${name}` } })),
  };
}

beforeAll(async () => {
  world = await HttpWorld.start({ servers: 3 });
  const profile = await world.cloud.create('/v2/lbaas/flavorprofiles', 'flavorprofile', { name: 'pairs', provider_name: 'amphora', flavor_data: '{"loadbalancer_topology": "ACTIVE_STANDBY"}' });
  const flavor = await world.cloud.create('/v2/lbaas/flavors', 'flavor', { name: 'pair', flavor_profile_id: profile.id, enabled: true });
  single = await world.loadBalancer(tree('single'));
  pair = await world.loadBalancer(tree('pair', { flavor_id: flavor.id }));
  for (const lb of [single, pair]) await untilServed(`http://${lb.vip}/`);
});

afterAll(() => world?.stop());

const get = (lb: LoadBalancer, kind: keyof typeof PORTS, cookie?: string, path = '/'): Promise<Answer> => ask(`http://${lb.vip}:${PORTS[kind]}${path}`, cookie === undefined ? {} : { headers: { cookie } });
const nameOf = async (answer: Promise<Answer>): Promise<string> => (await answer).echo.name;

/** The different members that six requests meet. */
async function met(request: () => Promise<string>): Promise<Set<string>> {
  const names = new Set<string>();
  for (let sent = 0; sent < 6; sent += 1) names.add(await request());
  return names;
}

const fromServer = async (lb: LoadBalancer, server: string): Promise<string> => (JSON.parse(await curl([`http://${lb.vip}:80/`], server)) as Echo).name;

/** Starts an application session and returns its member and cookie. */
async function login(lb: LoadBalancer, session: string): Promise<{ member: string; cookie: string }> {
  const cookie = `JSESSIONID=${session}`;
  return { member: await nameOf(get(lb, 'application', undefined, `/?set-cookie=${encodeURIComponent(`${cookie}; Path=/`)}`)), cookie };
}

/** haproxy hands its tables on only when it has got, or given up on, those of processes before it: five seconds after a start. */
async function untilTablesAreComplete(lb: LoadBalancer): Promise<void> {
  await until('the stick tables are complete', async () => {
    const flags = /flags=0x([0-9a-f]+)/.exec(await world.askHaproxy(lb, 'show peers'))?.[1];
    return (Number.parseInt(flags ?? '0', 16) & 3) === 3;
  });
}

/** haproxy tells its peer of sessions when it has time, so the last ones are lost with an amphora that dies at once. */
async function untilBothKnow(lb: LoadBalancer, sessions: readonly string[]): Promise<void> {
  const entries = async (): Promise<readonly string[]> => {
    // Nobody may have the VIP just then.
    const tables = [...((await world.askHaproxy(lb, 'show table').catch(() => '')).matchAll(/^# table: (\S+?),/gm))].map(([, name = '']) => name);
    const dumps = await Promise.all(tables.map((name) => world.askEveryHaproxy(lb, `show table ${name}`)));
    return (dumps[0] ?? []).map((_, amphora) => dumps.map((dump) => dump[amphora]).join('\n'));
  };
  let known: readonly string[] = [];
  await until(`both amphorae know ${sessions.join(', ')}`, async () => {
    known = await entries();
    return known.length === 2 && known.every((text) => sessions.every((session) => text.includes(`${session} use=`)));
  }).catch((error: unknown) => { throw new Error(`${String(error)}, but:\n${known.join('\n---\n')}`); });
}

/** A change that no runtime command does: haproxy reloads. */
async function reload(lb: LoadBalancer, name: string): Promise<void> {
  const { id } = await world.named('listeners', `${name} source`);
  const limit = (await world.cloud.show(`/v2/lbaas/listeners/${id}`, 'listener'))['connection_limit'];
  await world.change(lb, 'PUT', `/v2/lbaas/listeners/${id}`, { listener: { connection_limit: limit === -1 ? 4_000 : Number(limit) + 1 } });
  await untilTablesAreComplete(lb);
}

describe('session persistence', () => {
  it('SOURCE_IP: each client stays on its member', async () => {
    for (const client of ['web1', 'web2', 'web3']) expect((await met(() => fromServer(single, client))).size).toBe(1);
    expect(new Set(await Promise.all(['web1', 'web2', 'web3'].map((client) => fromServer(single, client)))).size).toBeGreaterThan(1);
  });

  it('HTTP_COOKIE: the cookie SRV names the member, clients without it are spread', async () => {
    const first = await get(single, 'cookie');
    const [setCookie = ''] = first.headers['set-cookie'] ?? [];
    const listed = await world.cloud.list(`/v2/lbaas/pools/${(await world.named('pools', 'single cookie')).id}/members`, 'members');
    expect(listed.find(({ name }) => name === first.echo.name)?.['id']).toBe(/^SRV=([^;]+)/.exec(setCookie)?.[1]);
    const cookie = setCookie.split(';')[0] ?? '';
    expect(await met(() => nameOf(get(single, 'cookie', cookie)))).toEqual(new Set([first.echo.name]));
    expect((await met(() => nameOf(get(single, 'cookie')))).size).toBe(3);
  });

  it('HTTP_COOKIE: members never see it', async () => {
    const [cookie = ''] = (await get(single, 'cookie')).headers['set-cookie'] ?? [];
    expect((await get(single, 'cookie', `a=1; ${cookie.split(';')[0]}; b=2`)).echo.headers['cookie']).toBe('a=1; b=2');
  });

  it('APP_COOKIE: the application\'s own cookie keeps its sessions', async () => {
    for (const session of ['one', 'two', 'three']) {
      const { member, cookie } = await login(single, session);
      expect(await met(() => nameOf(get(single, 'application', cookie)))).toEqual(new Set([member]));
    }
    expect((await met(() => nameOf(get(single, 'application', 'JSESSIONID=unknown')))).size).toBe(3);
  });

  it('a client whose member is switched off gets another and stays there', async () => {
    const first = await get(single, 'cookie');
    const poolId = (await world.named('pools', 'single cookie')).id;
    const member = (await world.cloud.list(`/v2/lbaas/pools/${poolId}/members`, 'members')).find(({ name }) => name === first.echo.name);
    await world.change(single, 'PUT', `/v2/lbaas/pools/${poolId}/members/${String(member?.['id'])}`, { member: { admin_state_up: false } });
    const moved = await get(single, 'cookie', (first.headers['set-cookie']?.[0] ?? '').split(';')[0]);
    expect(moved.echo.name).not.toBe(first.echo.name);
    expect(await met(() => nameOf(get(single, 'cookie', (moved.headers['set-cookie']?.[0] ?? '').split(';')[0])))).toEqual(new Set([moved.echo.name]));
    await world.change(single, 'PUT', `/v2/lbaas/pools/${poolId}/members/${String(member?.['id'])}`, { member: { admin_state_up: true } });
  });

  it('persistence changed from one kind to another, and removed', async () => {
    const { id } = await world.named('pools', 'single cookie');
    await world.change(single, 'PUT', `/v2/lbaas/pools/${id}`, { pool: { session_persistence: { type: 'SOURCE_IP' } } });
    expect((await get(single, 'cookie')).headers['set-cookie']).toBeUndefined();
    expect((await met(() => nameOf(get(single, 'cookie')))).size).toBe(1);
    await world.change(single, 'PUT', `/v2/lbaas/pools/${id}`, { pool: { session_persistence: null } });
    expect((await met(() => nameOf(get(single, 'cookie')))).size).toBe(3);
  });
});

describe.each(['single', 'pair'])('sessions of a %s load balancer', (name) => {
  const lb = (): LoadBalancer => (name === 'pair' ? pair : single);

  it('outlive a reload', async () => {
    await untilTablesAreComplete(lb());
    const sessions = await Promise.all(['r1', 'r2', 'r3', 'r4', 'r5'].map((session) => login(lb(), session)));
    const sources = await Promise.all(['web1', 'web2', 'web3'].map((client) => fromServer(lb(), client)));
    await reload(lb(), name);
    expect(await Promise.all(sessions.map(({ cookie }) => nameOf(get(lb(), 'application', cookie))))).toEqual(sessions.map(({ member }) => member));
    expect(await Promise.all(['web1', 'web2', 'web3'].map((client) => fromServer(lb(), client)))).toEqual(sources);
  });

  it('outlive changes of members', async () => {
    const sessions = await Promise.all(['m1', 'm2', 'm3', 'm4', 'm5'].map((session) => login(lb(), session)));
    const { id } = await world.named('pools', `${name} application`);
    const added = await world.change(lb(), 'POST', `/v2/lbaas/pools/${id}/members`, { member: { address: '10.0.10.99', protocol_port: 80, weight: 0 } });
    expect(await Promise.all(sessions.map(({ cookie }) => nameOf(get(lb(), 'application', cookie))))).toEqual(sessions.map(({ member }) => member));
    await world.change(lb(), 'DELETE', `/v2/lbaas/pools/${id}/members/${String((added['member'] as Json)['id'])}`);
    expect(await Promise.all(sessions.map(({ cookie }) => nameOf(get(lb(), 'application', cookie))))).toEqual(sessions.map(({ member }) => member));
  });
});

describe('sessions of a pair', () => {
  it('outlive the loss of the active amphora', async () => {
    const sessions = await Promise.all(['k1', 'k2', 'k3', 'k4', 'k5', 'k6'].map((session) => login(pair, session)));
    const sources = await Promise.all(['web1', 'web2', 'web3'].map((client) => fromServer(pair, client)));
    expect(new Set(sessions.map(({ member }) => member)).size).toBe(3);
    await untilBothKnow(pair, ['k1', 'k2', 'k3', 'k4', 'k5', 'k6', '10.0.10.11', '10.0.10.12', '10.0.10.13']);
    const active = await namespaceOfAddress(pair.vip);
    await killAmphora(active ?? '');
    await until('the other amphora serves', () => get(pair, 'application').then(() => true, () => false));
    expect(await Promise.all(sessions.map(({ cookie }) => nameOf(get(pair, 'application', cookie))))).toEqual(sessions.map(({ member }) => member));
    expect(await Promise.all(['web1', 'web2', 'web3'].map((client) => fromServer(pair, client)))).toEqual(sources);
  });

  it('are learnt by the amphora that replaces it', async () => {
    const session = await login(pair, 'late');
    const survivor = await namespaceOfAddress(pair.vip);
    await until('the pair is whole again', async () => {
      const amphorae = await world.cloud.list(`/v2/octavia/amphorae?loadbalancer_id=${pair.id}&status=ALLOCATED`, 'amphorae');
      return amphorae.length === 2 && (await world.cloud.show(`/v2/lbaas/loadbalancers/${pair.id}`, 'loadbalancer'))['provisioning_status'] === 'ACTIVE';
    }, 90_000);
    await until('the survivor or its successor serves', () => get(pair, 'application').then(() => true, () => false));
    await untilBothKnow(pair, ['late']);
    const active = await namespaceOfAddress(pair.vip);
    if (active === survivor) await killAmphora(active ?? '');
    await until('the new amphora serves', () => get(pair, 'application').then(() => true, () => false));
    expect(await nameOf(get(pair, 'application', session.cookie))).toBe(session.member);
  });
});
