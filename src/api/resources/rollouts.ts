import { rollout } from '../../model/resources/rollout.ts';
import { orderRollout, ROLLOUT_ORDERS, RolloutRefused, rolloutStatus, startRollout, type RolloutOrder } from '../../store/rollouts/control-rollout.ts';
import type { Step } from '../../store/rollouts/rollout.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { Handler, Route } from '../machinery/define-routes.ts';
import { ApiFault, notFound } from '../machinery/faults.ts';
import { parseCreate } from '../machinery/parse-body.ts';
import { sendEmpty, sendJson } from '../machinery/respond.ts';
import { enforceShared, listShared, requireShared, sharedBody, showShared } from './shared-objects.ts';

/** `/v2.0/octavia/rollouts`: what `octavia rollout` does, for administrators. Housekeeping carries them out. */
export function rolloutRoutes(deps: ApiDependencies): Route[] {
  const collection = '/v2/octavia/rollouts';
  return [
    { method: 'GET', path: collection, handler: listShared(deps, rollout) },
    { method: 'POST', path: collection, handler: createRollout(deps) },
    { method: 'GET', path: `${collection}/:id`, handler: showShared(deps, rollout) },
    { method: 'GET', path: `${collection}/:id/progress`, handler: showProgress(deps) },
    ...ROLLOUT_ORDERS.map((order): Route => ({ method: 'PUT', path: `${collection}/:id/${order}`, handler: giveOrder(deps, order) })),
  ];
}

function createRollout(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const { kind, image_id: imageId, canary, per_minute: perMinute, parallel, soak_seconds: soakSeconds } = parseCreate(rollout, request.body);
    enforceShared(deps, rollout, 'post', request);
    // The definition's defaults have filled in what was left out.
    const wish = { kind: kind ?? 'failover', imageId: imageId ?? null, canary: canary ?? 1, perMinute: perMinute ?? 10, parallel: parallel ?? 2, soakSeconds: soakSeconds ?? 60 };
    const { id } = await orRefused(() => startRollout(deps.store, wish, deps.clock.now()));
    return sendJson(reply, 201, await sharedBody(deps.store.read, rollout, id));
  };
}

/** How many steps are where, and each that is under way or did not go well. */
function showProgress(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    enforceShared(deps, rollout, 'get_one', request);
    const id = request.params['id'] ?? '';
    const status = await rolloutStatus(deps.store, id);
    if (status === null) throw notFound(rollout.label, id);
    return sendJson(reply, 200, { progress: { rollout_id: id, ...status.counts, steps: status.notable.map(stepBody) } });
  };
}

function stepBody(step: Step): unknown {
  return {
    amphora_id: step.amphoraId, loadbalancer_id: step.loadBalancerId, is_canary: step.isCanary, state: step.state, reason: step.reason,
    started_at: timeOf(step.startedAtMs), ended_at: timeOf(step.endedAtMs),
  };
}

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString().slice(0, 19));

function giveOrder(deps: ApiDependencies, order: RolloutOrder): Handler {
  return async (request, reply) => {
    enforceShared(deps, rollout, 'put', request);
    const id = request.params['id'] ?? '';
    await requireShared(deps.store.read, rollout, id);
    await orRefused(() => orderRollout(deps.store, order, deps.clock.now(), id));
    return sendEmpty(reply, 202);
  };
}

async function orRefused<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RolloutRefused)) throw error;
    throw new ApiFault(409, `The rollout is refused: ${error.message}`, { cause: error });
  }
}
