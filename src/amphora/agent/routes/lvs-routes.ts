import { createHash } from 'node:crypto';
import type { AgentState } from '../agent-state.ts';
import { ok, plainText, Refusal } from '../http/reply.ts';
import type { Reply } from '../http/reply.ts';
import type { AgentRequest, Route } from '../http/router.ts';
import { LvsConfigRefused } from '../lvs/lvs-listeners.ts';
import { ServiceFailed } from '../services/service-manager.ts';

export const lvsRoutes: readonly Route<AgentState>[] = [
  { method: 'PUT', path: '/1.0/listeners/:amphora/:id/udp_listener', handle: upload },
  { method: 'GET', path: '/1.0/listeners/:id/udp_listener', handle: download },
];

async function upload(state: AgentState, { params, body }: AgentRequest): Promise<Reply> {
  try {
    await state.serials.haproxy.run(() => state.lvs.store(params['id'] ?? '', body));
  } catch (error) {
    if (error instanceof LvsConfigRefused) throw new Refusal(500, 'Invalid request', error.message);
    throw error;
  }
  if (state.config().topology === 'ACTIVE_STANDBY') {
    await state.vrrp.installLvsCheck();
    await state.vrrp.updateHaproxyCheck(null);
  }
  return ok(200, undefined, { etag: createHash('md5').update(body).digest('hex') });
}

async function download(state: AgentState, { params }: AgentRequest): Promise<Reply> {
  const id = params['id'] ?? '';
  const config = await state.lvs.config(id);
  if (config === null) throw new Refusal(404, 'UDP Listener Not Found', `No UDP listener with UUID: ${id}`);
  return plainText(config, { etag: createHash('md5').update(config).digest('hex') });
}

/** start, stop and reload of a UDP or SCTP listener; a reload is a restart. */
export async function controlLvs(state: AgentState, id: string, action: string): Promise<Reply> {
  if (action !== 'start' && action !== 'stop' && action !== 'reload') throw new Refusal(400, 'Invalid Request', `Unknown action: ${action}`);
  const done = action === 'reload' ? 'restart' : action;
  try {
    await state.serials.haproxy.run(() => (action === 'stop' ? state.lvs.stop(id) : state.lvs.apply(id)));
  } catch (error) {
    if (error instanceof ServiceFailed) throw new Refusal(500, `Failed to ${done} keepalivedlvs listener ${id}`, error.output);
    throw error;
  }
  if (action !== 'stop' && state.config().topology !== 'ACTIVE_STANDBY') await state.plugger.announce(await state.lvs.vips(id));
  return ok(202, `keepalivedlvs listener ${id} ${done}ed`);
}

export async function removeLvs(state: AgentState, id: string): Promise<Reply> {
  try {
    await state.serials.haproxy.run(() => state.lvs.remove(id));
  } catch (error) {
    if (error instanceof ServiceFailed) throw new Refusal(500, 'Error stopping keepalivedlvs', error.output);
    throw error;
  }
  if (await state.vrrp.isConfigured()) await state.vrrp.updateHaproxyCheck(null);
  return ok();
}
