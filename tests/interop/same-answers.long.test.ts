import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forOriginal, missingPackages } from '../services/available.ts';
import { compareCases } from './same-answers/compare-cases.ts';
import { DELIBERATE } from './same-answers/differences.ts';
import type { Case } from './same-answers/exchange.ts';
import { listCases } from './same-answers/list-cases.ts';
import { listenerCases } from './same-answers/listener-cases.ts';
import { loadBalancerCases } from './same-answers/load-balancer-cases.ts';
import { memberCases } from './same-answers/member-cases.ts';
import { monitorCases } from './same-answers/monitor-cases.ts';
import { placementCases } from './same-answers/placement-cases.ts';
import { policyCases } from './same-answers/policy-cases.ts';
import { poolCases } from './same-answers/pool-cases.ts';
import { quotaCases } from './same-answers/quota-cases.ts';
import { ruleCases } from './same-answers/rule-cases.ts';
import { openTwinApis, type TwinApis } from './same-answers/twin-apis.ts';
import { wireCases } from './same-answers/wire-cases.ts';

/** The original is slow on a busy machine. */
const PATIENCE_MS = 900_000;

const tables: Readonly<Record<string, readonly Case[]>> = {
  'load balancers': loadBalancerCases, listeners: listenerCases, pools: poolCases, members: memberCases, 'health monitors': monitorCases, 'L7 policies': policyCases, 'L7 rules': ruleCases, quotas: quotaCases,
  'flavors, availability zones, providers and amphorae': placementCases, 'lists and shows': listCases, 'paths, methods, headers and bodies': wireCases,
};

describe.skipIf(missingPackages(forOriginal).length > 0)('side by side with the original\'s API on equal rows', () => {
  let twin: TwinApis;
  const reasons = new Set<string>();

  beforeAll(async () => { twin = await openTwinApis(); }, PATIENCE_MS);
  afterAll(() => twin?.world.stop());

  it.each(Object.keys(tables))('every request about %s has the same answer', async (name) => {
    const found = await compareCases(twin, tables[name] ?? []);
    for (const reason of found.reasons) reasons.add(reason);
    expect(found.differences).toEqual([]);
  }, PATIENCE_MS);

  it('every deliberate difference is still there', () => {
    expect(DELIBERATE.map(({ reason }) => reason).filter((reason) => !reasons.has(reason))).toEqual([]);
  });
});
