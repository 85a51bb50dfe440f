import type { CompiledQuery, Kysely } from 'kysely';
import { compiledOnce } from './compiled-once.ts';
import type { Database } from './database.ts';

/** A select that depends on nothing but one text. */
export function selectByKey<R>(build: (db: Kysely<Database>, key: string) => CompiledQuery<R>): (db: Kysely<Database>, key: string) => Promise<readonly R[]> {
  const statement = compiledOnce<R>((db, slot) => build(db, slot(0)));
  return async (db, key) => (await db.executeQuery(statement(db, [key]))).rows;
}
