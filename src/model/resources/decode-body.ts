import { invalidField, pythonText, RuleViolation } from '../violation.ts';
import { decodeScalar } from './decode-value.ts';
import { acceptanceOf, type BodyKind, type CreateBody, type Field, type Fields, type Resource, type UpdateBody, type ValueType } from './resource.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Decodes the object of a POST body; throws RuleViolation with WSME's wording. Defaults are filled in. */
export function decodeCreate<F extends Fields>(resource: Resource<F>, raw: unknown, path = `${resource.argument}.${resource.root}`): CreateBody<Resource<F>> {
  // The decoder is what makes the type true.
  return decodeFields(resource.fields, raw, { kind: 'create', path, hasProject: resource.hasProject }) as CreateBody<Resource<F>>;
}

/** Decodes the object of a PUT body. Absent stays absent, null stays null. */
export function decodeUpdate<F extends Fields>(resource: Resource<F>, raw: unknown): UpdateBody<Resource<F>> {
  return decodeFields(resource.fields, raw, { kind: 'update', path: `${resource.updateArgument}.${resource.root}`, hasProject: false }) as UpdateBody<Resource<F>>;
}

interface Scope {
  readonly kind: BodyKind;
  /** Where we are, for unknown-attribute messages. */
  readonly path: string;
  /** tenant_id is accepted for project_id. */
  readonly hasProject: boolean;
}

function decodeFields(fields: Fields, raw: unknown, scope: Scope): Record<string, unknown> {
  if (!isJsonObject(raw)) throw invalidField(lastName(scope.path), raw, 'Value should be a JSON object');
  const takesTenant = scope.hasProject && fields['project_id'] !== undefined && acceptanceOf(fields['project_id'], scope.kind) !== null;
  refuseUnknown(fields, raw, scope, takesTenant);
  const decoded: Record<string, unknown> = {};
  for (const name in fields) {
    const field = fields[name];
    const acceptance = field && acceptanceOf(field, scope.kind);
    if (!field || !acceptance) continue;
    const given = Object.hasOwn(raw, name) ? raw[name] : undefined;
    if (given === undefined) {
      if (acceptance === 'mandatory') throw invalidField(name, null, 'Mandatory field missing.');
      if (scope.kind !== 'update' && field.default !== undefined) decoded[name] = field.default;
      continue;
    }
    decoded[name] = decodeField(name, field, given, acceptance, scope);
  }
  if (takesTenant && decoded['project_id'] === undefined && raw['tenant_id'] !== undefined) {
    decoded['project_id'] = decodeValue('tenant_id', fields['project_id']?.type ?? { kind: 'string' }, raw['tenant_id'], scope);
  }
  return decoded;
}

function decodeField(name: string, field: Field, given: unknown, acceptance: 'mandatory' | 'optional', scope: Scope): unknown {
  if (given === null) {
    if (acceptance === 'mandatory') throw invalidField(name, null, 'Mandatory field missing.');
    // Null on create means "as if left out", except booleans, whose null is false.
    if (scope.kind !== 'update' && field.type.kind === 'boolean') return false;
    return scope.kind === 'update' || field.default === undefined ? null : field.default;
  }
  return decodeValue(name, field.type, given, scope);
}

function decodeValue(name: string, type: ValueType<unknown>, raw: unknown, scope: Scope): unknown {
  if (raw === null) return null;
  const inner = { path: `${scope.path}.${name}`, kind: scope.kind === 'update' ? 'update' : scope.kind } as const;
  switch (type.kind) {
    case 'object': return decodeFields(type.fields ?? {}, raw, { ...inner, hasProject: false });
    case 'nested': return decodeFields(type.resource?.fields ?? {}, raw, { path: inner.path, kind: 'nested', hasProject: false });
    case 'list': return decodeList(name, type, raw, scope);
    case 'map': return decodeMap(name, type, raw);
    default: return unwrap(name, type, raw, raw);
  }
}

function decodeList(name: string, type: ValueType<unknown>, raw: unknown, scope: Scope): unknown[] {
  if (!Array.isArray(raw)) throw invalidField(name, raw, `Value not a valid list: ${pythonText(raw)}`);
  const item = type.item ?? { kind: 'string' };
  const isPlain = item.kind !== 'object' && item.kind !== 'nested';
  return raw.map((entry: unknown) => {
    if (isPlain) return unwrap(name, item, entry, raw);
    if (entry === null) throw invalidField(name, raw, 'Value should be a JSON object');
    return decodeValue(name, item, entry, scope);
  });
}

function decodeMap(name: string, type: ValueType<unknown>, raw: unknown): JsonObject {
  if (!isJsonObject(raw)) throw invalidField(name, raw, `Value not a valid dict: ${pythonText(raw)}`);
  const item = type.item ?? { kind: 'string' };
  return Object.fromEntries(Object.entries(raw).map(([key, entry]) => [key, unwrap(name, item, entry, raw)]));
}

/** The original names the whole attribute, not the item, when an item is bad. */
function unwrap(name: string, type: ValueType<unknown>, raw: unknown, whole: unknown): unknown {
  const decoded = decodeScalar(type, raw);
  if (!decoded.ok) throw invalidField(name, whole, decoded.reason);
  return decoded.value;
}

function refuseUnknown(fields: Fields, raw: JsonObject, scope: Scope, takesTenant: boolean): void {
  const unknown = Object.keys(raw).filter((name) => {
    if (name === 'tenant_id' && takesTenant) return false;
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return field === undefined || acceptanceOf(field, scope.kind) === null;
  });
  if (unknown.length > 0) throw unknownAttributes(scope.path, unknown);
}

/** `Unknown attribute for argument <path>: <name>` */
export function unknownAttributes(path: string, names: readonly string[]): RuleViolation {
  return new RuleViolation(`Unknown attribute${names.length > 1 ? 's' : ''} for argument ${path}: ${names.join(', ')}`);
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const lastName = (path: string) => path.slice(path.lastIndexOf('.') + 1);
