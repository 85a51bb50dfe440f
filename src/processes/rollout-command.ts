import { loadConfig } from '../config/load-config.ts';
import { orderRollout, rolloutStatus, RolloutRefused, startRollout, type RolloutStatus } from '../store/rollouts/control-rollout.ts';
import type { Store } from '../store/database.ts';
import { withConfiguredStore } from '../store/configured-store.ts';
import { configSources, type ServiceFiles } from './services/config-sources.ts';

export interface StartOptions extends ServiceFiles {
  readonly kind: string;
  readonly image?: string;
  readonly canary: number;
  readonly rate: number;
  readonly parallel: number;
  readonly soak: number;
}

/** `octavia rollout start`. Throws RolloutRefused with the reason. */
export async function startRolloutCommand(options: StartOptions): Promise<void> {
  const { kind } = options;
  if (kind !== 'failover' && kind !== 'configure') throw new RolloutRefused('--kind is failover or configure');
  if (options.rate < 1 || options.parallel < 1) throw new RolloutRefused('--rate and --parallel are at least 1');
  await withStore(options, async (store) => {
    const { id, steps } = await startRollout(store, {
      kind, imageId: options.image ?? null, canary: options.canary, perMinute: options.rate, parallel: options.parallel, soakSeconds: options.soak,
    }, Date.now());
    process.stdout.write(`rollout ${id} over ${steps} amphorae has begun; see: octavia rollout status\n`);
  });
}

/** `octavia rollout status`. */
export async function showRollout(options: ServiceFiles): Promise<void> {
  await withStore(options, async (store) => {
    const status = await rolloutStatus(store);
    process.stdout.write(status === null ? 'there never was a rollout\n' : renderStatus(status));
  });
}

/** `octavia rollout pause`, `resume` and `abort`. Throws RolloutRefused when there is nothing to order. */
export async function orderRolloutCommand(order: 'pause' | 'resume' | 'abort', options: ServiceFiles): Promise<void> {
  await withStore(options, async (store) => {
    const { id, state } = await orderRollout(store, order, Date.now());
    process.stdout.write(`rollout ${id} is ${state}\n`);
  });
}

/** What the operator reads: the state, the counts, and a line for each amphora that is under way or did not go well. */
export function renderStatus({ rollout, counts, notable }: RolloutStatus): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return [
    `rollout ${rollout.id}: ${rollout.state}${rollout.reason === null ? '' : ` (${rollout.reason})`}`,
    `  ${rollout.kind}${rollout.imageId === null ? '' : ` to image ${rollout.imageId}`}, canary ${rollout.canary}, ${rollout.perMinute} per minute, ${rollout.parallel} at once, soak ${rollout.soakSeconds} s`,
    `  ${counts.done} of ${total} done, ${counts.started} under way, ${counts.soaking} watched, ${counts.waiting} waiting, ${counts.failed} failed, ${counts.skipped} skipped`,
    ...notable.map((step) => `  ${step.state.padEnd(7)} amphora ${step.amphoraId} of ${step.loadBalancerId ?? 'no load balancer'}${step.reason === null ? '' : `: ${step.reason}`}`),
  ].map((line) => `${line}\n`).join('');
}

function withStore(files: ServiceFiles, work: (store: Store) => Promise<void>): Promise<void> {
  return withConfiguredStore(loadConfig(configSources('octavia', files)).database, work);
}
