/**
 * Column kinds of Octavia's schema. `T` is the TypeScript type a row carries; DDL for each dialect and the row types
 * of the query builder both derive from these definitions.
 */
export interface Column<T> {
  readonly kind: 'varchar' | 'text' | 'int' | 'bigint' | 'bool' | 'datetime' | 'float' | 'blob';
  readonly length?: number;
  readonly isNullable: boolean;
  readonly isPrimaryKey: boolean;
  /** `table.column` or `table` (its `id`, or `name` for lookup tables). */
  readonly references?: string;
  readonly serverDefault?: string | number;
  readonly autoIncrement?: boolean;
  /** Never set: carries the type only. */
  readonly type?: T;
  readonly notNull: () => Column<NonNullable<T>>;
  readonly primaryKey: () => Column<NonNullable<T>>;
  readonly to: (target: string) => Column<T>;
  readonly withDefault: (value: string | number) => Column<T>;
}

function column<T>(spec: Omit<Column<T>, 'notNull' | 'primaryKey' | 'to' | 'withDefault' | 'type'>): Column<T> {
  return {
    ...spec,
    notNull: () => column<NonNullable<T>>({ ...spec, isNullable: false }),
    primaryKey: () => column<NonNullable<T>>({ ...spec, isNullable: false, isPrimaryKey: true }),
    to: (references) => column<T>({ ...spec, references }),
    withDefault: (serverDefault) => column<T>({ ...spec, serverDefault }),
  };
}

const nullable = { isNullable: true, isPrimaryKey: false } as const;

/** varchar(length); `T` narrows to an enumeration where one applies. */
export const varchar = <T extends string = string>(length: number) => column<T | null>({ kind: 'varchar', length, ...nullable });
/** Unbounded text, for our own tables only (the original has none). */
export const text = () => column<string | null>({ kind: 'text', ...nullable });
export const int = () => column<number | null>({ kind: 'int', ...nullable });
/** 64-bit counter; rows carry bigint on every dialect. */
export const bigint = () => column<bigint | null>({ kind: 'bigint', ...nullable });
/** tinyint(1) / boolean; rows carry true and false on every dialect. */
export const bool = () => column<boolean | null>({ kind: 'bool', ...nullable });
/** UTC `YYYY-MM-DD HH:MM:SS` text in rows of every dialect. */
export const datetime = () => column<string | null>({ kind: 'datetime', ...nullable });
export const float = () => column<number | null>({ kind: 'float', ...nullable });
export const blob = () => column<Uint8Array | null>({ kind: 'blob', ...nullable });

export interface Table<C extends Readonly<Record<string, Column<unknown>>>> {
  readonly columns: C;
  readonly unique: readonly (readonly string[])[];
  readonly indexes: readonly (readonly string[])[];
}

export function table<C extends Readonly<Record<string, Column<unknown>>>>(
  columns: C,
  extras: { unique?: readonly (readonly string[])[]; indexes?: readonly (readonly string[])[] } = {},
): Table<C> {
  return { columns, unique: extras.unique ?? [], indexes: extras.indexes ?? [] };
}

/** Row type of a table definition. */
export type RowOf<T> = T extends Table<infer C> ? { [K in keyof C]: C[K] extends Column<infer V> ? V : never } : never;
