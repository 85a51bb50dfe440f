import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../src/lib/run.ts';
import { amphoraNamespaces } from '../src/processes/embedded/amphora-namespaces.ts';
import { createFull, makeFastServer, median, verdict, withStage } from './stage.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);

async function requestsPerSecond(url: string, script: readonly string[]): Promise<number> {
  const { stdout } = await run('wrk', ['-t1', '-c20', '-d3s', ...script, url], { timeoutMs: 30_000 });
  const match = /Requests\/sec:\s+([\d.]+)/.exec(stdout);
  if (match?.[1] === undefined || /Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk: ${stdout}`);
  return Number(match[1]);
}

/** Requests per second through our load balancer against a hand-written haproxy.cfg in the very same namespace. */
await withStage('[haproxy_amphora]\nconnection_logging = False\n', async (stage) => {
  await makeFastServer(stage, 'web1', '10.0.10.11');
  const { id, vip } = await createFull(stage, 'lb1', ['10.0.10.11']);
  await stage.client.waitActive(id);
  const [namespace = ''] = await amphoraNamespaces();
  const hand = join(stage.dataDir, 'hand.cfg');
  writeFileSync(hand, `global\n  maxconn 5000\n  nbthread 1\ndefaults\n  mode http\n  timeout connect 5s\n  timeout client 50s\n  timeout server 50s\n  http-reuse always\nfrontend f\n  bind ${vip}:8080\n  default_backend b\nbackend b\n  server s 10.0.10.11:80\n`);
  await run('ip', ['netns', 'exec', namespace, 'haproxy', '-D', '-p', `${hand}.pid`, '-f', hand]);
  // The listener's security group lets port 80 in only; the reference needs its own way in.
  await run('ip', ['netns', 'exec', namespace, 'nft', 'flush', 'ruleset']);
  for (const [kind, script] of [['keep-alive', []], ['new connections', ['-H', 'Connection: close']]] as const) {
    const ours: number[] = [];
    const byHand: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      byHand.push(await requestsPerSecond(`http://${vip}:8080/`, script));
      ours.push(await requestsPerSecond(`http://${vip}/`, script));
    }
    const ratio = median(ours) / median(byHand);
    verdict(`${kind}: ours ${median(ours).toFixed(0)}/s, hand-written ${median(byHand).toFixed(0)}/s, ratio ${ratio.toFixed(2)} (goal >= 0.95), n=${rounds}`, ratio >= 0.95);
  }
});
