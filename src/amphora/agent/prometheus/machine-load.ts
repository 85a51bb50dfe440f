import { readFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import type { MachineLoad } from './translate-metrics.ts';

/** Load average of a minute for each processor, and the part of the memory that programs could not get, as in the original. */
export async function readMachineLoad(): Promise<MachineLoad> {
  const memory = await readFile('/proc/meminfo', 'utf8');
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(memory)?.[1] ?? 0);
  const total = kilobytes('MemTotal');
  return {
    cpuPercent: ((loadavg()[0] ?? 0) / availableParallelism()) * 100,
    memoryPercent: total === 0 ? 0 : ((total - kilobytes('MemAvailable')) / total) * 100,
  };
}
