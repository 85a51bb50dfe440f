import { acceptanceOf, type BodyKind, type Field, type Fields, type Resource, type ValueType } from '../../model/resources/resource.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Requests take what the decoder takes: numbers and booleans also as text. Answers are strict. */
export type SchemaUse = BodyKind | 'answer';

/** Schema of one object of a resource as a body of this kind. */
export function resourceSchema(resource: Resource, use: SchemaUse): JsonSchema {
  return objectSchema(resource.fields, use, resource.hasProject);
}

function objectSchema(fields: Fields, use: SchemaUse, hasProject: boolean): JsonSchema {
  const entries = Object.entries(fields).filter(([, field]) => isPart(field, use));
  const required = use === 'answer' ? [] : entries.filter(([, field]) => acceptanceOf(field, use) === 'mandatory').map(([name]) => name);
  const properties = Object.fromEntries(entries.map(([name, field]) => [name, fieldSchema(field, use)]));
  const takesTenant = hasProject && (use === 'answer' || 'project_id' in properties);
  return {
    type: 'object',
    properties: { ...properties, ...(takesTenant && { tenant_id: { type: ['string', 'null'], maxLength: 36, description: 'The same as project_id.' } }) },
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

function isPart(field: Field, use: SchemaUse): boolean {
  return use === 'answer' ? field.shown !== false : acceptanceOf(field, use) !== null;
}

function fieldSchema(field: Field, use: SchemaUse): JsonSchema {
  const acceptsNull = use === 'answer' || acceptanceOf(field, use) === 'optional';
  const value = valueSchema(field.type, use);
  const base = acceptsNull ? nullable(value) : value;
  const hasDefault = use !== 'answer' && use !== 'update' && field.default !== undefined;
  return { ...base, description: field.description, 'x-since': `v${field.since ?? '2.0'}`, ...(hasDefault && { default: field.default }) };
}

function nullable(schema: JsonSchema): JsonSchema {
  const { type } = schema;
  const types = Array.isArray(type) ? type : [type];
  const values = schema['enum'];
  return { ...schema, type: [...types, 'null'], ...(Array.isArray(values) && { enum: [...values, null] }) };
}

function valueSchema(type: ValueType<unknown>, use: SchemaUse): JsonSchema {
  const isRequest = use !== 'answer';
  switch (type.kind) {
    case 'string': return { type: 'string', ...limits({ minLength: type.minLength, maxLength: type.maxLength }), ...(type.pattern && { pattern: type.pattern.source }) };
    case 'integer': return { type: isRequest ? ['integer', 'string'] : 'integer', ...limits({ minimum: type.min, maximum: type.max }) };
    case 'float': return { type: isRequest ? ['number', 'string'] : 'number' };
    case 'boolean': return { type: isRequest ? ['boolean', 'string', 'integer'] : 'boolean' };
    case 'uuid': return { type: 'string', ...(isRequest ? { pattern: '^[0-9a-fA-F-]{32,36}$' } : { format: 'uuid' }) };
    case 'ip': return { type: 'string', anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] };
    case 'cidr': return { type: 'string', examples: ['192.0.2.0/24'] };
    case 'url': return { type: 'string', format: 'uri' };
    case 'url-path': return { type: 'string', pattern: '^/' };
    case 'enum': return { type: typeof type.values?.[0] === 'number' ? 'number' : 'string', enum: type.values ?? [] };
    case 'datetime': return { type: 'string', pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$` };
    case 'list': return { type: 'array', items: valueSchema(type.item ?? { kind: 'string' }, use) };
    case 'map': return { type: 'object', additionalProperties: valueSchema(type.item ?? { kind: 'string' }, use) };
    case 'object': return use === 'answer' ? answerStructure(type.fields ?? {}) : objectSchema(type.fields ?? {}, use, false);
    case 'nested': return nestedSchema(type, use);
    default: return type.kind satisfies never;
  }
}

/** Structures are shown whole, whatever a request may say of them. */
function answerStructure(fields: Fields): JsonSchema {
  return { type: 'object', properties: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldSchema(field, 'answer')])), additionalProperties: false };
}

/** Children are objects in a fully populated create and its answer, and mere ids everywhere else. */
function nestedSchema(type: ValueType<unknown>, use: SchemaUse): JsonSchema {
  if (use !== 'answer') return type.resource ? resourceSchema(type.resource, 'nested') : { type: 'object' };
  return { type: 'object', properties: { id: { type: 'string', format: 'uuid' } }, required: ['id'] };
}

function limits(values: Readonly<Record<string, number | undefined>>): JsonSchema {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
