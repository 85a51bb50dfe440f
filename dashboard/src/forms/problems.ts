import { decodeScalar } from '@model/resources/decode-value.ts';
import { acceptanceOf, type BodyKind, type Field, type Fields, type ValueType } from '@model/resources/resource.ts';
import type { MessageKey } from '../i18n/en/index.ts';
import { formFields, isEmpty, isValues, textOf, type FormValue, type FormValues } from './form-values.ts';

/** Why a value cannot be sent, as a text of the catalogue. */
export interface Problem {
  readonly key: MessageKey;
  readonly values?: Readonly<Record<string, string | number>>;
}

/** Problems by field, judged by the definition of the resource: what is sent is what the API accepts. `names` limits it to what is on the screen. */
export function problemsOf(fields: Fields, use: BodyKind, values: FormValues, names: readonly string[] = formFields(fields, use)): Readonly<Record<string, Problem>> {
  return Object.fromEntries(names.flatMap((name) => {
    const field = fields[name];
    const problem = field === undefined ? null : problemOf(field, use, values[name] ?? null);
    return problem === null ? [] : [[name, problem]];
  }));
}

function problemOf(field: Field, use: BodyKind, value: FormValue): Problem | null {
  const isNeeded = acceptanceOf(field, use) === 'mandatory' || (use === 'update' && (field.onNull === 'refused' || field.onNull === 'unchanged') && field.type.kind !== 'boolean' && field.type.kind !== 'list');
  if (isEmpty(value)) return isNeeded ? { key: 'problem.required' } : null;
  return problemIn(field.type, value);
}

function problemIn(type: ValueType<unknown>, value: FormValue): Problem | null {
  if (type.kind === 'list') return Array.isArray(value) ? (value.map((entry: FormValue) => problemIn(type.item ?? { kind: 'string' }, entry)).find((found) => found !== null) ?? null) : null;
  if (type.kind === 'object') return isValues(value) ? (Object.values(problemsOf(type.fields ?? {}, 'create', value))[0] ?? null) : null;
  if (type.kind === 'map' || type.kind === 'boolean') return null;
  const decoded = decodeScalar(type, typeof value === 'string' && type.kind !== 'string' ? value.trim() : value);
  return decoded.ok ? null : reasonFor(type, textOf(value));
}

function reasonFor(type: ValueType<unknown>, value: string): Problem {
  switch (type.kind) {
    case 'integer': {
      if (!/^\s*[+-]?\d+\s*$/.test(value)) return { key: 'problem.whole-number' };
      const { min, max } = type;
      if (min !== undefined && max !== undefined) return { key: 'problem.between', values: { min, max } };
      return min === undefined ? { key: 'problem.at-most', values: { max: max ?? '' } } : { key: 'problem.at-least', values: { min } };
    }
    case 'ip': return { key: 'problem.address' };
    case 'cidr': return { key: 'problem.cidr' };
    case 'url': return { key: 'problem.url' };
    case 'url-path': return { key: 'problem.path' };
    case 'uuid': return { key: 'problem.id' };
    case 'enum': return { key: 'problem.choose', values: { values: (type.values ?? []).join(', ') } };
    case 'string': {
      if (type.maxLength !== undefined && Array.from(value).length > type.maxLength) return { key: 'problem.too-long', values: { max: type.maxLength } };
      return { key: 'problem.form' };
    }
    default: return { key: 'problem.form' };
  }
}
