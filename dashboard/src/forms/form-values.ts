import { acceptanceOf, type BodyKind, type Field, type Fields, type ValueType } from '@model/resources/resource.ts';

/** What a form holds while it is filled in: numbers are texts, an empty text is "nothing given". */
export type FormValue = string | boolean | readonly string[] | FormValues | readonly FormValues[] | null;
export interface FormValues {
  readonly [name: string]: FormValue;
}

type Json = Readonly<Record<string, unknown>>;

/** Names that a body of this kind takes, in the order of the definition; children are left to forms of their own. */
export function formFields(fields: Fields, use: BodyKind): readonly string[] {
  return Object.entries(fields).flatMap(([name, field]) => (acceptanceOf(field, use) !== null && !isNested(field.type) && name !== 'project_id' ? [name] : []));
}

/** A form for something new, or with what an object has now. */
export function initialValues(fields: Fields, use: BodyKind, shown: Json = {}): FormValues {
  return Object.fromEntries(formFields(fields, use).flatMap((name) => {
    const field = fields[name];
    if (field === undefined) return [];
    const given = shown[name] !== undefined ? shown[name] : use === 'update' ? undefined : field.default;
    return [[name, toForm(field.type, given)]];
  }));
}

function toForm(type: ValueType<unknown>, value: unknown): FormValue {
  switch (type.kind) {
    case 'boolean': return value === true;
    case 'list': {
      if (!Array.isArray(value)) return [];
      const item = type.item ?? { kind: 'string' };
      return item.kind === 'object' ? value.map((entry: Json) => structureValues(item, entry)) : value.map(String);
    }
    case 'map': return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, String(entry)])) : {};
    case 'object': return typeof value === 'object' && value !== null ? structureValues(type, Object.fromEntries(Object.entries(value))) : null;
    // "At the end" is what an empty position means.
    default: return value === null || value === undefined || value === 2_147_483_647 ? '' : String(value as string | number);
  }
}

const structureValues = (type: ValueType<unknown>, value: Json): FormValues => initialValues(type.fields ?? {}, 'create', value);

/** The body of a create (or of one part of a fully populated create): only what was given and is no default. */
export function createBody(fields: Fields, use: 'create' | 'nested', values: FormValues): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const name of formFields(fields, use)) {
    const field = fields[name];
    const value = values[name];
    if (field === undefined || value === undefined || isEmpty(value)) continue;
    const wire = toWire(field.type, value);
    if (wire !== field.default && !(wire === false && field.default === undefined)) body[name] = wire;
  }
  return body;
}

/** The body of an update: only what differs from `before`. What was emptied is null, or an empty text where null means one. */
export function updateBody(fields: Fields, values: FormValues, before: FormValues): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const name of formFields(fields, 'update')) {
    const field = fields[name];
    const value = values[name];
    if (field === undefined || value === undefined || JSON.stringify(value) === JSON.stringify(before[name])) continue;
    body[name] = isEmpty(value) ? emptied(field, value) : toWire(field.type, value);
  }
  return body;
}

function emptied(field: Field, value: FormValue): unknown {
  if (field.nullAs === '') return '';
  return Array.isArray(value) || field.type.kind === 'map' ? (field.type.kind === 'map' ? {} : emptyList(field)) : null;
}

/** Lists that Octavia refuses when empty are cleared with null. */
const emptyList = (field: Field) => (field.storedAs === 'comma-list' ? null : []);

function toWire(type: ValueType<unknown>, value: FormValue): unknown {
  switch (type.kind) {
    case 'integer': case 'float': return Number(value);
    case 'enum': return typeof type.values?.[0] === 'number' ? Number(value) : value;
    case 'boolean': case 'map': return value;
    case 'list': return Array.isArray(value) ? value.map((entry: FormValue) => toWire(type.item ?? { kind: 'string' }, entry)) : [];
    case 'object': return isValues(value) ? createBody(type.fields ?? {}, 'create', value) : null;
    case 'string': return value;
    default: return typeof value === 'string' ? value.trim() : value;
  }
}

export function isEmpty(value: FormValue): boolean {
  if (value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

export function isValues(value: FormValue | undefined): value is FormValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A form value as text; '' for everything else. */
export const textOf = (value: FormValue | undefined): string => (typeof value === 'string' ? value : '');

function isNested(type: ValueType<unknown>): boolean {
  return type.kind === 'nested' || type.item?.kind === 'nested';
}
