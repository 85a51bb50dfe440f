import { reasonOf } from '../../../lib/errors.ts';
import type { AgentState } from '../agent-state.ts';
import { ok, Refusal } from '../http/reply.ts';
import type { Reply } from '../http/reply.ts';
import type { AgentRequest, Route } from '../http/router.ts';

export const configRoutes: readonly Route<AgentState>[] = [{ method: 'PUT', path: '/1.0/config', handle: upload }];

async function upload(state: AgentState, { body }: AgentRequest): Promise<Reply> {
  try {
    await state.replaceConfig(body.toString('utf8'));
    return ok(202);
  } catch (error) {
    state.log.error({ reason: reasonOf(error) }, 'The uploaded agent configuration cannot be used');
    throw new Refusal(500, 'Unable to update amphora-agent configuration.', reasonOf(error));
  }
}
