import type { CompiledQuery, Kysely } from 'kysely';
import type { Database, DialectName } from './database.ts';
import { dialectOf } from './dialect-of.ts';

/** Stands for the key while a statement is compiled. */
const KEY = '\u0000key';

/**
 * A select that depends on nothing but one text, compiled once per dialect: building and compiling a statement costs the API
 * about as much time as sending it and reading the answer.
 */
export function selectByKey<R>(build: (db: Kysely<Database>, key: string) => CompiledQuery<R>): (db: Kysely<Database>, key: string) => Promise<readonly R[]> {
  const compiled = new Map<DialectName, CompiledQuery<R>>();
  return async (db, key) => {
    const dialect = dialectOf(db);
    let statement = compiled.get(dialect);
    if (!statement) {
      statement = build(db, KEY);
      compiled.set(dialect, statement);
    }
    const query: CompiledQuery<R> = { ...statement, parameters: statement.parameters.map((parameter) => (parameter === KEY ? key : parameter)) };
    return (await db.executeQuery(query)).rows;
  };
}
