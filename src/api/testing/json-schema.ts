export type Schema = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `$ref` leads to inside `document`; an empty schema when it leads nowhere. */
export function resolved(document: Schema, reference: string): Schema {
  let place: unknown = document;
  for (const part of reference.slice(2).split('/')) place = isObject(place) ? place[part] : undefined;
  return isObject(place) ? place : {};
}

/** Just enough of JSON Schema for our own documents: $ref, type, enum, properties, required, items, additionalProperties. */
export function problems(document: Schema, schema: Schema, value: unknown, at: string): string[] {
  if (typeof schema['$ref'] === 'string') return problems(document, resolved(document, schema['$ref']), value, at);
  const types = [schema['type']].flat();
  if (schema['type'] !== undefined && !types.some((type) => hasType(type, value))) return [`${at}: ${JSON.stringify(value)} is not ${types.join('|')}`];
  if (Array.isArray(schema['enum']) && !schema['enum'].includes(value)) return [`${at}: ${JSON.stringify(value)} is none of the values`];
  if (Array.isArray(value)) return value.flatMap((item, index) => (isObject(schema['items']) ? problems(document, schema['items'], item, `${at}[${index}]`) : []));
  if (!isObject(value)) return [];
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required: unknown[] = Array.isArray(schema['required']) ? schema['required'] : [];
  const missing = required.flatMap((name) => (typeof name === 'string' && !(name in value) ? [`${at}.${name} is missing`] : []));
  return [...missing, ...Object.entries(value).flatMap(([key, item]) => {
    const inner = properties[key] ?? (isObject(schema['additionalProperties']) ? schema['additionalProperties'] : undefined);
    if (isObject(inner)) return problems(document, inner, item, `${at}.${key}`);
    return schema['additionalProperties'] === false ? [`${at}.${key} is unknown`] : [];
  })];
}

function hasType(type: unknown, value: unknown): boolean {
  switch (type) {
    case 'array': return Array.isArray(value);
    case 'object': return isObject(value);
    case 'integer': return Number.isInteger(value);
    case 'null': return value === null;
    default: return typeof value === type;
  }
}
