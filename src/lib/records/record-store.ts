import { DatabaseSync } from 'node:sqlite';

export interface Identified { readonly id: string }

export interface RecordChange {
  readonly collection: string;
  readonly id: string;
  /** Null when the record is new. */
  readonly before: Identified | null;
  /** Null when the record is gone. */
  readonly after: Identified | null;
}

/** Records of one kind, in insertion order. Reads come from memory; writes need a transaction. */
export interface Collection<T extends Identified> {
  readonly name: string;
  get(id: string): T | undefined;
  list(): readonly T[];
  find(matches: (record: T) => boolean): T | undefined;
  filter(matches: (record: T) => boolean): readonly T[];
  /** Inserts, or replaces the record with this id. */
  put(record: T): T;
  /** Gone already is success. */
  delete(id: string): void;
  /** A look-up that stays cheap however many records there are: the records that have a key, in no particular order. */
  indexBy(keysOf: (record: T) => readonly string[]): (key: string) => readonly T[];
}

/**
 * Small sets of JSON records in one SQLite file, all of them cached, so that reading never waits. One process owns the
 * file. Transactions are synchronous: nothing can interleave, and a throw undoes memory and file alike.
 */
export interface RecordStore {
  /** `name` is an identifier of ours, never user input. */
  collection<T extends Identified>(name: string): Collection<T>;
  /** Nested calls join the outer transaction. */
  transaction<T>(work: () => T): T;
  /** Called after each commit with what changed, in order. */
  onCommit(listener: (changes: readonly RecordChange[]) => void): void;
  close(): void;
}

/** Opens (or makes) the file; `:memory:` for tests. */
export function openRecordStore(path: string): RecordStore {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;');
  const listeners: ((changes: readonly RecordChange[]) => void)[] = [];
  const undoByCollection = new Map<string, (id: string, before: Identified | null) => void>();
  let journal: RecordChange[] | null = null;

  const record = (change: RecordChange) => {
    if (!journal) throw new TypeError(`${change.collection}: written outside a transaction`);
    journal.push(change);
  };
  const transaction = <T>(work: () => T): T => {
    if (journal) return work();
    const changes: RecordChange[] = [];
    journal = changes;
    try {
      database.exec('BEGIN IMMEDIATE');
      const result = work();
      database.exec('COMMIT');
      journal = null;
      if (changes.length > 0) for (const listener of listeners) listener(changes);
      return result;
    } catch (error) {
      if (journal) {
        journal = null;
        if (database.isTransaction) database.exec('ROLLBACK');
        for (const change of changes.toReversed()) undoByCollection.get(change.collection)?.(change.id, change.before);
      }
      throw error;
    }
  };

  return {
    collection: <T extends Identified>(name: string) => {
      const { collection, undo } = openCollection<T>(database, name, record);
      undoByCollection.set(name, undo);
      return collection;
    },
    transaction,
    onCommit: (listener) => void listeners.push(listener),
    close: () => database.close(),
  };
}

function openCollection<T extends Identified>(database: DatabaseSync, name: string, record: (change: RecordChange) => void) {
  database.exec(`CREATE TABLE IF NOT EXISTS "${name}" (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT`);
  const rows = database.prepare(`SELECT id, body FROM "${name}" ORDER BY seq`).all();
  const cache = new Map<string, T>(rows.map((row) => [String(row['id']), JSON.parse(String(row['body'])) as T]));
  const upsert = database.prepare(`INSERT INTO "${name}" (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body`);
  const remove = database.prepare(`DELETE FROM "${name}" WHERE id = ?`);

  const indexes: ((before: T | undefined, after: T | undefined) => void)[] = [];
  const set = (id: string, after: T | undefined) => {
    const before = cache.get(id);
    if (after === undefined) cache.delete(id);
    else cache.set(id, after);
    for (const update of indexes) update(before, after);
  };

  const collection: Collection<T> = {
    name,
    get: (id) => cache.get(id),
    list: () => [...cache.values()],
    find: (matches) => {
      for (const item of cache.values()) if (matches(item)) return item;
      return undefined;
    },
    filter: (matches) => [...cache.values()].filter(matches),
    put: (item) => {
      record({ collection: name, id: item.id, before: cache.get(item.id) ?? null, after: item });
      upsert.run(item.id, JSON.stringify(item));
      set(item.id, item);
      return item;
    },
    delete: (id) => {
      const before = cache.get(id);
      if (!before) return;
      record({ collection: name, id, before, after: null });
      remove.run(id);
      set(id, undefined);
    },
    indexBy: (keysOf) => {
      const { update, lookUp } = createIndex(keysOf);
      for (const item of cache.values()) update(undefined, item);
      indexes.push(update);
      return lookUp;
    },
  };
  return { collection, undo: (id: string, before: Identified | null) => set(id, before === null ? undefined : (before as T)) };
}

function createIndex<T extends Identified>(keysOf: (record: T) => readonly string[]) {
  const recordsOfKey = new Map<string, Map<string, T>>();
  const update = (before: T | undefined, after: T | undefined) => {
    for (const key of before ? keysOf(before) : []) {
      const records = recordsOfKey.get(key);
      records?.delete(before?.id ?? '');
      if (records?.size === 0) recordsOfKey.delete(key);
    }
    for (const key of after ? keysOf(after) : []) {
      const records = recordsOfKey.get(key) ?? new Map<string, T>();
      if (after) records.set(after.id, after);
      recordsOfKey.set(key, records);
    }
  };
  return { update, lookUp: (key: string): readonly T[] => [...(recordsOfKey.get(key)?.values() ?? [])] };
}
