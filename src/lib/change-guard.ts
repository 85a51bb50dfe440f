import { AsyncLocalStorage } from 'node:async_hooks';

/** Throws when what is being worked on is no longer ours to change; waits while nobody can say. */
type Confirm = () => Promise<void>;

const guards = new AsyncLocalStorage<Confirm>();

/** Runs `work`; every request on the way that changes something outside is confirmed before it is sent. */
export function guardChanges<T>(confirm: Confirm, work: () => T): T {
  return guards.run(confirm, work);
}

/** To be awaited by clients of other services just before they send what changes something: a process may have stood still since its last step. */
export async function confirmChange(): Promise<void> {
  await guards.getStore()?.();
}
