import fc from 'fast-check';
import type { Ways } from './cloud.ts';
import type { Weather } from './wire.ts';

/** What users ask the API for. `pick` chooses among what there is, `variety` how. */
export const WISHES = [
  'createLoadBalancer', 'createTree', 'updateLoadBalancer', 'deleteLoadBalancer', 'cascade', 'failOverLoadBalancer', 'failOverAmphora', 'configureAmphora', 'deleteAmphora',
  'createListener', 'updateListener', 'deleteListener', 'createPool', 'updatePool', 'deletePool', 'createMember', 'updateMember', 'deleteMember', 'batchMembers',
  'createMonitor', 'updateMonitor', 'deleteMonitor', 'createPolicy', 'updatePolicy', 'deletePolicy', 'createRule', 'deleteRule',
] as const;
export type WishKind = (typeof WISHES)[number];

/** What happens to processes and machines. */
export const ACCIDENTS = ['crash', 'freeze', 'drain', 'silence', 'restart', 'breakServer', 'loseServer', 'hideSecret', 'showSecret'] as const;
export type AccidentKind = (typeof ACCIDENTS)[number];

export interface Step { readonly afterMs: number; readonly kind: WishKind | AccidentKind; readonly pick: number; readonly variety: number }

/** Everything that a run follows from. */
export interface Schedule {
  readonly seed: number;
  readonly workers: number;
  readonly ways: Ways;
  readonly mergesChanges: boolean;
  readonly antiAffinity: boolean;
  readonly spares: number;
  /** Amphorae that are built at the same time; 0 without limit. */
  readonly buildLimit: number;
  readonly weather: Weather;
  readonly steps: readonly Step[];
  /** The weather lasts for so long after the last step. */
  readonly calmAfterMs: number;
}

const afterMs = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 1000 }) }, { weight: 4, arbitrary: fc.integer({ min: 0, max: 8000 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 120_000 }) });
const stepOf = (kinds: readonly Step['kind'][]): fc.Arbitrary<Step> =>
  fc.record({ afterMs, kind: fc.constantFrom(...kinds), pick: fc.nat(7), variety: fc.nat(63) });
const share = (worst: number): fc.Arbitrary<number> => fc.oneof(fc.constant(0), fc.double({ min: 0, max: worst, noNaN: true }));
const CREATIONS: readonly Step['kind'][] = ['createTree', 'createTree', 'createLoadBalancer'];

/** Runs of up to so many steps; `isCalm` ones have no faults and no accidents. */
export function schedules({ steps, isCalm = false }: { readonly steps: number; readonly isCalm?: boolean }): fc.Arbitrary<Schedule> {
  const step = fc.oneof(
    { weight: 1, arbitrary: stepOf(CREATIONS) }, { weight: 8, arbitrary: stepOf(WISHES) }, ...(isCalm ? [] : [{ weight: 5, arbitrary: stepOf(ACCIDENTS) }]),
  );
  return fc.record({
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
    workers: fc.integer({ min: 1, max: 3 }),
    ways: fc.record({ cutsRemovedPorts: fc.boolean(), takesInterfacesAtBoot: fc.boolean(), listsActive: fc.boolean() }),
    mergesChanges: fc.boolean(),
    antiAffinity: fc.boolean(),
    spares: fc.constantFrom(0, 0, 0, 1, 2),
    buildLimit: fc.constantFrom(0, 0, 1, 2),
    weather: isCalm ? fc.constant({ faults: 0, slow: 0.05, database: 0, bus: 0 }) : fc.record({ faults: share(0.2), slow: share(0.3), database: share(0.1), bus: share(0.5) }),
    calmAfterMs: isCalm ? fc.constant(0) : fc.integer({ min: 0, max: 90_000 }),
    steps: fc.tuple(stepOf(CREATIONS), fc.array(step, { minLength: Math.floor(steps / 3), maxLength: steps - 1, size: 'max' })).map(([first, rest]) => [first, ...rest]),
  });
}
