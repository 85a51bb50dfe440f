/** What waits for a worker, most urgent first: amphorae that are broken, changes of what runs, what is not there yet, what failed before. */
export const URGENCIES = ['repair', 'change', 'creation', 'retry'] as const;
export type Urgency = (typeof URGENCIES)[number];

/** Where something stands in line. Projects take turns, so that a burst of one does not hold the others up. */
export interface Place { readonly urgency: Urgency; readonly project: string }

/** Turns after which something less urgent goes first once: urgent work alone must not starve the rest. */
const TURN_OF_THE_REST = 4;
/** Which of it that is, in turn. */
const REST = ['creation', 'retry', 'change'] as const satisfies readonly Urgency[];

/** Waiting ids with something to each. Taking the next one costs the same however many wait. */
export class FairLine<T> {
  readonly #lines: Readonly<Record<Urgency, Map<string, Set<string>>>> = { repair: new Map(), change: new Map(), creation: new Map(), retry: new Map() };
  readonly #entries = new Map<string, { readonly place: Place; readonly value: T }>();
  #turns = 0;

  get size(): number {
    return this.#entries.size;
  }

  get(id: string): T | undefined {
    return this.#entries.get(id)?.value;
  }

  /** One that waits already keeps its place, or gets a better one. */
  set(id: string, place: Place, value: T): void {
    const former = this.#entries.get(id)?.place;
    const kept = former !== undefined && URGENCIES.indexOf(former.urgency) <= URGENCIES.indexOf(place.urgency) ? former : place;
    if (former !== undefined && kept !== former) this.#leave(id, former);
    this.#entries.set(id, { place: kept, value });
    const line = this.#lines[kept.urgency];
    const ids = line.get(kept.project) ?? new Set<string>();
    line.set(kept.project, ids.add(id));
  }

  /** Takes out the next one of those that `isReady`. */
  take(isReady: (id: string, urgency: Urgency) => boolean): { readonly id: string; readonly value: T } | null {
    for (const urgency of this.#order()) {
      for (const [project, ids] of this.#lines[urgency]) {
        for (const id of ids) {
          if (isReady(id, urgency)) return this.#takeOut(id, { urgency, project });
        }
      }
    }
    return null;
  }

  clear(): void {
    this.#entries.clear();
    for (const urgency of URGENCIES) this.#lines[urgency].clear();
  }

  #order(): readonly Urgency[] {
    const turn = this.#turns + 1;
    if (turn % TURN_OF_THE_REST !== 0) return URGENCIES;
    const first = (turn / TURN_OF_THE_REST - 1) % REST.length;
    return [...REST.slice(first), ...REST.slice(0, first), 'repair'];
  }

  #takeOut(id: string, place: Place): { readonly id: string; readonly value: T } | null {
    const entry = this.#entries.get(id);
    this.#turns += 1;
    this.#leave(id, place);
    this.#entries.delete(id);
    const line = this.#lines[place.urgency];
    const rest = line.get(place.project);
    line.delete(place.project);
    if (rest !== undefined) line.set(place.project, rest);
    return entry === undefined ? null : { id, value: entry.value };
  }

  #leave(id: string, { urgency, project }: Place): void {
    const ids = this.#lines[urgency].get(project);
    ids?.delete(id);
    if (ids?.size === 0) this.#lines[urgency].delete(project);
  }
}
