import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forOpenStack, missingPackages } from '../services/available.ts';
import type { Ask, Fault } from '../services/recording-proxy.ts';
import { NOTHING, openOpenStackWorld, type OpenStackWorld } from './world.ts';

/** Each point fails in one of these ways by turns; `afterwards`: it was done, and only the answer got lost. */
const WAYS: readonly Fault[] = [{ kind: 500 }, { kind: 'refused' }, { kind: 409 }, { kind: 500, afterwards: true }, { kind: 'timeout', afterwards: true }, { kind: 'refused', afterwards: true }];

describe.skipIf(missingPackages(forOpenStack).length > 0)('calls of a cloud that fail once', () => {
  let stack: OpenStackWorld;
  beforeAll(async () => { stack = await openOpenStackWorld({ service_auth: { timeout: 20 } }, { interfacesAtBoot: false }); }, 900_000);
  afterAll(() => stack?.stop(), 120_000);

  const isLook = ({ method, path }: Ask) => method === 'GET' && /\/servers(\/[0-9a-f-]{36}$|\/detail|\?)/.test(path);
  /** Fails the nth call from now on; looks at a booting server count once. */
  const failing = (nth: number, way: Fault): { readonly hit: () => Ask | null } => {
    let count = 0;
    let looked = false;
    let hit: Ask | null = null;
    stack.cloud.proxy.fault = (call) => {
      if (isLook(call) && looked) return null;
      looked ||= isLook(call);
      count += 1;
      if (count !== nth) return null;
      hit = call;
      // A request that only asks is not done halfway.
      return way.kind === 'timeout' && call.method === 'GET' ? { kind: 500 } : way;
    };
    return { hit: () => hit };
  };
  const unhindered = (): void => { stack.cloud.proxy.fault = null; };

  /** Null when the API itself refuses: then there is nothing to delete. */
  const tryCreate = async (): Promise<string | null> => {
    try {
      return (await stack.create({ vip_subnet_id: stack.cloud.objects.vipSubnet })).id;
    } catch (error) {
      expect(String(error)).toMatch(/: (4|5)\d\d /);
      return null;
    }
  };
  const eventsOf = async (id: string) => JSON.stringify(await stack.call('GET', `/octavia/events?loadbalancer_id=${id}`));
  const expectReason = async (id: string, call: Ask) => {
    const failed = stack.workerLog().split('\n').some((line) => line.includes(id) && line.includes('Work on a load balancer failed'));
    if (failed) expect(await eventsOf(id)).toContain(`${call.service.charAt(0).toUpperCase()}${call.service.slice(1)}: ${call.method} `);
  };

  it('while it is made: it comes up all the same or says why not, and nothing is left of it', async () => {
    const points: string[] = [];
    for (let nth = 1, isOver = false; !isOver; nth += 1) {
      const { hit } = failing(nth, WAYS[nth % WAYS.length] ?? { kind: 500 });
      const id = await tryCreate();
      if (id !== null) {
        const status = await stack.settled(id, 'ACTIVE', 'ERROR');
        unhindered();
        const call = hit();
        if (call !== null) await expectReason(id, call);
        points.push(`${call?.method} ${call?.path} ${status}`);
        await stack.remove(id);
      }
      unhindered();
      expect(await stack.leftovers(), `after call ${nth}: ${JSON.stringify(hit())}`).toEqual(NOTHING);
      isOver = hit() === null;
    }
    // A server that is built at once is looked at less often, and what the API refuses does not count.
    expect(points.length, points.join('\n')).toBeGreaterThan(8);
    expect(points.filter((point) => point.endsWith('ACTIVE')).length).toBeGreaterThan(8);
  }, 1_500_000);

  it('while it is deleted: it goes all the same, and nothing is left of it', async () => {
    for (let nth = 1, isOver = false; !isOver; nth += 1) {
      const id = await tryCreate();
      await stack.settled(id ?? '', 'ACTIVE');
      const { hit } = failing(nth, WAYS[nth % WAYS.length] ?? { kind: 500 });
      await stack.remove(id ?? '');
      unhindered();
      isOver = hit() === null;
      expect(nth).toBeLessThan(40);
    }
  }, 1_500_000);
});
