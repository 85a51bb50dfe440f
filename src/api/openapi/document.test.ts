import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isObject, problems, resolved, type Schema } from '../testing/json-schema.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';
import { PUBLISHED, publishedDocument } from './write-openapi.ts';

const EXAMPLES = new URL('../../../../shared/api-examples/', import.meta.url).pathname;

let api: TestApi;
let document: Schema;
beforeAll(async () => {
  api = await startTestApi();
  document = (await api.call('GET', '/v2.0/octavia/openapi.json')).json;
});
afterAll(() => api.close());

test('the document describes every resource operation', () => {
  const operations = Object.values(document['paths'] ?? {}).flatMap((path) => Object.keys(path));
  expect(operations.length).toBeGreaterThanOrEqual(74);
  expect(document['openapi']).toBe('3.1.0');
});

test('docs/openapi.json is what the API answers; `node src/api/openapi/write-openapi.ts` brings it up to date', async () => {
  expect(readFileSync(PUBLISHED, 'utf8')).toBe(await publishedDocument());
});

test('every reference in the document leads somewhere', () => {
  for (const [, reference] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) expect(Object.keys(resolved(document, reference ?? ''))).not.toEqual([]);
});

const ROOTS: Readonly<Record<string, string>> = { availabilityzone: 'availability_zone', availabilityzoneprofile: 'availability_zone_profile', l7rule: 'rule' };

/** Examples of the published reference that the reference service itself would not take or give. */
const WRONG = new Set(['loadbalancer-full-create-response.json', 'l7policy-create-response.json', 'amphora-show-response.json']);

const files = existsSync(EXAMPLES) ? readdirSync(EXAMPLES).filter((name) => /-(create|update|show)-(request|response)\.json$/.test(name) && !WRONG.has(name) && !/batch|capability|quota/.test(name)) : [];

test.skipIf(files.length === 0).each(files.length === 0 ? ['none'] : files)('the published example %s fits the document', (file) => {
  const [, kind = '', action = '', direction] = /^([a-z0-9]+)(?:-full)?-(create|update|show)-(request|response)/.exec(file) ?? [];
  const root = ROOTS[kind] ?? kind;
  const name = direction === 'response' ? root : `${root}_${action}`;
  const example: unknown = JSON.parse(readFileSync(join(EXAMPLES, file), 'utf8'));
  const object = isObject(example) && isObject(example[root]) ? example[root] : {};
  const { flavor_id: flavorId, ...rest } = object;
  // "flavor_id": "" stands for none in the published examples only.
  const value = flavorId === '' || flavorId === undefined ? rest : object;
  expect(Object.keys(value)).not.toEqual([]);
  expect(problems(document, { $ref: `#/components/schemas/${name}` }, value, root)).toEqual([]);
});

/**
 * Examples that are no plain object: where their schema is. Those of the amphora list and the status tree are left out, because
 * the reference service names their keys otherwise (loadbalancer_id, health_monitor) than its reference says.
 */
const PLACES: Readonly<Record<string, readonly [method: string, path: string, part: 'requestBody' | '200' | '202']>> = {
  'amphora-show-stats-response.json': ['get', '/v2.0/octavia/amphorae/{id}/stats', '200'],
  'availabilityzone-list-response.json': ['get', '/v2.0/lbaas/availabilityzones', '200'],
  'availabilityzoneprofile-list-response.json': ['get', '/v2.0/lbaas/availabilityzoneprofiles', '200'],
  'flavors-list-response.json': ['get', '/v2.0/lbaas/flavors', '200'],
  'flavorprofiles-list-response.json': ['get', '/v2.0/lbaas/flavorprofiles', '200'],
  'healthmonitors-list-response.json': ['get', '/v2.0/lbaas/healthmonitors', '200'],
  'l7policies-list-response.json': ['get', '/v2.0/lbaas/l7policies', '200'],
  'l7rules-list-response.json': ['get', '/v2.0/lbaas/l7policies/{l7policy_id}/rules', '200'],
  'listeners-list-response.json': ['get', '/v2.0/lbaas/listeners', '200'],
  'listener-stats-response.json': ['get', '/v2.0/lbaas/listeners/{id}/stats', '200'],
  'loadbalancers-list-response.json': ['get', '/v2.0/lbaas/loadbalancers', '200'],
  'loadbalancer-stats-response.json': ['get', '/v2.0/lbaas/loadbalancers/{id}/stats', '200'],
  'member-batch-update-request.json': ['put', '/v2.0/lbaas/pools/{pool_id}/members', 'requestBody'],
  'members-list-response.json': ['get', '/v2.0/lbaas/pools/{pool_id}/members', '200'],
  'pools-list-response.json': ['get', '/v2.0/lbaas/pools', '200'],
  'provider-availability-zone-capability-show-response.json': ['get', '/v2.0/lbaas/providers/{provider}/availability_zone_capabilities', '200'],
  'provider-flavor-capability-show-response.json': ['get', '/v2.0/lbaas/providers/{provider}/flavor_capabilities', '200'],
  'provider-list-response.json': ['get', '/v2.0/lbaas/providers', '200'],
  'quota-update-request.json': ['put', '/v2.0/lbaas/quotas/{id}', 'requestBody'],
  'quota-update-response.json': ['put', '/v2.0/lbaas/quotas/{id}', '202'],
  'quotas-defaults-response.json': ['get', '/v2.0/lbaas/quotas/{id}/default', '200'],
  'quotas-list-response.json': ['get', '/v2.0/lbaas/quotas', '200'],
  'quotas-show-response.json': ['get', '/v2.0/lbaas/quotas/{id}', '200'],
};

test.skipIf(!existsSync(EXAMPLES)).each(Object.entries(PLACES))('the published example %s fits its operation', (file, [method, path, part]) => {
  const operation = at(document, 'paths', path, method);
  const schema = at(part === 'requestBody' ? at(operation, part) : at(operation, 'responses', part), 'content', 'application/json', 'schema');
  expect(problems(document, schema, JSON.parse(readFileSync(join(EXAMPLES, file), 'utf8')), file)).toEqual([]);
});

function at(value: Schema, ...keys: readonly string[]): Schema {
  let place: unknown = value;
  for (const key of keys) place = isObject(place) ? place[key] : undefined;
  if (!isObject(place)) throw new Error(`no ${keys.join(' ')}`);
  return place;
}
