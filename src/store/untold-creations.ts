import { randomUUID } from 'node:crypto';
import type { Trx } from './database.ts';
import { addRequest } from './requests.ts';

/** Remembers that a creation failed: the row says ERROR from now on, as it does after any failure, and may heal. */
export async function rememberCreation(trx: Trx, loadBalancerId: string): Promise<void> {
  await addRequest(trx, { id: randomUUID(), kind: 'announce_creation', loadBalancerId, amphoraId: null });
}
