import fc from 'fast-check';
import { isObject, resolved, type Schema } from './json-schema.ts';

/** Nasty at the wire, in SQL, in haproxy.cfg or in Python. */
export const hostileText = fc.constantFrom('', ' ', '\u0000', '\n', "'; drop table pool; --", '🦊', '\ud800', 'a'.repeat(5000), '%s', '${x}', '__proto__', 'constructor', '../..', '%');
const hostile = fc.oneof(hostileText, fc.constantFrom<unknown>(-1, 0, 2 ** 31, 2 ** 63, 1e308, 0.5, true, null, [], {}, [null], ['x'], { a: { b: [] } }, { __proto__: 1 }));

export interface ArbitraryOptions {
  readonly document: Schema;
  /** Ids that exist, so that values get past look-ups. */
  readonly ids: readonly string[];
}

/** Values that a schema describes, mostly: one in fifteen is hostile, one object in fifteen has an attribute nobody knows. */
export function arbitraryOf(schema: Schema, options: ArbitraryOptions): fc.Arbitrary<unknown> {
  const reference = schema['$ref'];
  if (typeof reference === 'string') return arbitraryOf(resolved(options.document, reference), options);
  const types = [schema['type']].flat().filter((type) => typeof type === 'string');
  const given = Array.isArray(schema['enum']) ? [fc.constantFrom<unknown>(...schema['enum'])] : types.map((type) => ofType(type, schema, options));
  return fc.oneof({ weight: 14, arbitrary: fc.oneof(...(given.length > 0 ? given : [hostile])) }, { weight: 1, arbitrary: hostile });
}

function ofType(type: string, schema: Schema, options: ArbitraryOptions): fc.Arbitrary<unknown> {
  switch (type) {
    case 'integer': return fc.integer({ min: limit(schema, 'minimum', -5), max: limit(schema, 'maximum', 70_000) });
    case 'number': return fc.double({ noNaN: true });
    case 'boolean': return fc.boolean();
    case 'null': return fc.constant(null);
    case 'array': return fc.array(isObject(schema['items']) ? arbitraryOf(schema['items'], options) : hostile, { maxLength: 3 });
    case 'object': return objectOf(schema, options);
    default: return textOf(schema, options);
  }
}

function limit(schema: Schema, name: string, otherwise: number): number {
  const value = schema[name];
  return typeof value === 'number' ? value : otherwise;
}

function objectOf(schema: Schema, options: ArbitraryOptions): fc.Arbitrary<unknown> {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : [];
  if (isObject(schema['additionalProperties'])) {
    const name = fc.oneof(fc.constantFrom('X-Forwarded-For', 'X-SSL-Client-Verify', '__proto__'), fc.string());
    return fc.dictionary(name, arbitraryOf(schema['additionalProperties'], options), { maxKeys: 3 });
  }
  const entries = Object.entries(properties).flatMap(([name, inner]) => {
    if (!isObject(inner)) return [];
    return [[name, fc.option(arbitraryOf(inner, options), { nil: undefined, freq: required.includes(name) ? 30 : 2 })] as const];
  });
  const whole = fc.record(Object.fromEntries(entries));
  return fc.oneof({ weight: 14, arbitrary: whole }, { weight: 1, arbitrary: fc.tuple(whole, fc.string()).map(([object, name]) => ({ ...object, [name]: 1 })) });
}

function textOf(schema: Schema, { ids }: ArbitraryOptions): fc.Arbitrary<unknown> {
  const { format, pattern } = schema;
  const some = JSON.stringify(schema);
  if (some.includes('{32,36}')) return fc.oneof(fc.constantFrom(...ids), fc.uuid());
  if (some.includes('ipv4')) return fc.oneof(fc.ipV4(), fc.ipV6());
  if (format === 'uri') return fc.webUrl();
  if (pattern === '^/') return fc.oneof(fc.webPath(), fc.string().map((path) => `/${path}`));
  const plain = fc.string({ minLength: Math.min(limit(schema, 'minLength', 0), 300), maxLength: Math.min(limit(schema, 'maxLength', 40), 300) });
  const special = fc.constantFrom('7', '300', '200-204', 'TLSv1.2', 'ECDHE-RSA-AES256-GCM-SHA384', 'www.example.com', '192.0.2.0/24', '2001:db8::1/64', 'amphora', 'noop_driver', '{"compute_flavor": "1"}', '/api', ...ids);
  return fc.oneof(plain, special);
}
