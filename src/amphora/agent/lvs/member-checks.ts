import { isDeepStrictEqual } from 'node:util';
import { planHealthChecks } from '../../l4/health-checks.ts';
import type { PlannedCheck } from '../../l4/health-checks.ts';
import type { L4Service } from '../../l4/l4-service.ts';
import type { World } from '../world.ts';
import { probe } from './probe.ts';

export interface MemberChecksOptions {
  readonly service: L4Service;
  /** Members that start as down; all others start as up. */
  readonly down: ReadonlySet<string>;
  readonly world: World;
  /** `down` has changed. */
  readonly onChange: () => void;
}

/** Asks the members of one listener how they are, each at its own pace. */
export class MemberChecks {
  readonly #options: MemberChecksOptions;
  readonly #planned: readonly PlannedCheck[];
  readonly #down: Set<string>;
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #isClosed = false;

  constructor(options: MemberChecksOptions) {
    this.#options = options;
    this.#planned = planHealthChecks(options.service);
    const checked = new Set(this.#planned.map((check) => check.memberId));
    this.#down = new Set([...options.down].filter((id) => checked.has(id)));
  }

  start(): void {
    // Spread over the interval, the first look soon.
    this.#planned.forEach((planned, index) => this.#schedule(planned, (index * 50) % (planned.intervalSeconds * 1000)));
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Members that are down now. */
  get down(): ReadonlySet<string> {
    return new Set(this.#down);
  }

  /** Members that are down now and are checked in the same way in the next service. */
  stillDown(next: L4Service): Set<string> {
    const nextChecks = new Map(planHealthChecks(next).map((planned) => [planned.memberId, planned.check]));
    return new Set(this.#planned.filter(({ memberId, check }) => this.#down.has(memberId) && isDeepStrictEqual(nextChecks.get(memberId), check)).map(({ memberId }) => memberId));
  }

  /** Takes one result; several failures in a row make a member down, one success brings it back. */
  record(planned: PlannedCheck, isWell: boolean): void {
    const { memberId } = planned;
    const failures = isWell ? 0 : (this.#failures.get(memberId) ?? 0) + 1;
    this.#failures.set(memberId, failures);
    const wasDown = this.#down.has(memberId);
    if (isWell && wasDown) this.#down.delete(memberId);
    else if (!isWell && !wasDown && failures >= planned.failuresUntilDown) this.#down.add(memberId);
    else return;
    this.#options.onChange();
  }

  #schedule(planned: PlannedCheck, delayMs: number): void {
    if (this.#isClosed) return;
    const timer = setTimeout(() => {
      void probe(planned.check, this.#options.world).then((isWell) => {
        if (this.#isClosed) return;
        this.record(planned, isWell);
        this.#schedule(planned, planned.intervalSeconds * 1000);
      });
    }, delayMs);
    timer.unref();
    this.#timers.set(planned.memberId, timer);
  }
}
