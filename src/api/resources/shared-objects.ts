import { NIL_UUID } from '../../model/enums.ts';
import type { Resource } from '../../model/resources/resource.ts';
import { serialise, type Row } from '../../model/resources/serialise.ts';
import type { Database, Trx } from '../../store/database.ts';
import type { Kysely } from 'kysely';
import { selectRow, selectRows } from '../../store/resources/row-query.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { ApiRequest, Handler } from '../machinery/define-routes.ts';
import { invalidMarker, notFound } from '../machinery/faults.ts';
import { parseFields, parseListQuery } from '../machinery/list-query.ts';
import { ruleName } from '../machinery/read-handlers.ts';
import { closePage, openPage, sendJson, sendText } from '../machinery/respond.ts';

/**
 * Flavors, availability zones and their profiles belong to nobody: policy judges the caller's own project. Each table has
 * a placeholder row with the NIL id, which deleted load balancers point to and nobody ever sees.
 */
export function enforceShared(deps: Pick<ApiDependencies, 'policy'>, resource: Pick<Resource, 'policy'>, action: string, request: ApiRequest): void {
  deps.policy.enforce(ruleName(resource, action), request.context, { project_id: request.context.projectId });
}

/** `GET` of the collection. */
export function listShared(deps: ApiDependencies, resource: Resource): Handler {
  return async (request, reply) => {
    enforceShared(deps, resource, 'get_all', request);
    const list = parseListQuery(resource, request.query, deps.config.api_settings);
    const { limit } = list.rows;
    // One more than asked for, in case the placeholder is among them.
    const found = await selectRows(deps.store.read, resource, { ...list.rows, limit: limit === null ? null : limit + 1 });
    if (found === 'unknown-marker') throw invalidMarker(list.rows.marker ?? '');
    const rows = found.filter((row) => row[resource.idColumn] !== NIL_UUID).slice(0, limit ?? undefined);
    const body = openPage(resource);
    body.append(rows.map((row) => JSON.stringify(serialise(resource, row, {}, list.fields ?? undefined))).join(','));
    return sendText(reply, 200, closePage(body, { resource, request: list, first: rows[0], last: rows.at(-1), count: rows.length, url: request.url }));
  };
}

/** `GET` of one. */
export function showShared(deps: ApiDependencies, resource: Resource): Handler {
  return async (request, reply) => {
    enforceShared(deps, resource, 'get_one', request);
    const row = await requireShared(deps.store.read, resource, pathId(request, resource));
    const fields = parseFields(request.query, deps.config.api_settings);
    return sendJson(reply, 200, { [resource.root]: serialise(resource, row, {}, fields ?? undefined) });
  };
}

/** The row, or 404. */
export async function requireShared(db: Kysely<Database> | Trx, resource: Resource, id: string): Promise<Row> {
  const row = id === NIL_UUID ? undefined : await selectRow(db, resource, id);
  if (!row) throw notFound(resource.label, id);
  return row;
}

/** Answer body of one object as it is now. */
export async function sharedBody(db: Kysely<Database> | Trx, resource: Resource, id: string): Promise<Record<string, unknown>> {
  return { [resource.root]: serialise(resource, await requireShared(db, resource, id), {}) };
}

/** The id in the path: a name is taken letter by letter, a UUID with its dashes. */
export function pathId(request: ApiRequest, resource: Pick<Resource, 'idColumn'>): string {
  return resource.idColumn === 'id' ? (request.params['id'] ?? '') : literalParameter(request, 'id');
}

/** A path parameter as written: project ids and names must not be taken for UUIDs that lack their dashes. */
export function literalParameter(request: ApiRequest, name: string): string {
  const { params } = request.raw;
  const found = typeof params === 'object' && params !== null ? Object.entries(params).find(([key]) => key === name) : undefined;
  return String(found?.[1] ?? '');
}
