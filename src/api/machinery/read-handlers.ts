import type { Resource } from '../../model/resources/resource.ts';
import { serialise, type Computed, type Row } from '../../model/resources/serialise.ts';
import type { Store } from '../../store/database.ts';
import type { RelationLoader } from '../../store/resources/relations.ts';
import { rangeOfPage } from '../../store/resources/owner-range.ts';
import { selectRow, selectRows, type RowQuery } from '../../store/resources/row-query.ts';
import type { RequestContext } from '../auth/request-context.ts';
import type { PolicyEnforcer } from '../policy/policy-enforcer.ts';
import type { ApiRequest, Handler } from './define-routes.ts';
import { invalidMarker, notFound, policyForbidden } from './faults.ts';
import { parseFields, parseListQuery, type ListRequest, type ListSettings } from './list-query.ts';
import { pageBody, sendJson } from './respond.ts';

export interface ReadDependencies {
  readonly store: Store;
  readonly policy: PolicyEnforcer;
  readonly config: { readonly api_settings: ListSettings };
}

export const ruleName = (resource: Pick<Resource, 'policy'>, action: string) => `os_load-balancer_api:${resource.policy}:${action}`;

/** `GET` of one object. `relations` adds what is not in its row. */
export function showHandler(deps: ReadDependencies, resource: Resource, relations?: RelationLoader): Handler {
  return async (request, reply) => {
    const id = request.params['id'] ?? '';
    const row = await selectRow(deps.store.read, resource, id);
    if (!row) throw notFound(resource.label, id);
    deps.policy.enforce(ruleName(resource, 'get_one'), request.context, { project_id: projectOf(row) });
    const computed = relations ? await relations(deps.store.read, [row]) : undefined;
    const fields = parseFields(request.query, deps.config.api_settings);
    return sendJson(reply, 200, { [resource.root]: serialise(resource, row, computed?.get(id) ?? {}, fields ?? undefined) });
  };
}

export interface ListOptions {
  readonly relations?: RelationLoader;
  /** More conditions, e.g. the parent's id. */
  readonly filters?: RowQuery['filters'];
}

/** `GET` of a collection, restricted to what the caller may see. */
export function listHandler(deps: ReadDependencies, resource: Resource, relations?: RelationLoader): Handler {
  return async (request, reply) => {
    const project = resource.hasProject ? visibleProject(deps.policy, resource, request) : null;
    const filters = project === null ? [] : [{ column: 'project_id', value: project }];
    return sendJson(reply, 200, await listBody(deps, resource, request, { filters, ...(relations && { relations }) }));
  };
}

/** A list body after policy has been checked. */
export async function listBody(deps: ReadDependencies, resource: Resource, request: ApiRequest, options: ListOptions): Promise<Record<string, unknown>> {
  const list = parseListQuery(resource, request.query, deps.config.api_settings);
  const query = { ...list.rows, filters: [...list.rows.filters, ...(options.filters ?? [])] };
  const rows = await selectRows(deps.store.read, resource, query);
  if (rows === 'unknown-marker') throw invalidMarker(list.rows.marker ?? '');
  const relations = options.relations && showsRelations(resource, rows, list) ? options.relations : null;
  const computed = relations === null ? NONE : await relations(deps.store.read, rows, rangeOfPage(resource, query, rows));
  const bodies = rows.map((row) => serialise(resource, row, computed.get(String(row[resource.idColumn])) ?? {}, list.fields ?? undefined));
  return pageBody({ resource, request: list, rows, bodies, url: request.url });
}

const NONE: ReadonlyMap<string, Computed> = new Map();

/** Children are not read when the caller asked for plain columns only. */
function showsRelations(resource: Resource, rows: readonly Row[], { fields }: ListRequest): boolean {
  if (rows.length === 0) return false;
  return !fields || [...fields].some((name) => resource.fields[name]?.column !== undefined || name === 'provider' || name === 'flavor_id');
}

/**
 * Whose objects a list may show: null for everybody's. Callers without the `get_all-global` right see their own project,
 * or the one they name if policy lets them (octavia: controllers/base.py _auth_get_all).
 */
export function visibleProject(policy: PolicyEnforcer, resource: Resource, request: { context: RequestContext; query: ApiRequest['query'] }): string | null {
  const asked = request.query['project_id'];
  const named = typeof asked === 'string' ? asked : null;
  if (policy.allows(ruleName(resource, 'get_all-global'), request.context, { project_id: named })) return named;
  const project = named ?? request.context.projectId;
  if (project === null) throw policyForbidden();
  policy.enforce(ruleName(resource, 'get_all'), request.context, { project_id: project });
  return project;
}

function projectOf(row: Row): string | null {
  const project = row['project_id'];
  return typeof project === 'string' ? project : null;
}
