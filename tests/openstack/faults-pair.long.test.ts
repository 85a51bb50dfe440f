import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerOf, type Caller } from '../interop/rest.ts';
import { forOpenStack, missingPackages } from '../services/available.ts';
import type { Ask, Fault } from '../services/recording-proxy.ts';
import { NOTHING, openOpenStackWorld, type OpenStackWorld } from './world.ts';

/** Each place fails in one of these ways by turns; `afterwards`: it was done, and only the answer got lost. */
const WAYS: readonly Fault[] = [{ kind: 500 }, { kind: 'refused', afterwards: true }, { kind: 409 }, { kind: 500, afterwards: true }, { kind: 'refused' }, { kind: 'timeout', afterwards: true }];

const PHASES = ['create', 'member', 'failover', 'delete'] as const;
type Phase = (typeof PHASES)[number];

/** A call by its place in the code: the same for every load balancer. */
function placeOf({ service, method, path }: Ask): string {
  return `${service} ${method} ${path.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '*')}`;
}

describe.skipIf(missingPackages(forOpenStack).length > 0)('a pair whose cloud fails once at each place', () => {
  let stack: OpenStackWorld;
  let admin: Caller;
  beforeAll(async () => {
    stack = await openOpenStackWorld({ controller_worker: { loadbalancer_topology: 'ACTIVE_STANDBY' }, service_auth: { timeout: 30 } });
    admin = callerOf(stack.apiUrl, { 'x-auth-token': await stack.keystone.token('admin') });
  }, 900_000);
  afterAll(() => stack?.stop(), 120_000);

  const settled = (id: string) => stack.settled(id, 'ACTIVE', 'ERROR');
  const failOver = async (id: string): Promise<string> => {
    await stack.asAdmin('PUT', `/lbaas/loadbalancers/${id}/failover`);
    return settled(id);
  };
  const backupOf = async (id: string): Promise<string> => {
    const { text } = await admin.call('GET', `/octavia/amphorae?loadbalancer_id=${id}&role=BACKUP`);
    return (JSON.parse(text) as { amphorae: { id: string; status: string }[] }).amphorae.find(({ status }) => status === 'ALLOCATED')?.id ?? '';
  };
  const steps: Readonly<Record<Exclude<Phase, 'create'>, (id: string) => Promise<string>>> = {
    async member(id) {
      const { listener } = (await stack.call('POST', '/lbaas/listeners', { listener: { loadbalancer_id: id, protocol: 'HTTP', protocol_port: 80 } })) as { listener: { id: string } };
      if (await settled(id) === 'ERROR') return 'ERROR';
      const members = [{ address: '10.20.0.250', protocol_port: 80, subnet_id: stack.cloud.objects.memberSubnet }];
      const ask = () => stack.call('POST', '/lbaas/pools', { pool: { listener_id: listener.id, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members } });
      // The API looks at the subnet itself, and refuses what it cannot see; nothing is written then.
      await ask().catch(async (error: unknown) => {
        expect(String(error)).toMatch(/: (4|5)\d\d /);
        await ask();
      });
      return settled(id);
    },
    async failover(id) {
      await stack.asAdmin('PUT', `/octavia/amphorae/${await backupOf(id)}/failover`);
      return settled(id);
    },
    async delete(id) {
      await stack.call('DELETE', `/lbaas/loadbalancers/${id}?cascade=true`);
      return stack.settled(id, 'DELETED', 'ERROR');
    },
  };
  const create = async (): Promise<string | null> => {
    try {
      return (await stack.create({ vip_subnet_id: stack.cloud.objects.vipSubnet })).id;
    } catch (error) {
      expect(String(error)).toMatch(/: (4|5)\d\d /);
      return null;
    }
  };

  /** Places in the order in which an undisturbed life comes by them. */
  const placesOf = async (): Promise<Readonly<Record<Phase, readonly string[]>>> => {
    const found: Record<Phase, readonly string[]> = { create: [], member: [], failover: [], delete: [] };
    let since = 0;
    const note = (phase: Phase): void => {
      found[phase] = [...new Set(stack.cloud.proxy.calls.slice(since).map(placeOf))];
      since = stack.cloud.proxy.calls.length;
    };
    const id = (await create()) ?? '';
    expect(await settled(id)).toBe('ACTIVE');
    note('create');
    for (const phase of ['member', 'failover', 'delete'] as const) {
      await steps[phase](id);
      note(phase);
    }
    return found;
  };

  /** The first call at this place from now on fails; none does without a place. */
  const fail = (place: string | undefined, way: Fault): { readonly isHit: () => boolean } => {
    let isHit = false;
    stack.cloud.proxy.fault = (call) => {
      if (isHit || placeOf(call) !== place) return null;
      isHit = true;
      // A request that only asks is not done halfway.
      return way.kind === 'timeout' && call.method === 'GET' ? { kind: 500 } : way;
    };
    return { isHit: () => isHit };
  };
  const unhindered = (): void => { stack.cloud.proxy.fault = null; };
  const eventsOf = async (id: string) => JSON.stringify(await stack.call('GET', `/octavia/events?loadbalancer_id=${id}`));

  it('each step succeeds all the same, or says why not and is mended by a failover, and nothing is left at the end', async () => {
    const places = await placesOf();
    expect(await leftovers()).toEqual(NOTHING);
    const outcomes: string[] = [];
    const rounds = Math.max(...PHASES.map((phase) => places[phase].length));
    for (let round = 0; round < rounds; round += 1) {
      const wayOf = (phase: Phase): Fault => WAYS[(round + PHASES.indexOf(phase)) % WAYS.length] ?? { kind: 500 };
      const hindered = async (phase: Phase, work: () => Promise<string>): Promise<string> => {
        const place = places[phase][round];
        const { isHit } = fail(place, wayOf(phase));
        const status = await work();
        unhindered();
        if (isHit()) outcomes.push(`${phase}: ${place} ${JSON.stringify(wayOf(phase))}: ${status}`);
        return status;
      };
      let id = '';
      const created = await hindered('create', async () => {
        id = (await create()) ?? '';
        return id === '' ? 'REFUSED' : settled(id);
      });
      if (created === 'REFUSED') {
        expect(await stack.leftovers(), outcomes.at(-1)).toEqual(NOTHING);
        id = (await create()) ?? '';
        expect(await settled(id)).toBe('ACTIVE');
      }
      for (const phase of ['member', 'failover', 'delete'] as const) {
        const status = await hindered(phase, () => steps[phase](id));
        if (status !== 'ERROR') continue;
        const said = await eventsOf(id);
        expect(said, outcomes.at(-1)).toMatch(/(Neutron|Nova|Glance): (GET|POST|PUT|DELETE) /);
        if (phase === 'delete') await stack.remove(id);
        else expect(await failOver(id), outcomes.at(-1)).toBe('ACTIVE');
      }
      expect(await leftovers(), outcomes.slice(-4).join('\n')).toEqual(NOTHING);
    }
    expect(outcomes.length, outcomes.join('\n')).toBeGreaterThan(25);
    const failed = outcomes.filter((outcome) => /: (ERROR|REFUSED)$/.test(outcome));
    expect(failed.length, failed.join('\n')).toBeLessThan(outcomes.length / 3);
  }, 3_000_000);

  /** Nova deletes servers after it has answered. */
  const leftovers = async (): Promise<Readonly<Record<string, readonly string[]>>> => {
    for (let look = 0; ; look += 1) {
      const left = await stack.leftovers();
      if (look >= 100 || JSON.stringify(left) === JSON.stringify(NOTHING)) return left;
      await new Promise((resolve) => { setTimeout(resolve, 300); });
    }
  };
});
