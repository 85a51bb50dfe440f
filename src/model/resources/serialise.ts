import { NIL_UUID } from '../enums.ts';
import { columnOf, type Field, type Resource } from './resource.ts';

/** A row as the store reads it: own columns by name, joined ones as `<table>.<column>`. */
export type Row = Readonly<Record<string, unknown>>;
/** What no column of the row holds, by API name: children, tags, parents. An absent name leaves its key out of the answer. */
export type Computed = Readonly<Record<string, unknown>>;

/** The answer body of one object, keys in documented order; `only` restricts the keys (`fields=`). */
export function serialise(resource: Resource, row: Row, computed: Computed, only?: ReadonlySet<string>): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const { name, column, decode } of shownFields(resource)) {
    if (only && !only.has(name)) continue;
    const value = column === null || name in computed ? computed[name] : decode(row[column]);
    if (value !== undefined) body[name] = value;
  }
  if (resource.hasProject && (!only || only.has('tenant_id'))) body['tenant_id'] = row['project_id'] ?? null;
  return body;
}

export interface ShownField {
  readonly name: string;
  readonly field: Field;
  readonly column: string | null;
  readonly decode: (value: unknown) => unknown;
}

const shown = new WeakMap<Resource, readonly ShownField[]>();

/** What answers show of a resource, worked out once: a page of a thousand objects asks for it a thousand times. */
export function shownFields(resource: Resource): readonly ShownField[] {
  const known = shown.get(resource);
  if (known) return known;
  const fields = Object.entries(resource.fields)
    .filter(([, field]) => field.shown !== false)
    .map(([name, field]) => ({ name, field, column: columnOf(name, field), decode: decoderOf(field) }));
  shown.set(resource, fields);
  return fields;
}

/** A column's value as answers show it. */
function decoderOf(field: Field): (value: unknown) => unknown {
  const empty = field.storedAs === 'python-dict' ? {} : (field.nullAs ?? null);
  if (field.nilAsNull) return (value) => (value === NIL_UUID ? empty : (value ?? empty));
  if (field.type.kind === 'datetime') return (value) => (typeof value === 'string' ? `${value.slice(0, 10)}T${value.slice(11, 19)}` : (value ?? empty));
  if (field.storedAs === 'comma-list') return (value) => (typeof value === 'string' ? (value === '' ? [] : value.split(',')) : (value ?? empty));
  return (value) => value ?? empty;
}

/** A decoded value as its column stores it. Maps are encoded by the store (a pickle). */
export function encodeColumn(field: Field, value: unknown): unknown {
  return field.storedAs === 'comma-list' && Array.isArray(value) ? value.join(',') : value;
}
