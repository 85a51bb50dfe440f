import { createHash } from 'node:crypto';
import type { AgentState } from '../agent-state.ts';
import { ok, Refusal } from '../http/reply.ts';
import type { Reply } from '../http/reply.ts';
import type { AgentRequest, Route } from '../http/router.ts';
import { ServiceFailed } from '../services/service-manager.ts';

export const vrrpRoutes: readonly Route<AgentState>[] = [
  { method: 'PUT', path: '/1.0/vrrp/upload', handle: upload },
  { method: 'PUT', path: '/1.0/vrrp/:action', handle: control },
];

async function upload(state: AgentState, { body }: AgentRequest): Promise<Reply> {
  await state.serials.vrrp.run(() => state.vrrp.store(body));
  return ok(200, undefined, { etag: createHash('md5').update(body).digest('hex') });
}

async function control(state: AgentState, { params }: AgentRequest): Promise<Reply> {
  const action = (params['action'] ?? '').toLowerCase();
  if (action !== 'start' && action !== 'stop' && action !== 'reload') throw new Refusal(400, 'Invalid Request', `Unknown action: ${action}`);
  try {
    const done = await (action === 'stop' ? stop(state) : state.serials.vrrp.run(async () => {
      if (action === 'start') return state.vrrp.start();
      await state.vrrp.reload();
      return action;
    }));
    return ok(202, `keepalived ${done}ed`);
  } catch (error) {
    if (error instanceof ServiceFailed) throw new Refusal(500, `Failed to ${action} octavia-keepalived service`, error.output);
    throw error;
  }
}

/**
 * Answers when another node may serve: keepalived, told to end, gives its addresses away at once and then takes a second.
 * Whatever comes next waits for its end.
 */
async function stop({ serials, vrrp, log }: AgentState): Promise<'stop'> {
  const ended = new AbortController();
  const stopping = serials.vrrp.run(() => vrrp.stop()).finally(() => ended.abort());
  stopping.catch((error: unknown) => log.warn({ err: error }, 'keepalived does not end'));
  await Promise.race([stopping, vrrp.untilHandedOver(ended.signal)]);
  return 'stop';
}
