import { ServiceFault } from '../api/http.ts';

const WAIT_MS = 700;
const TRIES = 40;

/** Deletes; what is gone already (another tab, an attempt that ended half way) is done. Throws ServiceFault. */
export async function removeUnlessGone(remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!(error instanceof ServiceFault && error.status === 404)) throw error;
  }
}

/** The same for a part of a load balancer: one that is being changed answers 409 until it is done, so it is asked again for half a minute. */
export async function removeWhenFree(remove: () => Promise<void>, waitMs = WAIT_MS): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await removeUnlessGone(remove);
    } catch (error) {
      const isBusy = error instanceof ServiceFault && error.status === 409 && /immutable|Invalid state/i.test(error.message);
      if (!isBusy || attempt >= TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}
