import { setTimeout as pause } from 'node:timers/promises';
import { forOurs, missingPackages } from '../../tests/services/available.ts';
import { cpuSecondsOfTree } from '../reference/cpu-time.ts';
import { PROJECT, SUBNET } from '../reference/populate.ts';
import { verdict } from '../stage.ts';
import { withStack, type Stack } from './stack.ts';

const total = Number(process.env['BENCH_LOAD_BALANCERS'] ?? 1000);
const clients = Number(process.env['BENCH_CLIENTS'] ?? 50);

if (missingPackages(forOurs).length === 0) {
  await withStack({ processes: ['worker', 'api'] }, async (stack) => {
    await burst(stack, 'warm-up', 20);
    const quarter = await burst(stack, 'quarter', total / 4);
    const whole = await burst(stack, 'whole', total);
    verdict(`${total} load balancers at once by ${clients} clients: ${whole.active} ACTIVE, ${whole.errors} in ERROR, ${whole.refused} refused, after ${whole.seconds.toFixed(1)} s (${(total / whole.seconds).toFixed(0)}/s, ${((whole.workerCpuSeconds * 1000) / total).toFixed(1)} ms of worker CPU each)`, whole.active === total && whole.errors + whole.refused === 0);
    const growth = whole.seconds / quarter.seconds;
    verdict(`four times as many take ${growth.toFixed(2)} times as long (goal <= 4.8, linear is 4)`, growth <= 4.8);
  });
}

/** Each client creates one load balancer after the other; done when none is PENDING. */
async function burst({ url, store, daemons }: Stack, name: string, count: number) {
  const worker = daemons.get('worker')?.pid ?? 0;
  const cpuBefore = cpuSecondsOfTree(worker);
  const startedAt = performance.now();
  let [next, refused] = [0, 0];
  const client = async (): Promise<void> => {
    while (next < count) {
      const body = { loadbalancer: { name: `${name}-${(next += 1)}`, vip_subnet_id: SUBNET, project_id: PROJECT } };
      const response = await fetch(`${url}/v2.0/lbaas/loadbalancers`, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
      await response.arrayBuffer();
      if (response.status !== 201) refused += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const numberOf = async (status: 'ACTIVE' | 'ERROR' | 'PENDING_CREATE'): Promise<number> =>
    (await store.read.selectFrom('load_balancer').select('id').where('name', 'like', `${name}-%`).where('provisioning_status', '=', status).execute()).length;
  while ((await numberOf('PENDING_CREATE')) > 0) await pause(20);
  const seconds = (performance.now() - startedAt) / 1000;
  return { seconds, refused, active: await numberOf('ACTIVE'), errors: await numberOf('ERROR'), workerCpuSeconds: cpuSecondsOfTree(worker) - cpuBefore };
}
