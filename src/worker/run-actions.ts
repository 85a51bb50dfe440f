import { AmphoraRefused } from '../amphora/client/errors.ts';
import { OctaviaError, reasonOf } from '../lib/errors.ts';
import { amphoraOf, leavesOut, type Action } from './plan/action.ts';

/** An action that failed, with the step's name kept for events and logs. */
export class ActionFailed extends OctaviaError {
  readonly action: Action;
  readonly reason: unknown;
  constructor(action: Action, reason: unknown) {
    super(reason instanceof OctaviaError ? reason.code : 'action-failed', reasonOf(reason), { retry: reason instanceof OctaviaError ? reason.retry : 'retry', cause: reason });
    this.action = action;
    this.reason = reason;
  }
}

/** A failure that the plan allowed for; it is tried again later. */
export interface Tolerated { readonly action: Action; readonly reason: unknown }

export interface RunOutcome {
  readonly tolerated: readonly Tolerated[];
  /** Ids of actions that ran to their end. */
  readonly done: ReadonlySet<string>;
}

/**
 * Runs each action as soon as all it needs is done; independent ones side by side. After a failure nothing new starts,
 * what runs is awaited, and the first failure is thrown as ActionFailed. Needs that are not in the plan count as done.
 */
export async function runActions(actions: readonly Action[], perform: (action: Action) => Promise<void>, signal?: AbortSignal): Promise<RunOutcome> {
  const run = new PlanRun(actions, perform, signal);
  return run.finish();
}

class PlanRun {
  readonly #perform: (action: Action) => Promise<void>;
  readonly #signal: AbortSignal | undefined;
  readonly #actions: readonly Action[];
  readonly #endings = new Map<string, Promise<void>>();
  readonly #byId: ReadonlyMap<string, Action>;
  readonly #tolerated: Tolerated[] = [];
  readonly #done = new Set<string>();
  readonly #unreachable = new Set<string>();
  /** Amphorae that could not do one of the things that may fail: the rest of those are left as well. */
  readonly #failing = new Set<string>();
  #failure: ActionFailed | null = null;

  constructor(actions: readonly Action[], perform: (action: Action) => Promise<void>, signal: AbortSignal | undefined) {
    this.#actions = actions;
    this.#byId = new Map(actions.map((action) => [action.id, action]));
    this.#perform = perform;
    this.#signal = signal;
  }

  async finish(): Promise<RunOutcome> {
    await Promise.all(this.#actions.map((action) => this.#start(action)));
    if (this.#failure !== null) throw this.#failure;
    this.#signal?.throwIfAborted();
    return { tolerated: this.#tolerated, done: this.#done };
  }

  #start(action: Action): Promise<void> {
    const known = this.#endings.get(action.id);
    if (known !== undefined) return known;
    const ending = this.#runAfterNeeds(action);
    this.#endings.set(action.id, ending);
    return ending;
  }

  async #runAfterNeeds(action: Action): Promise<void> {
    const needed = action.needs.flatMap((id) => this.#byId.get(id) ?? []);
    await Promise.all(needed.map((other) => this.#start(other)));
    if (this.#failure !== null || this.#signal?.aborted === true) return;
    const amphoraId = amphoraOf(action);
    if (amphoraId !== null && (this.#unreachable.has(amphoraId) || (action.tolerate === 'failing' && this.#failing.has(amphoraId)))) return;
    try {
      await this.#perform(action);
      this.#done.add(action.id);
    } catch (error) {
      this.#note(action, amphoraId, error);
    }
  }

  #note(action: Action, amphoraId: string | null, error: unknown): void {
    const isUnreachable = error instanceof OctaviaError && error.code === 'amphora-unreachable';
    const isFailing = error instanceof AmphoraRefused && error.status >= 500;
    const isAllowed = action.tolerate === 'any' || (leavesOut(action) && isUnreachable) || (action.tolerate === 'failing' && isFailing);
    if (!isAllowed) {
      this.#failure ??= new ActionFailed(action, error);
      return;
    }
    this.#tolerated.push({ action, reason: error });
    if (amphoraId !== null && leavesOut(action)) (isUnreachable ? this.#unreachable : this.#failing).add(amphoraId);
  }
}
