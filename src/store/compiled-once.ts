import type { CompiledQuery, Kysely } from 'kysely';
import type { Database, DialectName } from './database.ts';
import { dialectOf } from './dialect-of.ts';

/** Stands for a value while a statement is compiled. */
class Slot {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

/** A value that is not known yet. Its type is what the statement's builder asks for. */
export type SlotOf = (index: number) => never;

/**
 * A statement whose text never changes, compiled once per dialect: building and compiling it costs about as much time as
 * sending it and reading the answer. `build` puts `slot(n)` where the n-th value goes.
 */
export function compiledOnce<R>(build: (db: Kysely<Database>, slot: SlotOf) => CompiledQuery<R>): (db: Kysely<Database>, values: readonly unknown[]) => CompiledQuery<R> {
  const compiled = new Map<DialectName, CompiledQuery<R>>();
  return (db, values) => {
    const dialect = dialectOf(db);
    let statement = compiled.get(dialect);
    if (!statement) {
      statement = build(db, (index) => new Slot(index) as never);
      compiled.set(dialect, statement);
    }
    return { ...statement, parameters: statement.parameters.map((parameter) => (parameter instanceof Slot ? values[parameter.index] : parameter)) };
  };
}
