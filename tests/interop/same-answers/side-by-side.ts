import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forOriginal, missingPackages } from '../../services/available.ts';
import { compareCases } from './compare-cases.ts';
import { DELIBERATE } from './differences.ts';
import type { Case } from './exchange.ts';
import { listCases } from './list-cases.ts';
import { listenerCases } from './listener-cases.ts';
import { loadBalancerCases } from './load-balancer-cases.ts';
import { memberCases } from './member-cases.ts';
import { monitorCases } from './monitor-cases.ts';
import { placementCases } from './placement-cases.ts';
import { policyCases } from './policy-cases.ts';
import { poolCases } from './pool-cases.ts';
import { quotaCases } from './quota-cases.ts';
import { ruleCases } from './rule-cases.ts';
import { openTwinApis, type TwinApis } from './twin-apis.ts';
import { wireCases } from './wire-cases.ts';

/** The original is slow on a busy machine. */
const PATIENCE_MS = 900_000;

const tables: Readonly<Record<string, readonly Case[]>> = {
  'load balancers': loadBalancerCases, listeners: listenerCases, pools: poolCases, members: memberCases, 'health monitors': monitorCases, 'L7 policies': policyCases, 'L7 rules': ruleCases, quotas: quotaCases,
  'flavors, availability zones, providers and amphorae': placementCases, 'lists and shows': listCases, 'paths, methods, headers and bodies': wireCases,
};

/** Every case, or one of three in the ordinary run: another one of each three, as neighbours vary one thing in turn. */
export type Share = 'all' | 'a third';
const isInThird = (index: number) => (index + Math.floor(index / 3)) % 3 === 0;

/** The tests of the comparison with the original's API; skipped where that is not installed. */
export function compareSideBySide(share: Share): void {
  describe.skipIf(missingPackages(forOriginal).length > 0)(`side by side with the original's API on equal rows: ${share}`, () => {
    let twin: TwinApis;
    const reasons = new Set<string>();

    beforeAll(async () => { twin = await openTwinApis(); }, PATIENCE_MS);
    afterAll(() => twin?.world.stop());

    it.each(Object.keys(tables))('requests about %s have the same answers', async (name) => {
      const found = await compareCases(twin, (tables[name] ?? []).filter((_, index) => share === 'all' || isInThird(index)));
      for (const reason of found.reasons) reasons.add(reason);
      expect(found.differences.map(({ name: request, ours, original }) => `${request}\n  ours: ${JSON.stringify(ours)}\n  original: ${JSON.stringify(original)}`)).toEqual([]);
    }, PATIENCE_MS);

    if (share === 'all') it('every deliberate difference is still there', () => {
      expect(DELIBERATE.map(({ reason }) => reason).filter((reason) => !reasons.has(reason))).toEqual([]);
    });
  });
}
