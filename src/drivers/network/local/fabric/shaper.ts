import { existsSync } from 'node:fs';
import { insideNetns } from '../../../../lib/linux/nft.ts';
import { CommandFailed, run } from '../../../../lib/run.ts';
import type { Direction, QosRule } from '../network-records.ts';
import { tapName } from './names.ts';
import { innerName } from './wire.ts';

/**
 * Limits a port's bandwidth by its policy's rules; without a rule the limit is lifted. What the port sends (`egress`) is
 * shaped at its inner end, what it receives at the tap: each is where those packets leave a queue.
 */
export async function shapePort(netns: string, portId: string, rules: readonly QosRule[]): Promise<void> {
  const limitOf = (direction: Direction) => rules.find((rule) => rule.kind === 'bandwidth_limit' && rule.direction === direction);
  const inner = await innerName(netns, portId);
  if (inner !== null) await shape(inner, limitOf('egress'), insideNetns(netns));
  if (existsSync(`/sys/class/net/${tapName(portId)}`)) await shape(tapName(portId), limitOf('ingress'), []);
}

async function shape(device: string, rule: QosRule | undefined, prefix: readonly string[]): Promise<void> {
  const bucket = tokenBucket(rule);
  if (bucket === null) return lift(device, prefix);
  await tc(prefix, ['qdisc', 'replace', 'dev', device, 'root', 'tbf', ...bucket]);
}

/** tc takes no bucket of 4 GiB or more. */
const LARGEST_BURST_KBIT = 33_554_431;

/** What tc is told of a bandwidth limit; null when there is none. A rate of 0 limits nothing, as in Open vSwitch; earlier versions stored lower ones. */
export function tokenBucket(rule: QosRule | undefined): readonly string[] | null {
  if (rule?.kind !== 'bandwidth_limit' || rule.maxKbps <= 0) return null;
  const wanted = rule.maxBurstKbps > 0 ? rule.maxBurstKbps : Math.ceil(rule.maxKbps * 0.8);
  // A bucket smaller than a few frames would never let a large packet through; the kernel counts one in ticks, for some four minutes.
  const burstKbit = Math.max(Math.min(wanted, rule.maxKbps * 60, LARGEST_BURST_KBIT), 256);
  return ['rate', `${rule.maxKbps}kbit`, 'burst', `${burstKbit}kbit`, 'latency', '50ms'];
}

async function lift(device: string, prefix: readonly string[]): Promise<void> {
  try {
    await tc(prefix, ['qdisc', 'del', 'dev', device, 'root']);
  } catch (error) {
    if (!(error instanceof CommandFailed) || !/handle of zero|no such file|cannot find/i.test(error.stderr)) throw error;
  }
}

async function tc(prefix: readonly string[], args: readonly string[]): Promise<void> {
  const [command = '', ...rest] = [...prefix, 'tc', ...args];
  await run(command, rest);
}
