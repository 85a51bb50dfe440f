import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { forOurs, missingPackages } from '../../tests/services/available.ts';
import type { OurProcess } from '../../tests/services/octavia-processes.ts';
import { verdict } from '../stage.ts';
import { withStack } from './stack.ts';

const processes: readonly OurProcess[] = ['api', 'worker', 'health-manager', 'housekeeping', 'driver-agent'];

if (missingPackages(forOurs).length === 0) {
  // Started twice: the first start fills the cache of compiled code, as an installation does once.
  await withStack({ processes }, async () => undefined);
  await withStack({ processes }, async ({ daemons }) => {
    for (const [name, { readyMs }] of daemons) verdict(`${name} is ready after ${readyMs.toFixed(0)} ms (goal 1000)`, readyMs < 1000);
    await pause(3000);
    const shares = [...daemons].map(([name, { pid }]) => ({ name, mb: proportionalBytes(pid) / 1e6 }));
    const sum = shares.reduce((total, { mb }) => total + mb, 0);
    verdict(`${shares.map(({ name, mb }) => `${name} ${mb.toFixed(0)}`).join(', ')}: ${sum.toFixed(0)} MB together (goal 400)`, sum < 400);
  });
}

/** Memory of a process and its children, what is shared counted by its share (PSS). */
function proportionalBytes(root: number): number {
  const parentOf = (pid: string): number => Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((pid) => {
    try {
      return parentOf(pid) === root;
    } catch (error) {
      // It has just ended.
      if (error instanceof Error && 'code' in error) return false;
      throw error;
    }
  });
  const own = Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${root}/smaps_rollup`, 'utf8'))?.[1]) * 1024;
  return children.reduce((sum, pid) => sum + proportionalBytes(Number(pid)), own);
}
