import { join } from 'node:path';
import type { AgentState } from '../agent-state.ts';
import { json } from '../http/reply.ts';
import type { Reply } from '../http/reply.ts';
import type { AgentRequest, Route } from '../http/router.ts';
import { parseLogRules } from '../logs/log-rules.ts';
import { readLog } from '../logs/read-log.ts';
import { readTextOrNull } from '../../../lib/replace-file.ts';

/** Ours: the original keeps or forwards the flow log, and shows it to nobody. */
export const accessLogRoutes: readonly Route<AgentState>[] = [
  { method: 'GET', path: '/1.0/octavia_ts/access_log/:cursor', handle: accessLog },
];

async function accessLog({ paths }: AgentState, { params }: AgentRequest): Promise<Reply> {
  const rules = parseLogRules((await readTextOrNull(paths.onHost(paths.logRules))) ?? '');
  const part = await readLog(paths.onHost(join(paths.logDirectory, 'octavia-tenant-traffic.log')), params['cursor'] ?? '');
  return json(200, { ...part, isKept: rules.keepsFiles });
}
