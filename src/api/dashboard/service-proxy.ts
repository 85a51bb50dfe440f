import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findEndpoint } from '../../openstack/keystone/catalog.ts';
import type { HttpCall, HttpClient } from '../../openstack/keystone/http-client.ts';
import { ServiceFailure } from '../../openstack/keystone/service-failure.ts';
import { ApiFault } from '../machinery/faults.ts';
import type { Grant } from './identity-client.ts';

/** A service that the dashboard may call as its user. */
interface ProxiedService {
  /** Types of the catalogue, best first. */
  readonly types: readonly string[];
  /** Version at the end of some catalogues' URLs, which paths carry themselves. */
  readonly version: RegExp;
  /** What may be changed; everything may be read. */
  readonly changeable: RegExp | null;
}

const SERVICES: Readonly<Record<string, ProxiedService>> = {
  'load-balancer': { types: ['load-balancer'], version: /\/v2(\.0)?$/, changeable: /^\/v2\.0\// },
  network: { types: ['network'], version: /\/v2\.0$/, changeable: /^\/v2\.0\/floatingips(\/|$)/ },
  compute: { types: ['compute'], version: /\/v2\.1$/, changeable: null },
  'key-manager': { types: ['key-manager'], version: /\/v1$/, changeable: null },
};

export interface ProxyTarget {
  readonly grant: Grant;
  readonly region: string | null;
  /** True when this very process serves the load balancers of the region. */
  readonly isHome: boolean;
}

/** Passes one call on with the session's token and answers whatever comes back. `path` is below the service, with its query. */
export async function passOn(services: { app: FastifyInstance; http: HttpClient }, request: FastifyRequest, reply: FastifyReply, target: ProxyTarget & { service: string; path: string }): Promise<FastifyReply> {
  const service = Object.hasOwn(SERVICES, target.service) ? SERVICES[target.service] : undefined;
  if (service === undefined) throw new ApiFault(404, 'The dashboard does not use such a service.');
  if (target.service === 'load-balancer' && !target.path.startsWith('/v2')) throw new ApiFault(404, 'The dashboard does not use this.');
  if (request.method !== 'GET' && !service.changeable?.test(target.path)) throw new ApiFault(403, 'The dashboard does not change this.');
  if (/(^|\/)\.\.?(\/|$)/.test(decodeURIComponent(target.path.split('?', 1)[0] ?? ''))) throw new ApiFault(400, 'The path leads elsewhere.');
  void reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  return target.service === 'load-balancer' && target.isHome ? askOurselves(services.app, request, reply, target) : askElsewhere(services.http, request, reply, { ...target, catalogued: service });
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

async function askOurselves(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply, { grant, path }: { grant: Grant; path: string }): Promise<FastifyReply> {
  const answer = await app.inject({
    method: methodOf(request), url: path, remoteAddress: request.ip,
    headers: { 'x-auth-token': grant.token, host: request.host, ...(hasBody(request) && { 'content-type': 'application/json' }) },
    ...(hasBody(request) && { payload: String(request.body) }),
  });
  copyRequestId(reply, answer.headers['x-openstack-request-id']);
  return reply.code(answer.statusCode).header('content-type', harmlessType(answer.headers['content-type'])).send(answer.payload);
}

/** Every status is an answer for the browser. */
const ANY_STATUS = Array.from({ length: 200 }, (_, index) => 400 + index);

async function askElsewhere(http: HttpClient, request: FastifyRequest, reply: FastifyReply, target: ProxyTarget & { service: string; path: string; catalogued: ProxiedService }): Promise<FastifyReply> {
  const endpoint = findEndpoint(target.grant.catalog, { serviceTypes: target.catalogued.types, region: target.region, interfaces: ['internal', 'public'] });
  if (endpoint === null) throw new ApiFault(404, `The service catalogue has no ${target.service} service in this region.`);
  const call: HttpCall = {
    service: target.service, method: methodOf(request), url: `${endpoint.replace(target.catalogued.version, '')}${versionPrefix(endpoint, target)}${target.path}`,
    headers: { 'x-auth-token': target.grant.token }, accept: ANY_STATUS, ...(hasBody(request) && { body: JSON.parse(String(request.body)) as unknown }),
  };
  try {
    const answer = await http.send(call);
    copyRequestId(reply, answer.headers['x-openstack-request-id']);
    return reply.code(answer.status).header('content-type', harmlessType(answer.headers['content-type'])).send(answer.text);
  } catch (error) {
    if (!(error instanceof ServiceFailure)) throw error;
    throw new ApiFault(502, `The ${target.service} service did not answer: ${error.reason}`, { cause: error });
  }
}

/** JSON, or text to look at: a secret that its owner calls a page or a script would otherwise act as a part of the dashboard. */
function harmlessType(type: string | number | string[] | undefined): string {
  return type === undefined || /^application\/json\s*(;|$)/i.test(String(type)) ? 'application/json' : 'text/plain; charset=utf-8';
}

/** Nova's catalogue URL may end with a project after its version: paths of the dashboard start below that. */
function versionPrefix(endpoint: string, { catalogued, path }: { catalogued: ProxiedService; path: string }): string {
  const version = catalogued.version.exec(endpoint)?.[0] ?? '';
  return path.startsWith(`${version}/`) ? '' : version;
}

function methodOf(request: FastifyRequest): Method {
  const method = (['GET', 'POST', 'PUT', 'DELETE'] as const).find((name) => name === request.method);
  if (method === undefined) throw new ApiFault(405, `The method ${request.method} is not allowed for this resource.`);
  return method;
}

const hasBody = (request: FastifyRequest) => typeof request.body === 'string' && request.body !== '';

function copyRequestId(reply: FastifyReply, id: unknown): void {
  if (typeof id === 'string') void reply.header('x-openstack-request-id', id);
}
