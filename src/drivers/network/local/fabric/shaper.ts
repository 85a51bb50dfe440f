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
  if (rule?.kind !== 'bandwidth_limit') return lift(device, prefix);
  // A bucket smaller than a few frames would never let a large packet through.
  const burstKbit = Math.max(rule.maxBurstKbps > 0 ? rule.maxBurstKbps : Math.ceil(rule.maxKbps * 0.8), 256);
  await tc(prefix, ['qdisc', 'replace', 'dev', device, 'root', 'tbf', 'rate', `${rule.maxKbps}kbit`, 'burst', `${burstKbit}kbit`, 'latency', '50ms']);
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
