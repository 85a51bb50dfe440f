import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arbitraryOf, hostileText } from '../testing/arbitrary-of.ts';
import { isObject, problems, type Schema } from '../testing/json-schema.ts';
import { populate } from '../testing/populate.ts';
import { ADMIN, startTestApi, SUBNET, type TestApi } from '../testing/test-api.ts';
import { PUBLISHED } from './write-openapi.ts';

/** Requests per operation; PROPERTY_RUNS asks for more. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 40);

const document = JSON.parse(readFileSync(PUBLISHED, 'utf8')) as Schema;
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
interface Operation { readonly method: Method; readonly path: string; readonly details: Schema }

const operations: readonly Operation[] = Object.entries(document['paths'] ?? {}).flatMap(([path, methods]) =>
  Object.entries(isObject(methods) ? methods : {}).flatMap(([method, details]) => (isObject(details) ? [{ method: method.toUpperCase() as Method, path, details }] : [])));

let api: TestApi;
/** An object of every kind, by the place of its id in paths. */
let known: Readonly<Record<string, string>>;
beforeAll(async () => {
  api = await startTestApi();
  known = await populate(api);
}, 60_000);
afterAll(() => api.close());

/** The path with ids that mostly exist, and are now and then anything. */
function pathsOf(path: string): fc.Arbitrary<string> {
  const segments = path.split('/').map((segment, index, all) => {
    if (!segment.startsWith('{')) return fc.constant(segment);
    const any = hostileText.map((text) => encodeURIComponent(text.replace('\ud800', '')) || 'x');
    return fc.oneof({ weight: 12, arbitrary: fc.constant(null).map(() => known[all[index - 1] ?? ''] ?? 'x') }, { weight: 1, arbitrary: any }, { weight: 1, arbitrary: fc.uuid() });
  });
  return fc.tuple(...segments).map((parts) => parts.join('/'));
}

/** Query strings of the documented parameters, the fields of the answer and strangers. */
function queriesOf({ details, path }: Operation): fc.Arbitrary<string> {
  const parameters = (Array.isArray(details['parameters']) ? details['parameters'] : []).filter(isObject).filter((parameter) => parameter['in'] === 'query');
  const names = [...parameters.map((parameter) => String(parameter['name'])), ...fieldsAt(path), 'sort_key', 'sort_dir', 'project_id', '__proto__', 'constructor', 'nonsense'];
  const value = fc.oneof(fc.string(), fc.constantFrom('name:desc', 'id', 'name', '-1', '0', '1', '9'.repeat(30), 'infinite', 'True', 'false', "'", '\u0000', ',,', ':', '2026-01-01T00:00:00'), fc.constant(null).map(() => known['listeners'] ?? ''));
  return fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 4 })
    .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map(([name, text]) => `${name}=${encodeURIComponent(text)}`).join('&')}`));
}

function fieldsAt(path: string): string[] {
  const schemas = isObject(document['components']) && isObject(document['components']['schemas']) ? document['components']['schemas'] : {};
  const collection = path.split('/').findLast((segment) => !segment.startsWith('{')) ?? '';
  const [, schema] = Object.entries(schemas).find(([name]) => `${name.replaceAll('_', '')}s` === collection || name.replace(/y$/, 'ies') === collection) ?? [];
  return isObject(schema) && isObject(schema['properties']) ? Object.keys(schema['properties']) : [];
}

function bodiesOf({ details }: Operation): fc.Arbitrary<unknown> {
  const schema = schemaIn(details['requestBody']);
  if (schema === null) return fc.constantFrom(undefined, '', '{}');
  return fc.oneof({ weight: 20, arbitrary: fc.constant(null).chain(() => arbitraryOf(schema, { document, ids: [...Object.values(known), SUBNET] })) }, { weight: 1, arbitrary: fc.json() });
}

function schemaIn(content: unknown): Schema | null {
  const media = isObject(content) && isObject(content['content']) ? content['content']['application/json'] : undefined;
  return isObject(media) && isObject(media['schema']) ? media['schema'] : null;
}

/** 501 says that the provider cannot do it, which is a refusal. */
const isHonest = (status: number) => status < 500 || status === 501;

test('the document names every operation of the API', () => {
  expect(operations.length).toBeGreaterThanOrEqual(76);
});

test.each(operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))('no request makes %s fail, and its answers are as described', async (_name, operation) => {
  await fc.assert(
    fc.asyncProperty(pathsOf(operation.path), queriesOf(operation), bodiesOf(operation), async (path, query, body) => {
      const answer = await api.call(operation.method, `${path}${query}`, body, ADMIN);
      expect(isHonest(answer.status), `${answer.status} ${answer.text}`).toBe(true);
      if (answer.status >= 300 || operation.method === 'GET') return;
      await api.settle();
      if (operation.method === 'DELETE') known = await populate(api);
    }),
    { numRuns: RUNS },
  );
}, 60_000 + RUNS * 400);

test.each(operations.filter(({ method }) => method === 'GET').map((operation) => [operation.path, operation] as const))('GET %s answers what its schema says', async (path, { details }) => {
  known = await populate(api);
  const named = path.replaceAll(/([a-z0-9]+)\/\{[a-z0-9_]+\}/g, (_whole, collection: string) => `${collection}/${known[collection]}`);
  const answer = await api.call('GET', named, undefined, ADMIN);
  const responses = isObject(details['responses']) ? details['responses'] : {};
  // Amphorae without heartbeats have no statistics.
  if (path.endsWith('/amphorae/{id}/stats')) expect(answer.status).toBe(404);
  // Nobody shows an access log here (figures.test.ts).
  else if (path.endsWith('/access_log')) expect(answer.status).toBe(501);
  else expect(problems(document, schemaIn(responses[String(answer.status)]) ?? expect.fail(`${answer.status} ${answer.text}`), answer.json, path)).toEqual([]);
});

test.each([
  ['POST', 'loadbalancers', { loadbalancer: { vip_network_id: SUBNET, additional_vips: [null] } }],
  ['POST', 'pools', { pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', members: [null] } }],
] as const)('a list with a hole is refused: %s %s', async (method, path, body) => {
  expect((await api.call(method, `/v2/lbaas/${path}`, body)).status).toBe(400);
});
