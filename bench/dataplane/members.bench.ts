import { startTraffic } from '../../src/processes/embedded/traffic.ts';
import { pause } from '../../src/processes/embedded/cloud-client.ts';
import { askHaproxy } from '../../src/amphora/agent/haproxy/haproxy-socket.ts';
import { pidsIn } from '../../src/processes/embedded/amphora-namespaces.ts';
import { amphoraOf, startByHand } from '../reference/by-hand.ts';
import { createFull, makeFastServer, median, percentile, verdict, withStage } from '../stage.ts';

/** Each round is three changes: a member is added, re-weighted and removed. */
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 334);
const trials = Math.min(20, rounds);

/** Milliseconds from `begin` until the second web server answers. */
async function untilSeen(url: string, begin: () => Promise<unknown>): Promise<number> {
  const traffic = startTraffic(url, { everyMs: 2 });
  const startedAt = performance.now();
  const begun = begin();
  while (!traffic.report().answers.has('web2')) await pause(1);
  const took = performance.now() - startedAt;
  await begun;
  await traffic.stop();
  return took;
}

/** Member changes under 250 requests/s: nothing may fail and haproxy may not be reloaded. */
await withStage('', async (stage) => {
  await makeFastServer(stage, 'web1', '10.0.10.11');
  await makeFastServer(stage, 'web2', '10.0.10.12');
  const { id, vip } = await createFull(stage, 'lb1', ['10.0.10.11']);
  await stage.client.waitActive(id);
  const [pool] = await stage.client.list(`/v2/lbaas/pools?loadbalancer_id=${id}`, 'pools');
  const members = `/v2/lbaas/pools/${String(pool?.['id'])}/members`;
  const { namespace } = await amphoraOf();
  const before = await pidsIn(namespace, 'haproxy');
  const fields = { address: '10.0.10.12', protocol_port: 80, subnet_id: stage.subnetId, weight: 1 };

  // How soon a new member answers, against the runtime command that does no more than that.
  const socket = `${stage.dataDir}/by-hand.sock`;
  await startByHand(stage, { namespace, vip }, { port: 8080, global: [`stats socket ${socket} level admin`], defaults: ['balance roundrobin'] });
  const ours: number[] = [];
  const byHand: number[] = [];
  for (let trial = 0; trial < trials; trial += 1) {
    let created = '';
    ours.push(await untilSeen(`http://${vip}/`, async () => {
      created = (await stage.client.create(members, 'member', fields)).id;
      await stage.client.waitActive(id);
    }));
    await stage.client.request('DELETE', `${members}/${created}`);
    await stage.client.waitActive(id);
    byHand.push(await untilSeen(`http://${vip}:8080/`, () => askHaproxy(socket, 'add server b/s2 10.0.10.12:80; enable server b/s2')));
    await askHaproxy(socket, 'disable server b/s2');
    await pause(50);
    await askHaproxy(socket, 'del server b/s2');
  }
  process.stdout.write(`member change to its first answer: API call p50 ${median(ours).toFixed(0)} ms, p99 ${percentile(ours, 0.99).toFixed(0)} ms; runtime command by hand p50 ${median(byHand).toFixed(0)} ms, p99 ${percentile(byHand, 0.99).toFixed(0)} ms; ratio ${(median(ours) / median(byHand)).toFixed(1)}, n=${trials}\n`);

  const traffic = startTraffic(`http://${vip}/`, { everyMs: 4 });
  const took: number[] = [];
  const change = async (work: () => Promise<unknown>): Promise<void> => {
    const startedAt = performance.now();
    await work();
    await stage.client.waitActive(id);
    took.push(performance.now() - startedAt);
  };
  for (let count = 0; count < rounds; count += 1) {
    let created = '';
    await change(async () => {
      created = (await stage.client.create(members, 'member', { ...fields, name: `m${count}` })).id;
    });
    await change(() => stage.client.request('PUT', `${members}/${created}`, { member: { weight: 1 + (count % 100) } }));
    await change(() => stage.client.request('DELETE', `${members}/${created}`));
  }
  const after = (await pidsIn(namespace, 'haproxy')).filter((pid) => before.includes(pid));
  const report = await traffic.stop();
  process.stdout.write(`member change to ACTIVE: p50 ${median(took).toFixed(0)} ms, p99 ${percentile(took, 0.99).toFixed(0)} ms, ${took.length} changes; answers ${JSON.stringify([...report.answers])}\n`);
  verdict(`failed requests ${report.failures} of ${report.requests} during ${took.length} member changes (goal 0) ${JSON.stringify([...report.failureReasons])}`, report.failures === 0);
  verdict(`haproxy processes before ${before.join(',')} and after ${after.join(',')} (goal: the same, no reload)`, before.join() === after.join() && before.length > 0);
});
