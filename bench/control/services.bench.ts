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
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(/^PPid:\s+(\d+)$/m.exec(readOrEmpty(`/proc/${name}/status`))?.[1]) === root);
  const own = Number(/^Pss:\s+(\d+) kB$/m.exec(readOrEmpty(`/proc/${root}/smaps_rollup`))?.[1] ?? 0) * 1024;
  return children.reduce((sum, pid) => sum + proportionalBytes(Number(pid)), own);
}

/** Empty for a process that has just ended. */
function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return '';
    throw error;
  }
}
