import { sql } from 'kysely';
import { databaseNowPlus } from '../../store/database-clock.ts';
import { readStatuses } from '../../store/resources/status-outline.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Store } from '../../store/database.ts';
import { readRates, type RatesBody } from '../resources/rates.ts';

/** The two statuses of one object. */
export interface StatusChange {
  readonly id: string;
  readonly type: 'load_balancer' | 'listener' | 'pool' | 'health_monitor' | 'member' | 'amphora';
  readonly provisioning_status: string;
  readonly operating_status: string;
}

export interface ChangeWatch {
  /** Load balancers whose rows were written since the last look, at the first those of the last moments: whoever begins to watch may have read them before. */
  changedLoadBalancers(): Promise<readonly string[]>;
}

/** How far back a look reaches: time stamps are whole seconds, and a transaction is seen only when it ends. */
const OVERLAP_SECONDS = 5;

/** Finds load balancers of a project (null: of all) that were written since the last look. */
export function watchLoadBalancers(store: Store, projectId: string | null): ChangeWatch {
  let seen: ReadonlyMap<string, string> = new Map();
  return {
    async changedLoadBalancers() {
      let select = store.read.selectFrom('load_balancer').select(['id', 'provisioning_status', 'operating_status', 'updated_at'])
        .where(sql<boolean>`coalesce(updated_at, created_at) >= ${databaseNowPlus(store.read, -OVERLAP_SECONDS)}`);
      if (projectId !== null) select = select.where('project_id', '=', projectId);
      const now = new Map((await select.execute()).map((row) => [row.id, `${row.provisioning_status} ${row.operating_status} ${row.updated_at}`]));
      const before = seen;
      seen = now;
      return [...now].filter(([id, state]) => before.get(id) !== state).map(([id]) => id);
    },
  };
}

/** Tells which statuses within one load balancer changed since the last look; nothing at the first. An amphora's operating status is its role. */
export function watchStatuses(store: Store, loadBalancerId: string, withAmphorae: boolean): () => Promise<readonly StatusChange[]> {
  let seen: ReadonlyMap<string, StatusChange> | null = null;
  return async () => {
    const found = [...(await statusesOf(store, loadBalancerId)), ...(withAmphorae ? await amphoraeOf(store, loadBalancerId) : [])];
    const now = new Map(found.map((status) => [status.id, status]));
    const before = seen;
    seen = now;
    return before === null ? [] : [...now.values()].filter((status) => isOther(before.get(status.id), status));
  };
}

function isOther(before: StatusChange | undefined, now: StatusChange): boolean {
  return before?.provisioning_status !== now.provisioning_status || before.operating_status !== now.operating_status;
}

/** Looks between two readings of the rates: each is a statement over an index. */
const RATES_EVERY_LOOKS = 3;

/** Tells what the parts of one load balancer do per second, when that has changed; null when it has not. */
export function watchRates(watch: { readonly store: Store; readonly clock: Clock; readonly loadBalancerId: string; readonly delaySeconds: number }): () => Promise<RatesBody | null> {
  let looks = 0;
  let told = '';
  return async () => {
    looks += 1;
    if (looks % RATES_EVERY_LOOKS !== 1) return null;
    const rates = await readRates(watch.store.read, { ...watch, nowMs: watch.clock.now() });
    const text = JSON.stringify(rates);
    if (text === told) return null;
    told = text;
    return rates;
  };
}

/** An amphora's one status stands for both. */
async function amphoraeOf(store: Store, loadBalancerId: string): Promise<readonly StatusChange[]> {
  const rows = await store.read.selectFrom('amphora').select(['id', 'status', 'role']).where('load_balancer_id', '=', loadBalancerId).execute();
  return rows.map(({ id, status, role }) => ({ id, type: 'amphora', provisioning_status: status, operating_status: role ?? '' }));
}

async function statusesOf(store: Store, id: string): Promise<readonly StatusChange[]> {
  const statuses = await readStatuses(store.read, id);
  return statuses.map(({ id: object, kind, provisioning, operating }) => ({ id: object, type: kind, provisioning_status: provisioning, operating_status: operating }));
}
