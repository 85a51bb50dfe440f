import { columnOf, type Field, type Resource } from './resource.ts';

/** A row as the store reads it: own columns by name, joined ones as `<table>.<column>`. */
export type Row = Readonly<Record<string, unknown>>;
/** What no column of the row holds, by API name: children, tags, parents. An absent name leaves its key out of the answer. */
export type Computed = Readonly<Record<string, unknown>>;

/** The answer body of one object, keys in documented order; `only` restricts the keys (`fields=`). */
export function serialise(resource: Resource, row: Row, computed: Computed, only?: ReadonlySet<string>): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const name in resource.fields) {
    const field = resource.fields[name];
    if (!field || field.shown === false || (only && !only.has(name))) continue;
    const column = columnOf(name, field);
    const value = name in computed || column === null ? computed[name] : decodeColumn(field, row[column]);
    if (value !== undefined) body[name] = value;
  }
  if (resource.hasProject && (!only || only.has('tenant_id'))) body['tenant_id'] = row['project_id'] ?? null;
  return body;
}

/** A column's value as answers show it. */
function decodeColumn(field: Field, value: unknown): unknown {
  if (value === null || value === undefined) return emptyValue(field);
  if (field.type.kind === 'datetime' && typeof value === 'string') return value.slice(0, 19).replace(' ', 'T');
  if (field.storedAs === 'comma-list' && typeof value === 'string') return value === '' ? [] : value.split(',');
  return value;
}

function emptyValue(field: Field): unknown {
  if (field.nullAsEmptyText) return '';
  return field.storedAs === 'python-dict' ? {} : null;
}

/** A decoded value as its column stores it. Maps are encoded by the store (a pickle). */
export function encodeColumn(field: Field, value: unknown): unknown {
  return field.storedAs === 'comma-list' && Array.isArray(value) ? value.join(',') : value;
}
