import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../lib/errors.ts';
import type { AccessLogLines, AccessLogSource } from '../access-log-source.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { Handler, Route } from '../machinery/define-routes.ts';
import { ApiFault } from '../machinery/faults.ts';
import { sendJson } from '../machinery/respond.ts';
import { requireVisible } from './figures.ts';

/**
 * `GET /v2.0/octavia/loadbalancers/{id}/access_log`: the newest lines of the flow log that the amphorae keep, then those
 * after a cursor. With `wait` the answer comes with the next line. Our own agents show their log; others answer 501 here.
 */
export function accessLogRoutes(deps: ApiDependencies): Route[] {
  return [{ method: 'GET', path: '/v2/octavia/loadbalancers/:id/access_log', handler: readAccessLog(deps) }];
}

const MAX_WAIT_SECONDS = 20;
const LOOK_INTERVAL_MS = 1000;
const OWN_PROVIDERS: readonly (string | null)[] = ['amphora', 'amphorav2', 'octavia', null];

interface Amphora {
  readonly id: string;
  readonly lb_network_ip: string | null;
}

function readAccessLog(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const { id, provider } = await requireVisible(deps, request, 'get_stats');
    const { after, wait, filter } = request.query;
    const words = typeof filter === 'string' ? filter.split(/\s+/).filter((word) => word !== '') : [];
    let cursors = parseCursor(after);
    const source = OWN_PROVIDERS.includes(provider) ? await deps.accessLogs?.() : null;
    if (!source) throw new ApiFault(501, 'The access log of this load balancer cannot be read here.');
    const untilMs = deps.clock.now() + parseWait(wait) * 1000;
    for (;;) {
      const amphorae = await deps.store.read.selectFrom('amphora').select(['id', 'lb_network_ip']).where('load_balancer_id', '=', id).where('status', '=', 'ALLOCATED').orderBy('id').execute();
      const parts = await readAll(source, amphorae, cursors);
      // One that does not answer now goes on where it was.
      const kept = Object.entries(cursors).filter(([amphora]) => amphorae.some(({ id: known }) => known === amphora));
      cursors = { ...Object.fromEntries(kept), ...Object.fromEntries(parts.map(({ amphoraId, part }) => [amphoraId, part.cursor])) };
      const lines = parts.flatMap(({ amphoraId, part }) => part.lines.map((text) => ({ amphora_id: amphoraId, text }))).filter(({ text }) => words.every((word) => text.includes(word)));
      if (lines.length > 0 || deps.clock.now() >= untilMs || request.raw.raw.destroyed) {
        const log = { cursor: formatCursor(cursors), is_kept: parts.every(({ part }) => part.isKept), is_cut: parts.some(({ part }) => part.isCut), lines };
        return sendJson(reply, 200, { access_log: log });
      }
      await sleep(LOOK_INTERVAL_MS);
    }
  };
}

interface Part {
  readonly amphoraId: string;
  readonly part: AccessLogLines;
}

/** What the amphorae that answer tell; a fault when none does. Before there is one, and while one is replaced, there is nothing to tell. */
async function readAll(source: AccessLogSource, amphorae: readonly Amphora[], cursors: Readonly<Record<string, string>>): Promise<readonly Part[]> {
  const failures: unknown[] = [];
  const parts = await Promise.all(amphorae.map(async ({ id, lb_network_ip: address }): Promise<readonly Part[]> => {
    try {
      const part = address === null ? null : await source.read({ id, address }, cursors[id] ?? null);
      return part ? [{ amphoraId: id, part }] : [];
    } catch (error) {
      failures.push(error);
      return [];
    }
  }));
  const answers = parts.flat();
  if (answers.length > 0 || amphorae.length === 0) return answers;
  if (failures.length > 0) throw new ApiFault(503, `No amphora shows its access log: ${reasonOf(failures[0])}`, { cause: failures[0] });
  throw new ApiFault(501, 'The amphorae of this load balancer do not show their access log.');
}

function parseWait(wait: string | readonly string[] | undefined): number {
  if (wait === undefined) return 0;
  if (typeof wait !== 'string' || !/^\d{1,3}$/.test(wait)) throw new ApiFault(400, `Supplied wait '${String(wait)}' is not valid.`);
  return Math.min(Number(wait), MAX_WAIT_SECONDS);
}

/** `<amphora>.<place>` joined by commas. */
function formatCursor(cursors: Readonly<Record<string, string>>): string {
  return Object.entries(cursors).map(([amphora, place]) => `${amphora}.${place}`).join(',');
}

function parseCursor(after: string | readonly string[] | undefined): Readonly<Record<string, string>> {
  if (after === undefined || after === '') return {};
  const entries = String(after).split(',').map((entry) => /^([0-9a-f-]{36})\.(\d{1,20}-\d{1,20})$/.exec(entry));
  if (typeof after !== 'string' || entries.includes(null)) throw new ApiFault(400, 'Supplied cursor is not valid.');
  return Object.fromEntries(entries.flatMap((entry) => (entry === null ? [] : [[entry[1], entry[2]]])));
}
