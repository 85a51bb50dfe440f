import { amphora } from '../../model/resources/amphora.ts';
import { availabilityZoneProfile } from '../../model/resources/availability-zone-profile.ts';
import { availabilityZone } from '../../model/resources/availability-zone.ts';
import { flavorProfile } from '../../model/resources/flavor-profile.ts';
import { flavor } from '../../model/resources/flavor.ts';
import { healthMonitor } from '../../model/resources/health-monitor.ts';
import { l7policy } from '../../model/resources/l7policy.ts';
import { l7rule } from '../../model/resources/l7rule.ts';
import { listener } from '../../model/resources/listener.ts';
import { loadBalancer } from '../../model/resources/load-balancer.ts';
import { member } from '../../model/resources/member.ts';
import { pool } from '../../model/resources/pool.ts';
import { quota } from '../../model/resources/quota.ts';
import type { Resource } from '../../model/resources/resource.ts';
import { rollout } from '../../model/resources/rollout.ts';
import type { Route } from '../machinery/define-routes.ts';
import { otherOperation } from './other-operations.ts';
import { resourceSchema, type JsonSchema } from './schema-of.ts';

/** Resources by their collection's canonical path. */
const COLLECTIONS: readonly (readonly [path: string, resource: Resource])[] = [
  ['/v2/loadbalancers', loadBalancer], ['/v2/listeners', listener], ['/v2/pools', pool], ['/v2/pools/:pool_id/members', member], ['/v2/healthmonitors', healthMonitor],
  ['/v2/l7policies', l7policy], ['/v2/l7policies/:l7policy_id/rules', l7rule], ['/v2/quotas', quota], ['/v2/flavors', flavor], ['/v2/flavorprofiles', flavorProfile],
  ['/v2/availabilityzones', availabilityZone], ['/v2/availabilityzoneprofiles', availabilityZoneProfile], ['/v2/octavia/amphorae', amphora],
  ['/v2/octavia/rollouts', rollout],
];

type RoutePlace = Pick<Route, 'method' | 'path'>;

/** The OpenAPI 3.1 description of these routes, made from the resource definitions. */
export function openApiDocument(routes: readonly RoutePlace[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = publishedPath(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Octavia load balancing', version: '2.30', description: 'OpenStack Load Balancer as a Service, API v2.30.' },
    paths,
    components: { schemas: schemas(), securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' } } },
    security: [{ token: [] }],
  };
}

/** The documented spelling of a canonical path: resources live below /v2.0/lbaas. */
function publishedPath(path: string): string {
  const braces = path.replaceAll(/:([a-z0-9_]+)/g, '{$1}');
  return braces === '/v2' || braces.startsWith('/v2/octavia') ? braces.replace('/v2', '/v2.0') : braces.replace('/v2/', '/v2.0/lbaas/');
}

function operation(route: RoutePlace): JsonSchema {
  const parameters = [...route.path.matchAll(/:([a-z0-9_]+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
  const other = otherOperation(route);
  if (other) return { summary: other.summary, parameters: [...parameters, ...Object.entries(other.query ?? {}).map(([name, description]) => text(name, description))], responses: { [other.status]: other.answer ? answer(other.answer) : { description: 'Accepted.' }, default: FAULT } };
  const found = COLLECTIONS.find(([path]) => route.path === path || isItemOf(route.path, path));
  if (!found) return { summary: `${route.method} ${publishedPath(route.path)}`, parameters, responses: { 200: { description: 'Done.' }, default: FAULT } };
  const [path, resource] = found;
  return route.path === path ? collectionOperation(route, resource, parameters) : itemOperation(route, resource, parameters);
}

const isItemOf = (path: string, collection: string) => path.startsWith(`${collection}/:`) && !path.slice(collection.length + 2).includes('/');

function collectionOperation(route: RoutePlace, resource: Resource, parameters: readonly unknown[]): JsonSchema {
  if (route.method === 'GET') return { summary: `List ${resource.collection}`, parameters: [...parameters, ...LIST_PARAMETERS], responses: { 200: answer(listSchema(resource)), default: FAULT } };
  if (route.method === 'POST') return { summary: `Create a ${resource.root}`, parameters, requestBody: body(rooted(resource, 'create')), responses: { 201: answer(rooted(resource, 'answer')), default: FAULT } };
  const batch = { type: 'object', properties: { [resource.collection]: { type: 'array', items: ref(resource, 'create') } }, required: [resource.collection], additionalProperties: false };
  return { summary: `Replace all ${resource.collection}`, parameters: [...parameters, { name: 'additive_only', in: 'query', schema: { type: 'boolean' } }], requestBody: body(batch), responses: { 202: { description: 'Accepted.' }, default: FAULT } };
}

function itemOperation(route: RoutePlace, resource: Resource, parameters: readonly unknown[]): JsonSchema {
  if (route.method === 'GET') return { summary: `Show a ${resource.root}`, parameters: [...parameters, FIELDS], responses: { 200: answer(rooted(resource, 'answer')), default: FAULT } };
  if (route.method === 'DELETE') {
    const cascade = resource === loadBalancer ? [{ name: 'cascade', in: 'query', schema: { type: 'boolean' }, description: 'Delete the children too.' }] : [];
    return { summary: `Delete a ${resource.root}`, parameters: [...parameters, ...cascade], responses: { [resource === quota ? 202 : 204]: { description: 'Deleted, or on its way.' }, default: FAULT } };
  }
  return { summary: `Update a ${resource.root}`, parameters, requestBody: body(rooted(resource, 'update')), responses: { [resource === quota ? 202 : 200]: answer(rooted(resource, 'answer')), default: FAULT } };
}

type NamedUse = 'answer' | 'create' | 'update';
const schemaName = (resource: Resource, use: NamedUse) => `${resource.root}${use === 'answer' ? '' : `_${use}`}`;
const ref = (resource: Resource, use: NamedUse) => ({ $ref: `#/components/schemas/${schemaName(resource, use)}` });
const rooted = (resource: Resource, use: NamedUse) => ({ type: 'object', properties: { [resource.root]: ref(resource, use) }, required: [resource.root], additionalProperties: false });
const json = (schema: JsonSchema) => ({ 'application/json': { schema } });
const body = (schema: JsonSchema) => ({ required: true, content: json(schema) });
const answer = (schema: JsonSchema) => ({ description: 'Done.', content: json(schema) });

function listSchema(resource: Resource): JsonSchema {
  return { type: 'object', properties: { [resource.collection]: { type: 'array', items: ref(resource, 'answer') }, [resource.linksKey]: { type: 'array', items: { $ref: '#/components/schemas/link' } } }, required: [resource.collection] };
}

function schemas(): Record<string, JsonSchema> {
  const uses: readonly NamedUse[] = ['answer', 'create', 'update'];
  const named = COLLECTIONS.flatMap(([, resource]) => uses.map((use) => [schemaName(resource, use), resourceSchema(resource, use)] as const));
  return { ...Object.fromEntries(named), link: LINK, fault: FAULT_SCHEMA };
}

const LINK: JsonSchema = { type: 'object', properties: { rel: { type: 'string', enum: ['next', 'previous'] }, href: { type: 'string' } } };
const FAULT_SCHEMA: JsonSchema = { type: 'object', properties: { faultcode: { type: 'string', enum: ['Client', 'Server'] }, faultstring: { type: 'string' }, debuginfo: { type: 'null' } } };
const FAULT = { description: 'Refused or failed.', content: { 'application/json': { schema: { $ref: '#/components/schemas/fault' } } } };
const FIELDS = { name: 'fields', in: 'query', schema: { type: 'array', items: { type: 'string' } }, description: 'Only these keys.' };
const text = (name: string, description: string) => ({ name, in: 'query', schema: { type: 'string' }, description });
const LIST_PARAMETERS = [
  FIELDS, text('limit', 'Most items of a page.'), text('marker', 'Id of the last item of the page before.'), text('page_reverse', 'True: the page before the marker.'),
  text('sort', '`key:asc,key2:desc`'), text('tags', 'With all of these tags.'), text('tags-any', 'With any of these tags.'), text('not-tags', 'Without all of these tags.'), text('not-tags-any', 'Without any of these tags.'),
];
