import type { Resource } from '../../model/resources/resource.ts';
import { serialise, type Row } from '../../model/resources/serialise.ts';
import type { Store } from '../../store/database.ts';
import type { Relations } from '../../store/resources/relations.ts';
import { selectRow } from '../../store/resources/row-query.ts';
import type { RequestContext } from '../auth/request-context.ts';
import type { PolicyEnforcer } from '../policy/policy-enforcer.ts';
import type { ApiRequest, Handler } from './define-routes.ts';
import { notFound, policyForbidden } from './faults.ts';
import { parseFields, type ListSettings } from './list-query.ts';
import { sendJson } from './respond.ts';
import { sendList } from './send-list.ts';

export interface ReadDependencies {
  readonly store: Store;
  readonly policy: PolicyEnforcer;
  readonly config: { readonly api_settings: ListSettings };
}

export const ruleName = (resource: Pick<Resource, 'policy'>, action: string) => `os_load-balancer_api:${resource.policy}:${action}`;

/** `GET` of one object. `relations` adds what is not in its row. */
export function showHandler(deps: ReadDependencies, resource: Resource, relations?: Relations): Handler {
  return async (request, reply) => {
    const id = request.params['id'] ?? '';
    const row = await selectRow(deps.store.read, resource, id);
    if (!row) throw notFound(resource.label, id);
    deps.policy.enforce(ruleName(resource, 'get_one'), request.context, { project_id: projectOf(row) });
    const computed = relations ? await relations.load(deps.store.read, [row]) : undefined;
    const fields = parseFields(request.query, deps.config.api_settings);
    return sendJson(reply, 200, { [resource.root]: serialise(resource, row, computed?.get(id) ?? {}, fields ?? undefined) });
  };
}

/** `GET` of a collection, restricted to what the caller may see. */
export function listHandler(deps: ReadDependencies, resource: Resource, relations?: Relations): Handler {
  return async (request, reply) => {
    const project = resource.hasProject ? visibleProject(deps.policy, resource, request) : null;
    const filters = project === null ? [] : [{ column: 'project_id', value: project }];
    return sendList(deps, resource, request, reply, { filters, ...(relations && { relations }) });
  };
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
