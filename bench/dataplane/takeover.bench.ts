import { run } from '../../src/lib/run.ts';
import { amphoraNamespaces, killAmphora, namespaceOfAddress, pidsIn } from '../../src/processes/embedded/amphora-namespaces.ts';
import { pause } from '../../src/processes/embedded/cloud-client.ts';
import { startTraffic } from '../../src/processes/embedded/traffic.ts';
import { createFull, makeFastServer, median, percentile, verdict, withStage, type Stage } from '../stage.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 20);
/** Names of the events to measure, by commas; all when empty. */
const chosen = (process.env['BENCH_EVENTS'] ?? '').split(',').filter(Boolean);

/** What is done to the active amphora; returns what makes it whole again. */
type Harm = (namespace: string) => Promise<() => Promise<void>>;

const kill = (pids: readonly number[], signal: NodeJS.Signals): void => {
  for (const pid of pids) process.kill(pid, signal);
};
const nothing = async (): Promise<void> => undefined;

/** Host end of the amphora's VIP interface. */
async function tapOf(namespace: string): Promise<string> {
  const [inner] = JSON.parse((await run('ip', ['-n', namespace, '-j', 'link', 'show', 'eth1'])).stdout) as { link_index: number }[];
  const links = JSON.parse((await run('ip', ['-j', 'link', 'show'])).stdout) as { ifindex: number; ifname: string }[];
  return String(links.find(({ ifindex }) => ifindex === inner?.link_index)?.ifname);
}

/** Milliseconds of the longest gap; the original's come from limits.md, its VRRP advertising every second. */
const events: readonly { readonly name: string; readonly goalMs: number; readonly original: string; readonly harm: Harm }[] = [
  { name: 'nothing', goalMs: 0, original: '-', harm: async () => nothing },
  { name: 'amphora', goalMs: 250, original: '2760-3660', harm: async (namespace) => (await killAmphora(namespace), nothing) },
  { name: 'haproxy', goalMs: 250, original: '8400-9000', harm: async (namespace) => (kill(await pidsIn(namespace, 'haproxy'), 'SIGKILL'), nothing) },
  { name: 'keepalived', goalMs: 250, original: '25-49', harm: async (namespace) => (kill(await pidsIn(namespace, 'keepalived'), 'SIGKILL'), nothing) },
  {
    name: 'link', goalMs: 1_000, original: '2760-3660', harm: async (namespace) => {
      const tap = await tapOf(namespace);
      await run('ip', ['link', 'set', tap, 'down']);
      return async () => void (await run('ip', ['link', 'set', tap, 'up']));
    },
  },
  { name: 'hang', goalMs: 1_500, original: '8400-9000', harm: async (namespace) => (kill(await pidsIn(namespace, 'haproxy'), 'SIGSTOP'), nothing) },
];

/** Milliseconds of settling after each event before its traffic is judged. */
const WATCHED_MS = 2_000;

async function gapOver(stage: Stage, lb: { id: string; vip: string }, harm: Harm): Promise<number> {
  await pause(1_000);
  const active = await namespaceOfAddress(lb.vip);
  if (active === null) throw new Error(`no amphora carries ${lb.vip}`);
  const traffic = startTraffic(`http://${lb.vip}/`, { everyMs: 5, timeoutMs: 3_000 });
  await pause(500);
  traffic.reset();
  const repair = await harm(active);
  await pause(WATCHED_MS);
  const { longestGapMs } = await traffic.stop();
  await repair();
  while (!(await isWhole(stage, lb.id))) await pause(50);
  return longestGapMs;
}

/** Two amphorae that live, and nothing left to do. */
async function isWhole(stage: Stage, id: string): Promise<boolean> {
  const amphorae = await stage.client.list(`/v2/octavia/amphorae?loadbalancer_id=${id}`, 'amphorae');
  const namespaces = await amphoraNamespaces();
  const serving = amphorae.filter((amphora) => amphora['status'] === 'ALLOCATED' && namespaces.includes(`octavia-${String(amphora['id'])}`));
  return serving.length === 2 && (await stage.client.show(`/v2/lbaas/loadbalancers/${id}`, 'loadbalancer'))['provisioning_status'] === 'ACTIVE';
}

/** Longest gap that a client with a new connection every 5 ms sees when something happens to the active amphora. */
await withStage('[controller_worker]\nloadbalancer_topology = ACTIVE_STANDBY\n', async (stage) => {
  await makeFastServer(stage, 'web1', '10.0.10.11');
  const lb = await createFull(stage, 'lb1', ['10.0.10.11']);
  await stage.client.waitActive(lb.id);
  // What a client sees when nothing happens is the machine's part of every gap.
  let undisturbedMs = 0;
  for (const { name, goalMs, original, harm } of events.filter(({ name }) => name === 'nothing' || chosen.length === 0 || chosen.includes(name))) {
    const gaps: number[] = [];
    for (let round = 0; round < rounds; round += 1) gaps.push(await gapOver(stage, lb, harm));
    process.stdout.write(`${name}: gaps ms ${gaps.map((gap) => gap.toFixed(0)).join(' ')}\n`);
    const p99 = percentile(gaps, 0.99);
    const figures = `${name}: longest gap p50 ${median(gaps).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, n=${gaps.length}`;
    if (name === 'nothing') {
      undisturbedMs = p99;
      process.stdout.write(`${figures}\n`);
      continue;
    }
    verdict(`${figures}; less the ${undisturbedMs.toFixed(0)} ms when nothing happens: ${(p99 - undisturbedMs).toFixed(0)} (goal p99 < ${goalMs}; the original ${original})`, p99 - undisturbedMs < goalMs);
  }
});
