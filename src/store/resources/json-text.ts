import { sql, type RawBuilder } from 'kysely';
import type { DialectName } from '../database.ts';

export type Fragment = RawBuilder<unknown>;

/** Texts written one after the other. */
export function written(dialect: DialectName, parts: readonly Fragment[]): Fragment {
  return dialect === 'mysql' ? sql`concat(${sql.join(parts)})` : sql.join(parts, sql` || `);
}

/** The texts of a group with commas between, in an order; null of an empty group. */
export function listed(dialect: DialectName, text: Fragment, ...order: readonly Fragment[]): Fragment {
  switch (dialect) {
    case 'mysql': return sql`group_concat(${text} order by ${sql.join(order)})`;
    case 'sqlite': return sql`group_concat(${text}, ',' order by ${sql.join(order)})`;
    // As the others do: what has no value comes first.
    case 'postgres': return sql`string_agg(${text}, ',' order by ${sql.join(order.map((by) => sql`${by} nulls first`))})`;
  }
}

/** A text as JSON; `nullAs` is a text as well. */
export function textAsJson(dialect: DialectName, value: Fragment, nullAs: string | null): Fragment {
  return nullAs === null ? sql`coalesce(${quoted(dialect, value)}, 'null')` : quoted(dialect, sql`coalesce(${value}, ${sql.lit(nullAs)})`);
}

/** A text `a,b` as the JSON list of its parts; the empty text is the empty list. */
export function commaListAsJson(dialect: DialectName, value: Fragment): Fragment {
  // JSON never writes a comma inside an escape, and MySQL takes blanks for the empty text where it compares.
  const items = written(dialect, [sql`'['`, sql`replace(${quoted(dialect, value)}, ',', '","')`, sql`']'`]);
  return sql`case when ${value} is null then 'null' when length(${value}) = 0 then '[]' else ${items} end`;
}

export function integerAsJson(dialect: DialectName, value: Fragment): Fragment {
  return sql`coalesce(${dialect === 'postgres' ? sql`${value}::text` : value}, 'null')`;
}

export function floatAsJson(dialect: DialectName, value: Fragment): Fragment {
  // SQLite writes whole numbers as 1.0.
  return integerAsJson(dialect, dialect === 'sqlite' ? sql`case when ${value} = cast(${value} as integer) then cast(${value} as integer) else ${value} end` : value);
}

export function booleanAsJson(dialect: DialectName, value: Fragment, nullAs: boolean | null): Fragment {
  const isTrue = dialect === 'postgres' ? value : sql`${value} = 1`;
  return sql`case when ${isTrue} then 'true' when ${value} is null then ${sql.lit(String(nullAs))} else 'false' end`;
}

/** `YYYY-MM-DDTHH:MM:SS`, without the fractions that other writers may have stored. */
export function datetimeAsJson(dialect: DialectName, value: Fragment): Fragment {
  return sql`coalesce(${seconds[dialect](value)}, 'null')`;
}

const seconds: Readonly<Record<DialectName, (value: Fragment) => Fragment>> = {
  sqlite: (value) => sql`json_quote(substr(${value}, 1, 10) || 'T' || substr(${value}, 12, 8))`,
  mysql: (value) => sql`date_format(${value}, '"%Y-%m-%dT%H:%i:%s"')`,
  postgres: (value) => sql`'"' || to_char(${value}, 'YYYY-MM-DD"T"HH24:MI:SS') || '"'`,
};

/** Null stays null, or becomes the text `null` on SQLite. */
function quoted(dialect: DialectName, value: Fragment): Fragment {
  return dialect === 'postgres' ? sql`to_json(${value}::text)::text` : sql`json_quote(${value})`;
}
