import { reasonOf } from '../../../lib/errors.ts';
import type { Store } from '../../../store/database.ts';
import type { Fact } from './render-report.ts';

const PATIENCE_MS = 3000;
const MOST = 50;

/** Work that the database knows of: who holds which load balancer, what waits. A database that does not answer is told, not waited for. */
export async function workFacts(store: Store): Promise<Fact> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<Fact>((resolve) => { timer = setTimeout(() => resolve({ database: `no answer within ${PATIENCE_MS} ms` }), PATIENCE_MS); });
  try {
    return await Promise.race([readWork(store).catch((error: unknown): Fact => ({ database: reasonOf(error) })), silence]);
  } finally {
    clearTimeout(timer);
  }
}

async function readWork({ dialect, read }: Store): Promise<Fact> {
  const startedAt = performance.now();
  const byStatus = await read.selectFrom('load_balancer').select(['provisioning_status', (eb) => eb.fn.countAll<bigint>().as('count')]).groupBy('provisioning_status').execute();
  const database = `${dialect}, answered in ${Math.round(performance.now() - startedAt)} ms`;
  const leases = await read.selectFrom('ts_lease').select(['load_balancer_id', 'owner', 'expires_at', 'attempts', 'last_error']).where((row) => row.or([row('owner', 'is not', null), row('attempts', '>', 0)])).limit(MOST).execute();
  const requests = await read.selectFrom('ts_request').select(['kind', 'load_balancer_id', 'amphora_id', 'created_at']).orderBy('created_at').limit(MOST).execute();
  const rollouts = await read.selectFrom('ts_rollout').select(['id', 'kind', 'state']).where('state', 'in', ['running', 'paused', 'halted', 'aborted']).execute();
  return {
    database,
    'load balancers': Object.fromEntries(byStatus.map(({ provisioning_status: status, count }) => [status, Number(count)])),
    [`leases (${MOST} at most)`]: leases.map((row) => `${row.load_balancer_id} ${row.owner === null ? 'free' : `held by ${row.owner} until ${row.expires_at}`}${row.attempts > 0 ? `, ${row.attempts} failed attempts: ${row.last_error ?? ''}` : ''}`),
    [`requests (${MOST} at most)`]: requests.map((row) => `${row.kind} of ${row.amphora_id ?? row.load_balancer_id ?? '-'} since ${row.created_at}`),
    rollouts: rollouts.map((row) => `${row.id} ${row.kind} ${row.state}`),
  };
}
