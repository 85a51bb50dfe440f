import { killAmphora, namespaceOfAddress } from '../src/processes/embedded/amphora-namespaces.ts';
import { pause } from '../src/processes/embedded/cloud-client.ts';
import { startTraffic } from '../src/processes/embedded/traffic.ts';
import { createFull, makeFastServer, median, percentile, verdict, withStage } from './stage.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 10);

/** Longest gap that a client with a new connection every 5 ms sees when the active amphora dies. */
await withStage('[controller_worker]\nloadbalancer_topology = ACTIVE_STANDBY\n', async (stage) => {
  await makeFastServer(stage, 'web1', '10.0.10.11');
  const gaps: number[] = [];
  const replaced: number[] = [];
  const { id, vip } = await createFull(stage, 'lb1', ['10.0.10.11']);
  await stage.client.waitActive(id);
  for (let round = 0; round < rounds; round += 1) {
    await pause(1_000);
    const active = await namespaceOfAddress(vip);
    if (active === null) throw new Error(`no amphora carries ${vip}`);
    const traffic = startTraffic(`http://${vip}/`, { everyMs: 5, timeoutMs: 3_000 });
    await pause(500);
    traffic.reset();
    const startedAt = performance.now();
    await killAmphora(active);
    await pause(1_500);
    gaps.push((await traffic.stop()).longestGapMs);
    for (;;) {
      const amphorae = await stage.client.list(`/v2/octavia/amphorae?loadbalancer_id=${id}`, 'amphorae');
      const serving = amphorae.filter((amphora) => amphora['status'] === 'ALLOCATED' && !active.endsWith(String(amphora['id'])));
      if (serving.length === 2) break;
      await pause(50);
    }
    await stage.client.waitActive(id);
    replaced.push(performance.now() - startedAt);
  }
  process.stdout.write(`gaps ms: ${gaps.map((gap) => gap.toFixed(0)).join(' ')}; back to a pair after ms: ${replaced.map((time) => time.toFixed(0)).join(' ')}\n`);
  verdict(`takeover: longest gap median ${median(gaps).toFixed(0)} ms, worst ${percentile(gaps, 1).toFixed(0)} ms (goal < 300), n=${rounds}; the original's 1 s advertisements need 2760-3660 ms`, Math.max(...gaps) < 300);
});
