import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../src/lib/run.ts';
import { amphoraNamespaces } from '../src/processes/embedded/amphora-namespaces.ts';
import { createFull, makeFastServer, median, verdict, withStage, type Stage } from './stage.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);

async function requestsPerSecond(url: string, script: readonly string[]): Promise<number> {
  const { stdout } = await run('wrk', ['-t1', '-c20', '-d3s', ...script, url], { timeoutMs: 30_000 });
  const match = /Requests\/sec:\s+([\d.]+)/.exec(stdout);
  if (match?.[1] === undefined || /Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk: ${stdout}`);
  return Number(match[1]);
}

async function startByHand(stage: Stage, namespace: string, vip: string, port: number, reuse: string): Promise<void> {
  const file = join(stage.dataDir, `hand-${port}.cfg`);
  writeFileSync(file, `global\n  maxconn 5000\n  nbthread 1\ndefaults\n  mode http\n  timeout connect 5s\n  timeout client 50s\n  timeout server 50s\n${reuse}frontend f\n  bind ${vip}:${port}\n  default_backend b\nbackend b\n  server s 10.0.10.11:80\n`);
  await run('ip', ['netns', 'exec', namespace, 'haproxy', '-D', '-p', `${file}.pid`, '-f', file]);
}

/** The security group of the VRRP port lets the listener's port in only; the reference passes the same rules at its own port. */
async function letIn(namespace: string, port: number): Promise<void> {
  const nft = ['netns', 'exec', namespace, 'nft'];
  const { stdout } = await run('ip', [...nft, '-j', 'list', 'chains']);
  const { nftables } = JSON.parse(stdout) as { nftables: { chain?: { name: string; table: string } }[] };
  for (const { chain } of nftables) {
    if (chain?.table === 'octavia_sg' && chain.name.startsWith('ingress_')) await run('ip', [...nft, 'insert', 'rule', 'inet', 'octavia_sg', chain.name, 'tcp', 'dport', String(port), 'accept']);
  }
}

/** Requests per second through our load balancer against a hand-written haproxy.cfg in the very same namespace. */
await withStage('[haproxy_amphora]\nconnection_logging = False\n', async (stage) => {
  await makeFastServer(stage, 'web1', '10.0.10.11');
  const { id, vip } = await createFull(stage, 'lb1', ['10.0.10.11']);
  await stage.client.waitActive(id);
  const [namespace = ''] = await amphoraNamespaces();
  // Nothing but what a person would write; and the same with `http-reuse always`, which answers 502 when a member closes
  // an idle connection at the wrong moment: the fastest there is, shown for comparison.
  await startByHand(stage, namespace, vip, 8080, '');
  await startByHand(stage, namespace, vip, 8081, '  http-reuse always\n');
  await letIn(namespace, 8080);
  await letIn(namespace, 8081);
  for (const [kind, script] of [['keep-alive', []], ['new connections', ['-H', 'Connection: close']]] as const) {
    const ours: number[] = [];
    const byHand: number[] = [];
    const risky: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      byHand.push(await requestsPerSecond(`http://${vip}:8080/`, script));
      risky.push(await requestsPerSecond(`http://${vip}:8081/`, script));
      ours.push(await requestsPerSecond(`http://${vip}/`, script));
    }
    const ratio = median(ours) / median(byHand);
    verdict(`${kind}: ours ${median(ours).toFixed(0)}/s, hand-written ${median(byHand).toFixed(0)}/s, ratio ${ratio.toFixed(2)} (goal >= 0.95), n=${rounds}; to http-reuse always ${(median(ours) / median(risky)).toFixed(2)}`, ratio >= 0.95);
  }
});
