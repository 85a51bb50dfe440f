import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Fabric } from '../../drivers/network/local/fabric/fabric.ts';
import { NetworkFault } from '../../drivers/network/local/network-faults.ts';
import { timestamp, type NetworkRecords } from '../../drivers/network/local/network-records.ts';
import { isVisible } from '../../drivers/network/local/visibility.ts';
import type { Collection } from '../../lib/records/record-store.ts';
import type { TokenValidator } from '../../openstack/token.ts';
import { readFields, type Fields } from '../http/fields.ts';
import { listPage, listView, type View } from '../http/listing.ts';
import { queryOf, requireToken } from '../http/service-scope.ts';
import { malformed } from './network-fault-style.ts';
import { forbidden, networkCaller, type NetworkApiCaller } from './network-caller.ts';

export interface NetworkService {
  readonly records: NetworkRecords;
  readonly fabric: Pick<Fabric, 'settled' | 'conflictingRoute'>;
  readonly tokens: TokenValidator;
}

export interface NetworkResource<R extends { readonly id: string; readonly projectId: string | null }> {
  /** Path below /v2.0, e.g. `security-groups`. */
  readonly path: string;
  /** Body keys, e.g. `security_group` and `security_groups`. */
  readonly singular: string;
  readonly plural: string;
  readonly collection: Collection<R>;
  readonly view: (record: R) => View;
  readonly notFound: (id: string) => NetworkFault;
  readonly isVisible?: (record: R, caller: NetworkApiCaller) => boolean;
  /** Runs before a list, e.g. to make a project's default group. */
  readonly beforeList?: (caller: NetworkApiCaller) => void;
  readonly create: (fields: Fields, caller: NetworkApiCaller) => R | Promise<R>;
  readonly update?: (record: R, fields: Fields, caller: NetworkApiCaller) => R | Promise<R>;
  readonly remove: (record: R) => void;
}

/** List, show, create (one or in bulk), update and delete of one kind; answers when the host shows the change. */
export function registerResource<R extends { readonly id: string; readonly projectId: string | null }>(scope: FastifyInstance, service: NetworkService, resource: NetworkResource<R>): void {
  const base = `/v2.0/${resource.path}`;
  const { singular, plural } = resource;
  const visible = (record: R, caller: NetworkApiCaller) => resource.isVisible?.(record, caller) ?? isVisible(record, caller);
  const fieldsOf = (value: unknown) => readFields(value, malformed);

  scope.get(base, async (request) => {
    const caller = networkCaller(await requireToken(request, service.tokens));
    resource.beforeList?.(caller);
    const { page, nextMarker } = listPage(resource.collection.filter((record) => visible(record, caller)).map(resource.view), queryOf(request));
    return { [plural]: page, ...(nextMarker !== null && { [`${plural}_links`]: [{ rel: 'next', href: hrefAfter(request, nextMarker) }] }) };
  });
  scope.get(`${base}/:id`, async (request) => {
    const caller = networkCaller(await requireToken(request, service.tokens));
    const [view] = listView([resource.view(find(resource, visible, request, caller))], new Map([...queryOf(request)].filter(([key]) => key === 'fields')));
    return { [singular]: view };
  });
  scope.post(base, async (request, reply) => {
    const caller = await writer(request, service, `create_${singular}`);
    const body = fieldsOf(request.body);
    const bulk = body.objects(plural);
    if (bulk) {
      const created = await createAll(resource, bulk, caller);
      await service.fabric.settled();
      return reply.code(201).send({ [plural]: created.map(resource.view) });
    }
    const record = await resource.create(rootOf(body, singular), caller);
    await service.fabric.settled();
    return reply.code(201).send({ [singular]: resource.view(resource.collection.get(record.id) ?? record) });
  });
  scope.put(`${base}/:id`, async (request) => {
    const caller = await writer(request, service, `update_${singular}`);
    const record = find(resource, visible, request, caller);
    if (!resource.update) throw malformed(`a ${singular} cannot be updated`);
    mustOwn(record, caller, `update_${singular}`);
    const updated = await resource.update(record, rootOf(fieldsOf(request.body), singular), caller);
    await service.fabric.settled();
    return { [singular]: resource.view(updated) };
  });
  scope.delete(`${base}/:id`, async (request, reply) => {
    const caller = await writer(request, service, `delete_${singular}`);
    const record = find(resource, visible, request, caller);
    mustOwn(record, caller, `delete_${singular}`);
    resource.remove(record);
    await service.fabric.settled();
    return reply.code(204).send();
  });
}

/** `/v2.0/<path>/<id>/tags`: read all or one, replace, add one, remove one or all. */
export function registerTags<R extends { readonly id: string; readonly projectId: string | null; readonly tags: readonly string[]; readonly updatedAt: string }>(scope: FastifyInstance, service: NetworkService, resource: NetworkResource<R>): void {
  const base = `/v2.0/${resource.path}/:id/tags`;
  const open = async (request: FastifyRequest, action: string | null) => {
    const caller = action === null ? networkCaller(await requireToken(request, service.tokens)) : await writer(request, service, action);
    const record = find(resource, (candidate) => isVisible(candidate, caller), request, caller);
    if (action !== null) mustOwn(record, caller, action);
    return record;
  };
  const save = (record: R, tags: readonly string[]) => service.records.store.transaction(() => resource.collection.put({ ...record, tags: [...new Set(tags)], updatedAt: timestamp() }));
  const tagOf = (request: FastifyRequest) => (request.params as { tag: string }).tag;

  scope.get(base, async (request) => ({ tags: (await open(request, null)).tags }));
  scope.get(`${base}/:tag`, async (request, reply) => {
    const { tags } = await open(request, null);
    if (!tags.includes(tagOf(request))) throw new NetworkFault(404, 'TagNotFound', `Tag ${tagOf(request)} could not be found.`);
    return reply.code(204).send();
  });
  scope.put(base, async (request) => {
    const record = await open(request, `update_${resource.singular}`);
    return { tags: save(record, readFields(request.body, malformed).texts('tags') ?? []).tags };
  });
  scope.put(`${base}/:tag`, async (request, reply) => {
    const record = await open(request, `update_${resource.singular}`);
    save(record, [...record.tags, tagOf(request)]);
    return reply.code(201).send();
  });
  scope.delete(`${base}/:tag`, async (request, reply) => {
    const record = await open(request, `update_${resource.singular}`);
    save(record, record.tags.filter((tag) => tag !== tagOf(request)));
    return reply.code(204).send();
  });
  scope.delete(base, async (request, reply) => {
    save(await open(request, `update_${resource.singular}`), []);
    return reply.code(204).send();
  });
}

/** The caller, who must have a writing role. */
export async function writer(request: FastifyRequest, service: NetworkService, action: string): Promise<NetworkApiCaller> {
  const caller = networkCaller(await requireToken(request, service.tokens));
  if (!caller.mayWrite) throw forbidden(action);
  return caller;
}

export function mustOwn(record: { readonly projectId: string | null }, caller: NetworkApiCaller, action: string): void {
  if (!caller.isAdmin && record.projectId !== caller.projectId) throw forbidden(action);
}

export function rootOf(body: Fields, root: string): Fields {
  const fields = body.nullableObject(root);
  if (!fields) throw malformed(`Unable to find '${root}' in request body`);
  return fields;
}

/** All of them, or none. */
async function createAll<R extends { readonly id: string; readonly projectId: string | null }>(resource: NetworkResource<R>, bulk: readonly Fields[], caller: NetworkApiCaller): Promise<readonly R[]> {
  const created: R[] = [];
  try {
    for (const fields of bulk) created.push(await resource.create(fields, caller));
  } catch (error) {
    for (const record of created.toReversed()) if (resource.collection.get(record.id)) resource.remove(record);
    throw error;
  }
  return created;
}

/** The request's own address with another marker. */
function hrefAfter(request: FastifyRequest, marker: string): string {
  const url = new URL(request.url, `${request.protocol}://${request.host}`);
  url.searchParams.set('marker', marker);
  return url.href;
}

function find<R extends { readonly id: string; readonly projectId: string | null }>(resource: NetworkResource<R>, visible: (record: R, caller: NetworkApiCaller) => boolean, request: FastifyRequest, caller: NetworkApiCaller): R {
  const { id } = request.params as { id: string };
  const record = resource.collection.get(id);
  if (!record || !visible(record, caller)) throw resource.notFound(id);
  return record;
}
