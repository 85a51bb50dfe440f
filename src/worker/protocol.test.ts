import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseNowPlus } from '../store/database-clock.ts';
import type { Store } from '../store/database.ts';
import { assertFence, LeaseLost, recordFailure, releaseLease, releaseLeasesOf, renewLease, takeLease } from '../store/leases.ts';
import { openStore } from '../store/open-store.ts';
import { upgradeHead } from '../store/schema/migrate.ts';
import { findWork } from './find-work.ts';
import { modelLease, type ModelLease } from './testing/lease-model.ts';
import { ALL_RULES, CHANGES, keyOf, START, stepsFrom, type Rules, type State } from './testing/protocol-model.ts';

describe('two workers, one load balancer, three changes, faults anywhere: every state that can be reached', () => {
  const explored = explore(ALL_RULES);

  test('no accepted change is lost, applied out of order or untruthfully reported, and no two workers write', () => {
    expect(explored.violation).toBeNull();
    expect(explored.states.size).toBeGreaterThan(10_000);
  });

  test('what is PENDING ends by itself, from every state, in a bounded number of steps', () => {
    const distances = stepsToRest(explored);
    expect([...explored.states.keys()].filter((key) => !distances.has(key)).slice(0, 1).map((key) => pathTo(explored, key))).toEqual([]);
    expect(Math.max(...distances.values())).toBeLessThan(25);
  });

  test('the end of the last change is reached: deleted, or in ERROR for the user to repeat', () => {
    const ends = [...explored.states.values()].filter((state) => state.accepted === CHANGES && isAtRest(state));
    expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(['DELETED', 'ERROR']));
  });

  test.each(['fenced', 'confirmed', 'owned', 'suspicious'] as const)('the rule "%s" is needed: without it the exploration finds a fault', (rule) => {
    expect(explore({ ...ALL_RULES, [rule]: false }).violation).not.toBeNull();
  });
});

interface Explored {
  readonly states: ReadonlyMap<string, State>;
  readonly cameFrom: ReadonlyMap<string, { readonly key: string; readonly by: string }>;
  readonly progress: ReadonlyMap<string, readonly string[]>;
  /** The first fault, with the way to it. */
  readonly violation: string | null;
}

function explore(rules: Rules): Explored {
  const states = new Map([[keyOf(START, rules), START]]);
  const cameFrom = new Map<string, { key: string; by: string }>();
  const progress = new Map<string, string[]>();
  let violation: string | null = null;
  // A Map grows while it is walked: breadth first.
  for (const [key, state] of states) {
    const onward: string[] = [];
    for (const { name, kind, to } of stepsFrom(state, rules)) {
      const next = keyOf(to, rules);
      if (kind === 'progress') onward.push(next);
      if (!states.has(next)) {
        states.set(next, to);
        cameFrom.set(next, { key, by: name });
      }
      const fault: string | null = violation === null ? faultOf(state, to) : null;
      if (fault !== null) violation = `${fault}: ${[...pathTo({ cameFrom }, key), name].join(', ')}`;
    }
    progress.set(key, onward);
    if (violation !== null && rules !== ALL_RULES) break;
  }
  return { states, cameFrom, progress, violation };
}

function faultOf(from: State, to: State): string | null {
  if (to.workers.every(({ run }) => run !== null && run.fence === to.lease?.fence)) return 'two workers hold the lease';
  if (from.amphora !== null && to.amphora !== null && to.amphora.runs < from.amphora.runs) return 'an older change replaced a newer one';
  if (from.status === 'DELETED' && (to.status !== 'DELETED' || to.amphora !== null)) return 'a deleted load balancer came back';
  if (to.status === 'DELETED' && to.amphora !== null) return 'an amphora was left behind';
  if (to.pool === 'ACTIVE' && to.status === 'ACTIVE' && to.amphora?.runs !== to.accepted) return 'a change is said to run and does not';
  return null;
}

/** Nothing is PENDING and nobody works. */
function isAtRest(state: State): boolean {
  const isSettled = !state.status.startsWith('PENDING_') && !state.pool.startsWith('PENDING_');
  const isHealed = state.status === 'DELETED' || (state.status === 'ACTIVE' && state.pool === 'ACTIVE') || (state.status === 'ERROR' && state.accepted === CHANGES);
  return isSettled && isHealed && state.workers.every(({ run }) => run === null);
}

/** Shortest ways to rest by progress alone, for every state that has one. */
function stepsToRest({ states, progress }: Explored): ReadonlyMap<string, number> {
  const back = new Map<string, string[]>();
  for (const [from, onward] of progress) for (const to of onward) back.set(to, [...(back.get(to) ?? []), from]);
  const distances = new Map([...states].filter(([, state]) => isAtRest(state)).map(([key]) => [key, 0]));
  for (const [key, distance] of distances) {
    for (const from of back.get(key) ?? []) if (!distances.has(from)) distances.set(from, distance + 1);
  }
  return distances;
}

function pathTo({ cameFrom }: Pick<Explored, 'cameFrom'>, key: string): string[] {
  const names: string[] = [];
  for (let at = cameFrom.get(key); at !== undefined; at = cameFrom.get(at.key)) names.unshift(at.by);
  return names;
}

type Operation =
  | { readonly kind: 'take'; readonly owner: string; readonly ignoreBackOff: boolean }
  | { readonly kind: 'renew' | 'isCurrent' | 'release' | 'failNow' | 'failLater'; readonly age: number }
  | { readonly kind: 'giveBackAll'; readonly owner: string }
  | { readonly kind: 'expire' | 'endBackOff' };

describe('the rules that are explored are those of the database', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore('sqlite://');
    await upgradeHead(store);
  });
  afterAll(() => store.close());

  const owner = fc.constantFrom('a', 'b');
  const age = fc.integer({ min: 0, max: 1 });
  const operation: fc.Arbitrary<Operation> = fc.oneof(
    fc.record({ kind: fc.constant('take' as const), owner, ignoreBackOff: fc.boolean() }),
    fc.record({ kind: fc.constantFrom('renew' as const, 'isCurrent' as const, 'release' as const, 'failNow' as const, 'failLater' as const), age }),
    fc.record({ kind: fc.constant('giveBackAll' as const), owner }),
    fc.record({ kind: fc.constantFrom('expire' as const, 'endBackOff' as const) }),
  );
  const status = fc.constantFrom('ACTIVE', 'ERROR', 'PENDING_UPDATE', 'PENDING_DELETE', 'DELETED');

  test('after any sequence both give the same answers, hold the same lease and find the same work', async () => {
    let count = 0;
    await fc.assert(fc.asyncProperty(fc.array(operation, { maxLength: 14 }), status, fc.boolean(), async (operations, lbStatus, hasRequest) => {
      const id = `lb-${(count += 1)}`;
      let model: ModelLease | null = null;
      for (const one of operations) {
        const [answer, next] = onModel(model, one);
        expect(await onStore(store, id, one, model?.fence ?? 0)).toEqual(answer);
        model = next;
        expect(await readLease(store, id)).toEqual(model);
      }
      await store.transaction(async (trx) => {
        await trx.insertInto('load_balancer').values({ id, provisioning_status: lbStatus, operating_status: 'OFFLINE', enabled: true }).execute();
        if (hasRequest) await trx.insertInto('ts_request').values({ id, kind: 'failover_load_balancer', load_balancer_id: id, created_at: '2026-01-01 00:00:00' }).execute();
      });
      const found = (await findWork(store)).some((work) => work.id === id);
      expect(found).toBe(modelLease.isFound(lbStatus, hasRequest, model));
      await store.transaction(async (trx) => {
        await trx.deleteFrom('ts_request').execute();
        await trx.deleteFrom('load_balancer').execute();
      });
    }), { numRuns: 150 });
  });
});

function onModel(lease: ModelLease | null, one: Operation): readonly [unknown, ModelLease | null] {
  const fence = (lease?.fence ?? 0) - ('age' in one ? one.age : 0);
  switch (one.kind) {
    case 'take': {
      const taken = modelLease.take(lease, one.owner, one.ignoreBackOff);
      return [taken.kind, taken.lease];
    }
    case 'renew': return [modelLease.renew(lease, fence) !== null, modelLease.renew(lease, fence) ?? lease];
    case 'isCurrent': return [modelLease.isCurrent(lease, fence), lease];
    case 'release': return [null, modelLease.release(lease, fence)];
    case 'failNow': return [null, modelLease.recordFailure(lease, fence, false)];
    case 'failLater': return [null, modelLease.recordFailure(lease, fence, true)];
    case 'giveBackAll': return [null, modelLease.giveBackAll(lease, one.owner)];
    case 'expire': return [null, modelLease.expire(lease)];
    case 'endBackOff': return [null, modelLease.endBackOff(lease)];
    default: return one satisfies never;
  }
}

async function onStore(store: Store, id: string, one: Operation, present: number): Promise<unknown> {
  const fence = present - ('age' in one ? one.age : 0);
  return store.transaction(async (trx) => {
    const succeeds = (work: Promise<void>): Promise<boolean> => work.then(() => true, (error: unknown) => { if (error instanceof LeaseLost) return false; throw error; });
    switch (one.kind) {
      case 'take': return (await takeLease(trx, { loadBalancerId: id, owner: one.owner, ttlSeconds: 1000, ignoreBackOff: one.ignoreBackOff })).kind;
      case 'renew': return succeeds(renewLease(trx, id, fence, 1000));
      case 'isCurrent': return succeeds(assertFence(trx, id, fence));
      case 'release': await releaseLease(trx, id, fence); return null;
      case 'failNow': await recordFailure(trx, id, fence, { reason: 'no', retryInSeconds: 0 }); return null;
      case 'failLater': await recordFailure(trx, id, fence, { reason: 'no', retryInSeconds: 1000 }); return null;
      case 'giveBackAll': await releaseLeasesOf(trx, one.owner); return null;
      case 'expire': await trx.updateTable('ts_lease').set({ expires_at: databaseNowPlus(trx, -10) }).where('load_balancer_id', '=', id).execute(); return null;
      case 'endBackOff': await trx.updateTable('ts_lease').set({ next_attempt_at: null }).where('load_balancer_id', '=', id).execute(); return null;
      default: return one satisfies never;
    }
  });
}

async function readLease(store: Store, id: string): Promise<ModelLease | null> {
  const row = await store.read.selectFrom('ts_lease').selectAll()
    .select((lease) => lease.case().when('expires_at', '<', databaseNowPlus(store.read, 0)).then(1).else(0).end().as('is_expired'))
    .select((lease) => lease.case().when('next_attempt_at', '>', databaseNowPlus(store.read, 0)).then(1).else(0).end().as('is_backing_off'))
    .where('load_balancer_id', '=', id).executeTakeFirst();
  return row === undefined ? null : { owner: row.owner, fence: row.fence, isExpired: row.is_expired === 1, attempts: row.attempts, isBackingOff: row.is_backing_off === 1 };
}
