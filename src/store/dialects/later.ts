import type { CompiledQuery } from 'kysely';
import type { Trx } from '../database.ts';

/** Statements whose answer nobody waits for. */
const marked = new WeakSet<object>();

/** A built statement, or one that knows how to become one. */
type Statement = CompiledQuery | { compile: () => CompiledQuery };

/**
 * Runs a write whose answer interests nobody. MySQL sends it together with the next statement of the transaction, or with
 * its commit, and so saves a round trip; that one then reports its failure. The other dialects run it at once.
 */
export async function executeLater(trx: Trx, statement: Statement): Promise<void> {
  const query = 'compile' in statement ? statement.compile() : statement;
  marked.add(query);
  await trx.executeQuery(query);
}

/** Whether `executeLater` sent this statement. */
export function mayWait(query: CompiledQuery): boolean {
  return marked.has(query);
}
