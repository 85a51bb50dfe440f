import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { databaseNowPlus } from './database-clock.ts';
import { appendEvents, awaitAppended, listEvents, purgeEvents } from './events.ts';
import { assertFence, isReleased, LeaseLost, readFailures, recordFailure, releaseLease, releaseLeasesOf, renewLease, takeLease } from './leases.ts';
import { addRequest, listOrphanRequests, listRequests, removeRequests } from './requests.ts';
import { describeStores } from './testing/describe-stores.ts';

describeStores((store, dialect) => {
  const take = (loadBalancerId: string, owner: string, extra: object = {}) => store().transaction((trx) => takeLease(trx, { loadBalancerId, owner, ttlSeconds: 60, ...extra }));
  const expire = (id: string) => store().transaction((trx) => trx.updateTable('ts_lease').set({ expires_at: databaseNowPlus(trx, -1) }).where('load_balancer_id', '=', id).execute());

  describe('a lease', () => {
    it('is taken by one of many at the same time', async () => {
      const outcomes = await Promise.all(Array.from({ length: 8 }, (_, index) => take('race', `w${index}`)));
      expect(outcomes.filter((outcome) => outcome.kind === 'taken')).toEqual([{ kind: 'taken', fence: 1, former: null }]);
      expect(outcomes.filter((outcome) => outcome.kind === 'held')).toHaveLength(7);
    });

    it('passes on when it ends, with a higher fence each time', async () => {
      expect(await take('l', 'a')).toEqual({ kind: 'taken', fence: 1, former: null });
      expect(await take('l', 'b')).toEqual({ kind: 'held', by: 'a' });
      expect(await take('l', 'a')).toEqual({ kind: 'taken', fence: 2, former: { owner: 'a', attempts: 0 } });
      await expire('l');
      expect(await take('l', 'b')).toEqual({ kind: 'taken', fence: 3, former: { owner: 'a', attempts: 0 } });
      await store().transaction((trx) => releaseLease(trx, 'l', 3));
      expect(await take('l', 'c')).toEqual({ kind: 'taken', fence: 4, former: { owner: null, attempts: 0 } });
    });

    it('that was lost can neither be renewed, nor written under, nor given back', async () => {
      await take('lost', 'a');
      await expire('lost');
      await take('lost', 'b');
      await expect(store().transaction((trx) => renewLease(trx, 'lost', 1, 60))).rejects.toBeInstanceOf(LeaseLost);
      await expect(store().transaction((trx) => assertFence(trx, 'lost', 1))).rejects.toBeInstanceOf(LeaseLost);
      await store().transaction((trx) => releaseLease(trx, 'lost', 1));
      await store().transaction((trx) => recordFailure(trx, 'lost', 1, { reason: 'x', retryInSeconds: 9 }));
      await store().transaction((trx) => assertFence(trx, 'lost', 2));
      expect(await take('lost', 'c')).toEqual({ kind: 'held', by: 'b' });
      await expect(store().transaction((trx) => assertFence(trx, 'never-taken', 1))).rejects.toBeInstanceOf(LeaseLost);
    });

    it('that is renewed does not end', async () => {
      await take('renewed', 'a');
      await expire('renewed');
      await store().transaction((trx) => renewLease(trx, 'renewed', 1, 60));
      expect(await take('renewed', 'b')).toEqual({ kind: 'held', by: 'a' });
    });

    // SQLite has one writer at a time.
    it.skipIf(dialect === 'sqlite')('that is found unreleased at the end of a run leaves it to see what was changed until its load balancer was locked', async () => {
      await take('ending', 'a');
      const rename = (name: string) => store().transaction((trx) => trx.updateTable('load_balancer').set({ name }).where('id', '=', 'ending').execute());
      await store().transaction((trx) => trx.insertInto('load_balancer').values({ id: 'ending', name: 'before', enabled: true, provisioning_status: 'PENDING_UPDATE', operating_status: 'ONLINE' }).execute());
      await store().transaction(async (trx) => {
        await assertFence(trx, 'ending', 1);
        expect(await isReleased(trx, 'ending')).toBe(false);
        await rename('meanwhile');
        expect(await trx.selectFrom('load_balancer').select('name').where('id', '=', 'ending').executeTakeFirst()).toEqual({ name: 'meanwhile' });
      });
    });

    it('backs off after a failure, keeps the reason, and starts anew after success', async () => {
      await take('failing', 'a');
      await store().transaction((trx) => recordFailure(trx, 'failing', 1, { reason: 'no compute', retryInSeconds: 60 }));
      expect(await take('failing', 'b')).toEqual({ kind: 'backing-off', until: expect.stringMatching(/^\d{4}-/) });
      expect(await readFailures(store().read, 'failing')).toEqual({ attempts: 1, lastError: 'no compute' });
      expect(await take('failing', 'b', { ignoreBackOff: true })).toEqual({ kind: 'taken', fence: 2, former: { owner: null, attempts: 1 } });
      await store().transaction((trx) => recordFailure(trx, 'failing', 2, { reason: 'x'.repeat(10_000), retryInSeconds: 0 }));
      expect((await readFailures(store().read, 'failing')).attempts).toBe(2);
      expect(await take('failing', 'b')).toEqual({ kind: 'taken', fence: 3, former: { owner: null, attempts: 2 } });
      await store().transaction((trx) => releaseLease(trx, 'failing', 3));
      expect(await readFailures(store().read, 'failing')).toEqual({ attempts: 0, lastError: null });
    });

    it('goes back with all others of a worker that ends', async () => {
      await take('mine', 'ending');
      await store().transaction((trx) => releaseLeasesOf(trx, 'ending'));
      expect((await take('mine', 'next')).kind).toBe('taken');
    });
  });

  describe('requests', () => {
    it('wait once each until they are removed', async () => {
      const wish = { kind: 'failover_load_balancer', loadBalancerId: 'lb', amphoraId: null, requestId: 'req-1' } as const;
      const ids = await store().transaction(async (trx) => [
        await addRequest(trx, { id: '1', ...wish }),
        await addRequest(trx, { id: '2', ...wish }),
        await addRequest(trx, { id: '3', ...wish, kind: 'configure_amphora', amphoraId: 'a' }),
        await addRequest(trx, { id: '4', kind: 'delete_amphora', loadBalancerId: null, amphoraId: 'a' }),
      ]);
      expect(ids).toEqual(['1', '1', '3', '4']);
      expect((await listRequests(store().read, 'lb')).map((request) => [request.id, request.kind])).toEqual([['1', 'failover_load_balancer'], ['3', 'configure_amphora']]);
      expect(await listOrphanRequests(store().read, 10)).toMatchObject([{ id: '4', loadBalancerId: null }]);
      await store().transaction((trx) => removeRequests(trx, ['1', '3', '4']));
      expect(await listRequests(store().read, 'lb')).toEqual([]);
    });
  });

  describe('events', () => {
    it('are numbered without gaps or doubles, whoever writes them', async () => {
      const event = (id: string, loadBalancerId = 'lb') => ({ id, loadBalancerId, objectType: 'listener', action: 'create', outcome: 'success', reason: 'because' });
      await Promise.all(Array.from({ length: 6 }, (_, index) => store().transaction((trx) => appendEvents(trx, [event(`${index}a`), event(`${index}b`, 'other')]))));
      const all = await listEvents(store().read, { afterSeq: 0n, limit: 100 });
      expect(all.map((one) => one.seq)).toEqual(Array.from({ length: 12 }, (_, index) => BigInt(index + 1)));
      const [first, second] = await listEvents(store().read, { loadBalancerId: 'lb', afterSeq: all[3]?.seq ?? 0n, limit: 2 });
      expect([first?.seq, second?.seq]).toEqual([5n, 7n]);
      expect((await listEvents(store().read, { limit: 1 }))[0]?.seq).toBe(12n);
      expect(await store().transaction((trx) => purgeEvents(trx, 3600))).toBe(0);
      expect(await store().transaction((trx) => purgeEvents(trx, -3600))).toBe(12);
    });

    it('that are being committed can be waited for, and are seen then with all that came along', async () => {
      const [isWritten, goesOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const writing = store().transaction(async (trx) => {
        await addRequest(trx, { id: 'along', kind: 'failover_load_balancer', loadBalancerId: 'lb', amphoraId: null, requestId: 'r' });
        await appendEvents(trx, [{ id: 'last', objectType: 'listener', action: 'create', outcome: 'success' }]);
        await listRequests(trx, 'lb');
        isWritten.resolve();
        await goesOn.promise;
      });
      await isWritten.promise;
      const steps: string[] = [];
      const waiting = store().transaction(async (trx) => {
        await awaitAppended(trx);
        const requests = await listRequests(trx, 'lb');
        steps.push('seen');
        return requests.map(({ id }) => id);
      });
      // Enough for the statement to arrive: it must still wait then.
      await setTimeout(50);
      steps.push('committed');
      goesOn.resolve();
      await writing;
      expect(await waiting).toContain('along');
      expect(steps).toEqual(['committed', 'seen']);
    });
  });
});
