import { run } from '../src/lib/run.ts';
import { pause } from '../src/processes/embedded/cloud-client.ts';
import { get } from '../src/processes/embedded/traffic.ts';
import { createFull, makeFastServer, median, verdict, withStage, type Stage } from './stage.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 9);
const member = '10.0.10.11';
const scripts = new URL('reference', import.meta.url).pathname;

/** Time from the create call (or the script's start) to the first HTTP answer through the VIP. */
async function timeToAnswer(vip: string, begin: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  const begun = begin();
  for (;;) {
    const answered = await get(`http://${vip}/`, 25).then(() => true, () => false);
    if (answered) break;
    await pause(2);
  }
  const took = performance.now() - startedAt;
  await begun;
  return took;
}

async function oneOfOurs(stage: Stage, name: string): Promise<number> {
  const startedAt = performance.now();
  const created = await createFull(stage, name, [member]);
  const posted = performance.now() - startedAt;
  const took = posted + (await timeToAnswer(created.vip, () => Promise.resolve()));
  await stage.client.waitActive(created.id);
  await stage.client.request('DELETE', `/v2/lbaas/loadbalancers/${created.id}?cascade=true`);
  await stage.client.waitGone(created.id);
  return took;
}

async function bridgeOf(stage: Stage): Promise<string> {
  const links = JSON.parse((await run('ip', ['-j', '-4', 'address', 'show'])).stdout) as { ifname: string; addr_info: { local: string }[] }[];
  return links.find(({ addr_info }) => addr_info.some(({ local }) => local === '10.0.10.1'))?.ifname ?? stage.subnetId;
}

async function oneOfScript(stage: Stage, round: number, topology: string): Promise<number> {
  const bridge = await bridgeOf(stage);
  const directory = `${stage.dataDir}/ref${round}`;
  const vip = `10.0.10.${200 + round}`;
  const isPair = topology === 'ACTIVE_STANDBY';
  const took = await timeToAnswer(vip, () =>
    isPair
      ? run(`${scripts}/create-pair.sh`, [bridge, vip, member, directory, `10.0.10.${220 + round}`, `10.0.10.${235 + round}`])
      : run(`${scripts}/create-single.sh`, [bridge, vip, member, directory]),
  );
  for (const name of isPair ? [`ref${round}x`, `ref${round}y`] : [`ref${round}`]) {
    for (const pid of (await run('ip', ['netns', 'pids', name])).stdout.split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
    for (const suffix of ['m', 'v', 'b']) await run('ip', ['link', 'delete', `${name}${suffix}`]);
    await run('ip', ['netns', 'delete', name]);
  }
  return took;
}

/** What was prepared for the next amphora is made again before anything is measured: it shall disturb neither side. */
const QUIET_MS = 700;
const spares = '[house_keeping]\nspare_amphora_pool_size = 2\n';
const shapes = [
  { name: 'SINGLE', topology: 'SINGLE', config: '' },
  { name: 'ACTIVE_STANDBY', topology: 'ACTIVE_STANDBY', config: '' },
  { name: 'SINGLE from spare amphorae', topology: 'SINGLE', config: spares },
  { name: 'ACTIVE_STANDBY from spare amphorae', topology: 'ACTIVE_STANDBY', config: spares },
];
const chosen = process.env['BENCH_SHAPES']?.split(',');

for (const { name, topology, config } of shapes.filter((shape) => chosen === undefined || chosen.includes(shape.name))) {
  await withStage(`[controller_worker]\nloadbalancer_topology = ${topology}\n${config}`, async (stage) => {
    await makeFastServer(stage, 'web1', member);
    const ours: number[] = [];
    const script: number[] = [];
    await pause(QUIET_MS);
    await oneOfOurs(stage, 'warm-up');
    for (let round = 0; round < rounds; round += 1) {
      await pause(QUIET_MS);
      script.push(await oneOfScript(stage, round, topology));
      ours.push(await oneOfOurs(stage, `lb${round}`));
    }
    const ratio = median(ours) / median(script);
    verdict(`${name}: create call to first answer ${median(ours).toFixed(0)} ms, shell script ${median(script).toFixed(0)} ms, ratio ${ratio.toFixed(2)} (goal <= 2), n=${rounds}`, ratio <= 2);
  });
}
