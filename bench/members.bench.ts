import { amphoraNamespaces, pidsIn } from '../src/processes/embedded/amphora-namespaces.ts';
import { startTraffic } from '../src/processes/embedded/traffic.ts';
import { createFull, makeFastServer, median, percentile, verdict, withStage } from './stage.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 100);

/** Member changes under 500 requests/s: nothing may fail and haproxy may not be reloaded. */
await withStage('', async (stage) => {
  await makeFastServer(stage, 'web1', '10.0.10.11');
  await makeFastServer(stage, 'web2', '10.0.10.12');
  const { id, vip } = await createFull(stage, 'lb1', ['10.0.10.11']);
  await stage.client.waitActive(id);
  const [pool] = await stage.client.list(`/v2/lbaas/pools?loadbalancer_id=${id}`, 'pools');
  const members = `/v2/lbaas/pools/${String(pool?.['id'])}/members`;
  const [namespace] = await amphoraNamespaces();
  const before = await pidsIn(namespace ?? '', 'haproxy');
  const traffic = startTraffic(`http://${vip}/`, { everyMs: 2 });
  const took: number[] = [];
  const change = async (work: () => Promise<unknown>): Promise<void> => {
    const startedAt = performance.now();
    await work();
    await stage.client.waitActive(id);
    took.push(performance.now() - startedAt);
  };
  const ids: string[] = [];
  for (let count = 0; count < rounds; count += 1) {
    // Both web servers answer on 8000 more ports than needed; the same address on port 80 may be a member once only.
    const fields = { address: '10.0.10.12', protocol_port: 80, subnet_id: stage.subnetId, name: `m${count}`, weight: 1 };
    await change(async () => ids.push((await stage.client.create(members, 'member', fields)).id));
    const created = ids.at(-1) ?? '';
    await change(() => stage.client.request('PUT', `${members}/${created}`, { member: { weight: 1 + (count % 100) } }));
    await change(() => stage.client.request('DELETE', `${members}/${created}`));
  }
  const after = await pidsIn(namespace ?? '', 'haproxy');
  const report = await traffic.stop();
  process.stdout.write(`member change to ACTIVE: median ${median(took).toFixed(0)} ms, p99 ${percentile(took, 0.99).toFixed(0)} ms, ${took.length} changes; answers ${JSON.stringify([...report.answers])}\n`);
  verdict(`failed requests ${report.failures} of ${report.requests} while ${rounds} members were added, re-weighted and removed (goal 0) ${JSON.stringify([...report.failureReasons])}`, report.failures === 0);
  verdict(`haproxy processes before ${before.join(',')} and after ${after.join(',')} (goal: the same, no reload)`, before.join() === after.join() && before.length > 0);
});
