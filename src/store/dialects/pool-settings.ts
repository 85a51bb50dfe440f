import { NoFreeConnection } from '../errors.ts';

/** How connections to a database server are kept, and what their sessions are told ([database]). */
export interface PoolSettings {
  readonly size: number;
  /** Longest wait for a connection, be it free or new. */
  readonly waitMs: number;
  /** Age at which a connection is not used again; null = none. */
  readonly lifetimeMs: number | null;
  /** How long a transaction may stand still before the server ends it and frees its locks. */
  readonly idleTransactionMs: number;
  /** sql_mode of MySQL sessions; '' leaves that of the server. */
  readonly sqlMode: string;
  /** wsrep_sync_wait of MySQL sessions; null leaves that of the server. */
  readonly wsrepSyncWait: number | null;
}

type Answer<C> = (error: unknown, connection?: C) => void;

/** The connection that `take` answers with in time; throws NoFreeConnection, and one that comes later goes back unused. With callbacks, as this stands before every statement. */
export function connectionInTime<C>({ size, waitMs }: PoolSettings, take: (answer: Answer<C>) => void, giveBack: (connection: C) => void): Promise<C> {
  return new Promise((resolve, reject) => {
    let isGivenUp = false;
    const timer = setTimeout(() => {
      isGivenUp = true;
      reject(new NoFreeConnection(size, waitMs));
    }, waitMs);
    take((error, connection) => {
      clearTimeout(timer);
      if (connection === undefined) reject(error instanceof Error ? error : new Error(String(error)));
      else if (isGivenUp) giveBack(connection);
      else resolve(connection);
    });
  });
}
