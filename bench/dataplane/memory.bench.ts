import { readFileSync, readdirSync } from 'node:fs';
import { pause } from '../../src/processes/embedded/cloud-client.ts';
import { createFull, makeFastServer, verdict, withStage } from '../stage.ts';

const amphorae = Number(process.env['BENCH_ROUNDS'] ?? 40);
/** What one needs from the first amphora on: code that is compiled, pools that are filled. */
const FIRST = 10;

/** Kilobytes of RAM by command name: shared pages count in parts for each of their users (PSS). */
function memory(service: number): { readonly service: number; readonly shells: number; readonly haproxy: number } {
  const sums = { service: 0, shells: 0, haproxy: 0 };
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const name = read(`/proc/${pid}/comm`).trim();
    const pss = Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
    if (name === 'haproxy') sums.haproxy += pss;
    // The service with the agents in it, and the shells that keep daemons or stand in namespaces to start programs.
    else if (Number(pid) === service) sums.service += pss;
    else if (name === 'sh') sums.shells += pss;
  }
  return sums;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return '';
    throw error;
  }
}

/** Memory that each further amphora costs beside its haproxy. */
await withStage('', async (stage) => {
  await makeFastServer(stage, 'web1', '10.0.10.11');
  const service = stage.service.process.pid ?? 0;
  const settled = async (): Promise<ReturnType<typeof memory>> => {
    // Longer than the agents keep their shells, and some collections of garbage.
    await pause(75_000);
    return memory(service);
  };
  const make = async (first: number, last: number): Promise<void> => {
    for (let number = first; number <= last; number += 1) {
      const { id } = await createFull(stage, `lb${number}`, ['10.0.10.11']);
      await stage.client.waitActive(id);
    }
  };
  await make(1, FIRST);
  const before = await settled();
  await make(FIRST + 1, FIRST + amphorae);
  const after = await settled();
  const each = (name: keyof typeof after): number => (after[name] - before[name]) / 1024 / amphorae;
  const ours = each('service') + each('shells');
  verdict(`each of ${amphorae} further amphorae: ${ours.toFixed(2)} MB of ours (service ${each('service').toFixed(2)}, shells ${each('shells').toFixed(2)}) beside ${each('haproxy').toFixed(2)} MB of haproxy (goal <= 2); all of ours with ${FIRST + amphorae}: ${((after.service + after.shells) / 1024).toFixed(0)} MB`, ours <= 2);
});
