import { readFileSync, writeFileSync } from 'node:fs';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | number | null)[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly description?: string;
}

const SOURCE = new URL('../../docs/openapi.json', import.meta.url);
/** Where the generated types are kept. */
export const TARGET = new URL('../src/api/schema.ts', import.meta.url);

/** TypeScript types of every schema in docs/openapi.json. */
export function apiTypes(): string {
  const document = JSON.parse(readFileSync(SOURCE, 'utf8')) as { components: { schemas: Record<string, Schema> } };
  const types = Object.entries(document.components.schemas).map(([name, schema]) => interfaceOf(name, schema));
  return `// Generated from docs/openapi.json by dashboard/scripts/write-api-types.ts: do not edit.\n// oxlint-disable max-lines\n\n${types.join('\n\n')}\n`;
}

/** The document lets every answer be null; these have a default or must be given. */
const NEVER_NULL = new Set([
  'id', 'name', 'description', 'provisioning_status', 'operating_status', 'admin_state_up', 'created_at', 'project_id', 'protocol', 'protocol_port', 'lb_algorithm', 'type', 'address',
  'weight', 'backup', 'action', 'position', 'tags', 'listeners', 'pools', 'members', 'l7policies', 'rules', 'loadbalancers', 'enabled', 'compare_type', 'value', 'invert', 'delay', 'timeout',
  'max_retries', 'max_retries_down', 'connection_limit', 'tls_enabled', 'listener_id', 'status', 'provider_name', 'flavor_data', 'availability_zone_data', 'kind', 'state', 'canary', 'per_minute', 'parallel', 'soak_seconds',
]);

function interfaceOf(name: string, schema: Schema): string {
  const isAnswer = !/_(create|update)$/.test(name);
  const lines = Object.entries(schema.properties ?? {}).map(([key, property]) => {
    // Answers hold every key they may show, but for those that say otherwise.
    const isRequired = isAnswer ? !property.description?.includes('left out when') : schema.required?.includes(key) === true;
    return `${property.description === undefined ? '' : `  /** ${property.description} */\n`}  readonly ${key}${isRequired ? '' : '?'}: ${isAnswer && NEVER_NULL.has(key) ? typeOf(property).replace(/ \| null$/, '') : typeOf(property)};`;
  });
  return `export interface ${typeName(name)} {\n${lines.join('\n')}\n}`;
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return typeName(schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1));
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const types = [schema.type ?? 'unknown'].flat().map((type) => plainType(type, schema));
  // Requests may also carry numbers and booleans as text: the dashboard never does.
  const isLenient = types.includes('number') || types.includes('boolean');
  return [...new Set(types.filter((type) => !isLenient || (type !== 'string' && !(type === 'number' && types.includes('boolean')))))].join(' | ');
}

function plainType(type: string, schema: Schema): string {
  if (type === 'integer') return 'number';
  if (type === 'array') return `readonly ${wrap(typeOf(schema.items ?? {}))}[]`;
  if (type !== 'object') return type;
  if (schema.properties !== undefined) {
    const inner = Object.entries(schema.properties).map(([key, property]) => `readonly ${key}${schema.required?.includes(key) ? '' : '?'}: ${typeOf(property)}`);
    return `{ ${inner.join('; ')} }`;
  }
  const values = schema.additionalProperties;
  return `Readonly<Record<string, ${typeof values === 'object' ? typeOf(values) : 'unknown'}>>`;
}

const wrap = (type: string) => (type.includes('|') ? `(${type})` : type);
const typeName = (name: string) => name.split('_').map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('');

// `node dashboard/scripts/write-api-types.ts` writes them anew.
if (import.meta.main) writeFileSync(TARGET, apiTypes());
