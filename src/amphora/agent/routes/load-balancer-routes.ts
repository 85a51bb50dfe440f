import { createHash } from 'node:crypto';
import type { AgentState } from '../agent-state.ts';
import { ReloadRefused } from '../haproxy/haproxy-service.ts';
import { ok, plainText, Refusal } from '../http/reply.ts';
import type { Reply } from '../http/reply.ts';
import type { AgentRequest, Route } from '../http/router.ts';
import { ServiceFailed } from '../services/service-manager.ts';
import { controlLvs, removeLvs } from './lvs-routes.ts';

export const loadBalancerRoutes: readonly Route<AgentState>[] = [
  { method: 'PUT', path: '/1.0/loadbalancer/:amphora/:id/haproxy', handle: upload },
  { method: 'GET', path: '/1.0/loadbalancer/:id/haproxy', handle: download },
  { method: 'PUT', path: '/1.0/loadbalancer/:id/:action', handle: control },
  { method: 'DELETE', path: '/1.0/listeners/:id', handle: remove },
];

async function upload(state: AgentState, { params, body }: AgentRequest): Promise<Reply> {
  const id = params['id'] ?? '';
  const outcome = await state.serials.haproxy.run(async () => {
    const stored = await state.files.store(id, body, state.haproxy);
    await state.metrics.serve(id, (await state.files.facts(id))?.servesMetrics ?? false);
    return stored;
  });
  if (outcome.kind === 'refused') throw new Refusal(400, 'Invalid request', outcome.output);
  return ok(202, undefined, { etag: outcome.md5 });
}

async function download(state: AgentState, { params }: AgentRequest): Promise<Reply> {
  const config = await state.files.config(params['id'] ?? '');
  if (config === null) throw unknown(params['id'] ?? '');
  return plainText(config, { etag: createHash('md5').update(config).digest('hex') });
}

async function control(state: AgentState, { params }: AgentRequest): Promise<Reply> {
  const id = params['id'] ?? '';
  const action = (params['action'] ?? '').toLowerCase();
  if (!(await state.files.exists(id)) && (await state.lvs.exists(id))) return controlLvs(state, id, action);
  if (action !== 'start' && action !== 'stop' && action !== 'reload') throw new Refusal(400, 'Invalid Request', `Unknown action: ${action}`);
  return state.serials.haproxy.run(async () => {
    const facts = await state.files.facts(id);
    if (!facts) throw unknown(id);
    const isPair = state.config().topology === 'ACTIVE_STANDBY';
    if (isPair) await state.vrrp.updateHaproxyCheck(action === 'stop' ? id : null);
    const wasRunning = await state.haproxy.isRunning(id);
    try {
      if (action === 'stop') await state.applier.stop(id);
      else if (action === 'start') await state.applier.start(id);
      else await state.applier.reload(id);
    } catch (error) {
      if (error instanceof ServiceFailed || error instanceof ReloadRefused) throw new Refusal(500, `Error ${action}ing haproxy`, error.output);
      throw error;
    }
    // keepalived announces the VIP in a pair.
    if (!isPair && action !== 'stop') await state.plugger.announce(facts.vips);
    const isStarted = action === 'start' || (action === 'reload' && !wasRunning);
    return ok(202, isStarted ? `Configuration file is valid\nhaproxy daemon for ${id} started` : `Listener ${id} ${action}ed`);
  });
}

async function remove(state: AgentState, { params }: AgentRequest): Promise<Reply> {
  const id = params['id'] ?? '';
  if (!(await state.files.exists(id))) return (await state.lvs.exists(id)) ? removeLvs(state, id) : ok();
  return state.serials.haproxy.run(async () => {
    try {
      await state.haproxy.remove(id);
    } catch (error) {
      if (error instanceof ServiceFailed) throw new Refusal(500, 'Error stopping haproxy', error.output);
      throw error;
    }
    state.applier.forget(id);
    await state.metrics.serve(id, false);
    await state.files.remove(id);
    if (await state.vrrp.isConfigured()) await state.vrrp.updateHaproxyCheck(null);
    return ok();
  });
}

function unknown(id: string): Refusal {
  return new Refusal(404, 'Loadbalancer Not Found', `No loadbalancer with UUID: ${id}`);
}
