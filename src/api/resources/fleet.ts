import { amphora } from '../../model/resources/amphora.ts';
import { quota } from '../../model/resources/quota.ts';
import { countSilence, readFleet } from '../../store/fleet.ts';
import { quotaUsage } from '../../store/quotas.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { Handler, Route } from '../machinery/define-routes.ts';
import { sendJson } from '../machinery/respond.ts';
import { enforceShared } from './shared-objects.ts';

/** What operators look at and no resource of the original shows: heartbeats, the storm brake, what projects have in use. */
export function fleetRoutes(deps: ApiDependencies): Route[] {
  return [
    { method: 'GET', path: '/v2/octavia/fleet', handler: showFleet(deps) },
    { method: 'GET', path: '/v2/octavia/storm_brake', handler: showBrake(deps) },
    { method: 'GET', path: '/v2/octavia/quota_usage', handler: showUsage(deps) },
  ];
}

/** When each amphora was heard last, and whom it serves. */
function showFleet(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    enforceShared(deps, amphora, 'get_all', request);
    const nowMs = deps.clock.now();
    const fleet = (await readFleet(deps.store.read)).map((row) => ({
      amphora_id: row.amphoraId, loadbalancer_name: row.loadBalancerName, project_id: row.projectId, is_busy: row.isBusy,
      heartbeat_age_seconds: row.heardAtMs === null ? null : Math.max(0, Math.round((nowMs - row.heardAtMs) / 1000)),
    }));
    return sendJson(reply, 200, { fleet, heartbeat_timeout_seconds: deps.config.health_manager.heartbeat_timeout });
  };
}

/** The state as the database tells it, so that it is the same whichever process asks and however many health managers judge. */
function showBrake(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    enforceShared(deps, amphora, 'get_all', request);
    const silence = await countSilence(deps.store.read, deps.clock.now() - deps.config.health_manager.heartbeat_timeout * 1000);
    const threshold = deps.failoverThreshold?.(silence.inService) ?? Number.POSITIVE_INFINITY;
    const state = !Number.isFinite(threshold) ? 'off' : silence.silent >= threshold ? 'engaged' : silence.stopped > 0 ? 'releasing' : 'ready';
    return sendJson(reply, 200, {
      storm_brake: { state, threshold: Number.isFinite(threshold) ? threshold : null, in_service: silence.inService, silent: silence.silent, stopped: silence.stopped, stopped_since: silence.stoppedSince },
    });
  };
}

function showUsage(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    enforceShared(deps, quota, 'get_all-global', request);
    const usage = (await quotaUsage(deps.store.read)).map(({ projectId, counts }) => ({
      project_id: projectId, loadbalancer: counts.load_balancer, listener: counts.listener, pool: counts.pool, member: counts.member, healthmonitor: counts.health_monitor, l7policy: counts.l7policy, l7rule: counts.l7rule,
    }));
    return sendJson(reply, 200, { quota_usage: usage });
  };
}
