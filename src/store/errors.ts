import { OctaviaError } from '../lib/errors.ts';

/** A row with the same primary or unique key exists. `constraint` is what the database called it (its form differs per dialect). */
export class DuplicateKey extends OctaviaError {
  readonly constraint: string;
  constructor(constraint: string, cause: unknown) {
    super('duplicate-key', `a row with the same key exists already (${constraint})`, { cause });
    this.constraint = constraint;
  }
}

/** A row refers to a row that does not exist, or a row that others refer to was to be deleted. */
export class ForeignKeyMissing extends OctaviaError {
  constructor(detail: string, cause: unknown) {
    super('foreign-key-missing', `a referenced row is missing or still in use (${detail})`, { cause });
  }
}

/** A value that its column cannot hold: too long, out of range, not null, not in the character set. */
export class ValueRefused extends OctaviaError {
  constructor(detail: string, cause: unknown) {
    super('value-refused', `the database refused a value: ${detail}`, { cause });
  }
}

/** The database cannot be reached or gave up; nothing is known to be wrong with the statement. */
export class DatabaseUnavailable extends OctaviaError {
  constructor(detail: string, cause: unknown) {
    super('database-unavailable', `the database is not available: ${detail}`, { retry: 'retry', cause });
  }
}

/** Every connection that [database] max_pool_size allows stayed in use, or the server did not answer. */
export class NoFreeConnection extends DatabaseUnavailable {
  constructor(size: number, waitedMs: number) {
    super(`no connection within ${waitedMs / 1000} s ([database] pool_timeout): all ${size} (max_pool_size) are in use, or the server does not answer`, null);
  }
}

/** A commit failed, most often by a connection that ended: what was written may be there or not. */
export class CommitUnknown extends DatabaseUnavailable {
  constructor(cause: DatabaseUnavailable) {
    super(`what became of a commit is not known (${cause.message})`, cause);
  }
}

/** Another transaction was in the way (deadlock, busy, serialisation). `transaction` retries these by itself. */
export class DatabaseConflict extends OctaviaError {
  constructor(detail: string, cause: unknown) {
    super('database-conflict', `another transaction was in the way: ${detail}`, { retry: 'retry', cause });
  }
}

/** Any other failure of a statement: a defect of ours or of the schema. */
export class StatementFailed extends OctaviaError {
  constructor(detail: string, cause: unknown) {
    super('statement-failed', `the database refused a statement: ${detail}`, { cause });
  }
}

/** A table or column that this version has is not there: the schema was never made, or is an older one. */
export class SchemaLacking extends StatementFailed {
  constructor(detail: string, cause: unknown) {
    super(`${detail}. Run octavia-db-manage upgrade head`, cause);
  }
}
