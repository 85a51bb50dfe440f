import { median } from '../stage.ts';
import { cpuSecondsOfTree } from './cpu-time.ts';

export interface Measured {
  readonly perSecond: number;
  /** Processor time of the process under test for one request, in microseconds. */
  readonly cpuMicros: number;
}

/** Measures each contender in turn, over and over, so that what the machine does beside falls on all alike; medians. */
export async function inTurns<Name extends string>(rounds: number, contenders: Readonly<Record<Name, { readonly pid: number | null; readonly load: () => Promise<{ requests: number; perSecond: number }> }>>): Promise<Record<Name, Measured>> {
  const names = Object.keys(contenders) as Name[];
  const samples = new Map<Name, Measured[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const { pid, load } = contenders[name];
      const before = pid === null ? 0 : cpuSecondsOfTree(pid);
      const { requests, perSecond } = await load();
      const used = pid === null ? 0 : cpuSecondsOfTree(pid) - before;
      samples.get(name)?.push({ perSecond, cpuMicros: (used * 1e6) / requests });
    }
  }
  return Object.fromEntries(names.map((name) => {
    const own = samples.get(name) ?? [];
    return [name, { perSecond: median(own.map(({ perSecond }) => perSecond)), cpuMicros: median(own.map(({ cpuMicros }) => cpuMicros)) }];
  })) as Record<Name, Measured>;
}
