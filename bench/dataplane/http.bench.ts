import { amphoraOf, outputOf, startByHand } from '../reference/by-hand.ts';
import { inTurns, type Measured } from '../reference/rounds.ts';
import { createFull, makeFastServer, median, verdict, withStage } from '../stage.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);

interface WrkResult { readonly requests: number; readonly perSecond: number; readonly p50Us: number; readonly p99Us: number }

async function wrk(url: string, connections: number, seconds: number, closing = false): Promise<WrkResult> {
  const stdout = await outputOf('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '10s', ...(closing ? ['-H', 'Connection: close'] : []), url]);
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  if (!(perSecond > 0) || /Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk ${url}: ${stdout}`);
  return { requests, perSecond, p50Us: micros(stdout, '50%'), p99Us: micros(stdout, '99%') };
}

function micros(stdout: string, share: string): number {
  const [, number, unit] = new RegExp(`^\\s+${share}\\s+([\\d.]+)(us|ms|s)`, 'm').exec(stdout) ?? [];
  return Number(number) * (unit === 's' ? 1e6 : unit === 'ms' ? 1e3 : 1);
}

const figures = ({ perSecond, cpuMicros }: Measured): string => `${perSecond.toFixed(0)}/s (${cpuMicros.toFixed(1)} us CPU each)`;

/** Twenty clients that open a connection for each request, beside one that keeps its own: what haproxy sees of most services. */
async function mixed(url: string, seconds: number): Promise<WrkResult> {
  const [closing, kept] = await Promise.all([wrk(url, 20, seconds, true), wrk(url, 1, seconds)]);
  return { ...closing, requests: closing.requests + kept.requests, perSecond: closing.perSecond + kept.perSecond };
}

const kinds = [
  { kind: 'keep-alive', load: (url: string, seconds: number) => wrk(url, 20, seconds) },
  { kind: 'new connections beside one that is kept', load: mixed },
  { kind: 'new connections only', load: (url: string, seconds: number) => wrk(url, 20, seconds, true) },
] as const;

/** What our amphorae are told ([haproxy_amphora] http_reuse). */
const settings = [
  { reuse: 'aggressive', isDefault: true },
  // The fastest; it answers 502 when a member closes an idle connection at the wrong moment.
  { reuse: 'always', isDefault: false },
] as const;

/** Requests per second and latency through our load balancer against haproxy configured by hand in the very same namespace. */
for (const { reuse, isDefault } of settings) {
  await withStage(`[haproxy_amphora]\nconnection_logging = False\nhttp_reuse = ${reuse}\n`, async (stage) => {
    await makeFastServer(stage, 'web1', '10.0.10.11');
    const { id, vip } = await createFull(stage, 'lb1', ['10.0.10.11']);
    await stage.client.waitActive(id);
    const { namespace, worker } = await amphoraOf();
    const best = await startByHand(stage, { namespace, vip }, { port: 8081, defaults: ['http-reuse always'] });
    const same = await startByHand(stage, { namespace, vip }, { port: 8082, defaults: [`http-reuse ${reuse}`] });
    const plain = await startByHand(stage, { namespace, vip }, { port: 8080 });
    for (const { kind, load } of kinds) {
      const at = (port: number, pid: number) => ({ pid, load: () => load(`http://${vip}:${port}/`, 3) });
      const direct = { pid: null, load: () => load('http://10.0.10.11/', 3) };
      const found = await inTurns(rounds, { direct, best: at(8081, best), same: at(8082, same), plain: at(8080, plain), ours: at(80, worker) });
      const rate = found.ours.perSecond / found.best.perSecond;
      const cpu = found.best.cpuMicros / found.ours.cpuMicros;
      process.stdout.write(`${kind}: direct ${found.direct.perSecond.toFixed(0)}/s; by hand: reuse always ${figures(found.best)}, ${reuse} ${figures(found.same)}, nothing said ${figures(found.plain)}; ours ${figures(found.ours)}\n`);
      verdict(`${kind}, http_reuse ${reuse}${isDefault ? ' (default)' : ''}: ours to the best by hand: rate ${rate.toFixed(3)}, work per processor second ${cpu.toFixed(3)}; to direct ${(found.ours.perSecond / found.direct.perSecond).toFixed(2)}, n=${rounds} (goal: rate >= 0.97)`, rate >= 0.97);
    }
    if (isDefault) await measureLatency(vip);
  });
}

async function measureLatency(vip: string): Promise<void> {
  const added: Record<'direct' | 'byHand' | 'ours', { p50: number[]; p99: number[] }> = { direct: { p50: [], p99: [] }, byHand: { p50: [], p99: [] }, ours: { p50: [], p99: [] } };
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, url] of [['direct', 'http://10.0.10.11/'], ['byHand', `http://${vip}:8081/`], ['ours', `http://${vip}/`]] as const) {
      const { p50Us, p99Us } = await wrk(url, 1, 2);
      added[name].p50.push(p50Us);
      added[name].p99.push(p99Us);
    }
  }
  const of = (name: keyof typeof added, which: 'p50' | 'p99'): number => median(added[name][which]);
  const more = (name: keyof typeof added, which: 'p50' | 'p99'): number => of(name, which) - of('direct', which);
  const ratio = of('ours', 'p50') / of('byHand', 'p50');
  verdict(`latency of one client: direct p50 ${of('direct', 'p50')} us, p99 ${of('direct', 'p99')} us; added by hand p50 ${more('byHand', 'p50')}, p99 ${more('byHand', 'p99')} us; added by ours p50 ${more('ours', 'p50')}, p99 ${more('ours', 'p99')} us; p50 ratio ${ratio.toFixed(2)} (goal <= 1.05)`, ratio <= 1.05);
}
