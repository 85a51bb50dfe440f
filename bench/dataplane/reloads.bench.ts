import { pidsIn } from '../../src/processes/embedded/amphora-namespaces.ts';
import { pause } from '../../src/processes/embedded/cloud-client.ts';
import { startTraffic, type TrafficReport } from '../../src/processes/embedded/traffic.ts';
import { amphoraOf, outputOf, startByHand } from '../reference/by-hand.ts';
import { createFull, makeFastServer, median, percentile, verdict, withStage } from '../stage.ts';

const changes = Number(process.env['BENCH_ROUNDS'] ?? 100);

interface Loads { readonly fresh: TrafficReport; readonly keptAlive: { readonly requests: number; readonly failed: number } }

/** Clients with a new connection for each request and clients that keep theirs, while `work` goes on. */
async function underLoad(url: string, work: () => Promise<void>): Promise<Loads> {
  const fresh = startTraffic(url, { everyMs: 4 });
  let isDone = false;
  const keptAlive = keepAsking(url, () => isDone);
  await pause(300);
  await work();
  await pause(300);
  isDone = true;
  return { keptAlive: await keptAlive, fresh: await fresh.stop() };
}

async function keepAsking(url: string, isDone: () => boolean): Promise<Loads['keptAlive']> {
  const totals = { requests: 0, failed: 0 };
  while (!isDone()) {
    const printed = await outputOf('wrk', ['-t1', '-c10', '-d2s', '--timeout', '10s', url]);
    totals.requests += Number(/(\d+) requests in/.exec(printed)?.[1] ?? 0);
    const [, ...errors] = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(printed) ?? [];
    totals.failed += errors.reduce((sum, count) => sum + Number(count), Number(/Non-2xx or 3xx responses: (\d+)/.exec(printed)?.[1] ?? 0));
  }
  return totals;
}

const shown = ({ fresh, keptAlive }: Loads): string =>
  `new connections ${fresh.failures} of ${fresh.requests} failed ${JSON.stringify([...fresh.failureReasons])}, kept ones ${keptAlive.failed} of ${keptAlive.requests}`;

/** Changes of a listener, each of which makes haproxy load its configuration anew, under load: nothing may fail. */
await withStage('', async (stage) => {
  await makeFastServer(stage, 'web1', '10.0.10.11');
  const { id, vip } = await createFull(stage, 'lb1', ['10.0.10.11']);
  await stage.client.waitActive(id);
  const [listener] = await stage.client.list(`/v2/lbaas/listeners?loadbalancer_id=${id}`, 'listeners');
  const { namespace } = await amphoraOf();
  const before = await pidsIn(namespace, 'haproxy');
  const took: number[] = [];
  const ours = await underLoad(`http://${vip}/`, async () => {
    for (let count = 0; count < changes; count += 1) {
      const startedAt = performance.now();
      await stage.client.request('PUT', `/v2/lbaas/listeners/${String(listener?.['id'])}`, { listener: { timeout_client_data: 50_001 + count } });
      await stage.client.waitActive(id);
      took.push(performance.now() - startedAt);
    }
  });
  const stayed = (await pidsIn(namespace, 'haproxy')).filter((pid) => before.includes(pid));
  process.stdout.write(`listener change to ACTIVE: p50 ${median(took).toFixed(0)} ms, p99 ${percentile(took, 0.99).toFixed(0)} ms, ${took.length} changes; processes that stayed: ${stayed.length} of ${before.length}\n`);

  const master = await startByHand(stage, { namespace, vip }, { port: 8080, mode: 'master' });
  const byHand = await underLoad(`http://${vip}:8080/`, async () => {
    for (let count = 0; count < changes; count += 1) {
      process.kill(master, 'SIGUSR2');
      await pause(Math.max(50, median(took)));
    }
  });
  process.stdout.write(`reloads of haproxy by hand: ${shown(byHand)}\n`);
  verdict(`${changes} listener changes under load: ${shown(ours)} (goal 0)`, ours.fresh.failures === 0 && ours.keptAlive.failed === 0);
});
