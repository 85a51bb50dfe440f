import { quota } from '../../model/resources/quota.ts';
import { QUOTA_TYPES, readQuotaLimits, resetQuotaLimits, writeQuotaLimits, type QuotaLimits, type QuotaType } from '../../store/quotas.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { transaction } from '../machinery/change-tree.ts';
import type { ApiRequest, Handler, Route } from '../machinery/define-routes.ts';
import { notFound } from '../machinery/faults.ts';
import { parseUpdate } from '../machinery/parse-body.ts';
import { listHandler, ruleName } from '../machinery/read-handlers.ts';
import { sendEmpty, sendJson } from '../machinery/respond.ts';
import { literalParameter } from './shared-objects.ts';

/** Quotas by project id. A project without a row has the defaults; usage is never shown. */
export function quotaRoutes(deps: ApiDependencies): Route[] {
  return [
    { method: 'GET', path: '/v2/quotas', handler: listQuotas(deps) },
    { method: 'GET', path: '/v2/quotas/:id', handler: showQuota(deps) },
    { method: 'PUT', path: '/v2/quotas/:id', handler: updateQuota(deps) },
    { method: 'DELETE', path: '/v2/quotas/:id', handler: resetQuota(deps) },
    { method: 'GET', path: '/v2/quotas/:id/default', handler: showDefaults(deps) },
  ];
}

/** The original does not choose among a quota's fields. */
function listQuotas(deps: ApiDependencies): Handler {
  const list = listHandler(deps, quota);
  return (request, reply) => {
    const { fields: _ignored, ...query } = request.query;
    return list({ ...request, query }, reply);
  };
}

function showQuota(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const project = enforceForProject(deps, request, 'get_one');
    const limits = await readQuotaLimits(deps.store.read, project);
    return sendJson(reply, 200, quotaBody(deps, project, limits));
  };
}

function showDefaults(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const project = enforceForProject(deps, request, 'get_defaults');
    return sendJson(reply, 200, quotaBody(deps, project, null));
  };
}

function updateQuota(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const body = parseUpdate(quota, request.body);
    const project = enforceForProject(deps, request, 'put');
    const { loadbalancer, healthmonitor, ...rest } = body;
    const limits = { ...rest, ...(loadbalancer !== undefined && { load_balancer: loadbalancer }), ...(healthmonitor !== undefined && { health_monitor: healthmonitor }) };
    const stored = await transaction(deps, async (trx) => {
      await writeQuotaLimits(trx, project, limits);
      return readQuotaLimits(trx, project);
    });
    return sendJson(reply, 202, quotaBody(deps, project, stored));
  };
}

function resetQuota(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const project = enforceForProject(deps, request, 'delete');
    if (!(await transaction(deps, (trx) => resetQuotaLimits(trx, project)))) throw notFound(quota.label, project);
    return sendEmpty(reply, 202);
  };
}

function enforceForProject(deps: ApiDependencies, request: ApiRequest, action: string): string {
  const project = literalParameter(request, 'id');
  deps.policy.enforce(ruleName(quota, action), request.context, { project_id: project });
  return project;
}

/** Own limits with the defaults in their gaps, under both spellings. */
function quotaBody({ config }: ApiDependencies, projectId: string, limits: QuotaLimits | null): unknown {
  const value = (type: QuotaType) => limits?.[type] ?? config.quotas[`default_${type}_quota`];
  const values = Object.fromEntries(QUOTA_TYPES.map((type) => [type, value(type)]));
  return {
    quota: {
      project_id: projectId, loadbalancer: values['load_balancer'], load_balancer: values['load_balancer'], listener: values['listener'], member: values['member'],
      pool: values['pool'], healthmonitor: values['health_monitor'], health_monitor: values['health_monitor'], l7policy: values['l7policy'], l7rule: values['l7rule'],
      tenant_id: projectId,
    },
  };
}
