import { CommandFailed } from '../../../lib/run.ts';
import type { World } from '../world.ts';

/** Ends the flows that these words of `flowsToForget` name. conntrack prints each of them, which can be more than an answer may hold. */
export async function endFlows(words: readonly string[], world: World): Promise<void> {
  await world.runInNetwork(['sh', '-c', 'exec conntrack "$@" >/dev/null', 'conntrack', ...words]).catch((error: unknown) => {
    // Status 1: no flow was there to forget.
    if (!(error instanceof CommandFailed && error.exitCode === 1)) throw error;
  });
}
