import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../src/lib/testing/free-port.ts';
import { openStore } from '../src/store/open-store.ts';
import type { Store } from '../src/store/database.ts';
import { callerOf, type Caller } from '../tests/interop/rest.ts';
import { openOpenStackWorld, type OpenStackWorld, type Options } from '../tests/openstack/world.ts';
import { forOpenStack, forOriginal, missingPackages } from '../tests/services/available.ts';
import { startRabbitMq } from '../tests/services/backing-services.ts';
import { PASSWORD } from '../tests/services/keystone-directory.ts';
import { createOriginalSchema, startOriginalApi, startOriginalWorker } from '../tests/services/octavia-processes.ts';
import { measureCloudAlone, type CloudAlone } from './cloud-alone.ts';
import { median, verdict } from './stage.ts';

/** What one step of a load balancer's life cost. */
interface Cost {
  /** Calls to Neutron, Nova, Glance and Barbican, and to the agents. */
  readonly calls: number;
  readonly ms: number;
}

const STEPS = ['create', 'listener', 'member on another network', 'amphora failover', 'delete'] as const;
type Step = (typeof STEPS)[number];

const PATIENCE_MS = 900_000;
const LOOK_EVERY_MS = 20;
/** Neutron tells Nova of changes in batches of two seconds, and Nova then looks at each port anew: what a step left behind must not slow the next. */
const CALM_MS = 3000;

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);

/** Machines come from where; the original knows no pool. */
interface Way { readonly name: string; readonly spares: number; readonly options: Options }

const WAYS: readonly Way[] = [
  { name: 'machines booted when they are needed', spares: 0, options: {} },
  // A spare belongs to no server group before it is known what for.
  { name: 'machines from a pool of spares', spares: 2, options: { house_keeping: { spare_amphora_pool_size: 2 }, nova: { enable_anti_affinity: 'False' } } },
];

if (missingPackages([...forOpenStack, ...forOriginal]).length === 0) for (const way of WAYS) await compare(way);

/** The life of a pair on the real services, ours and the original's, with our agents in the servers of both. */
async function compare({ name, spares, options }: Way): Promise<void> {
  process.stdout.write(`-- ${name}\n`);
  // Nobody gives up here, however slow the machine is.
  const patient: Options = { ...options, controller_worker: { loadbalancer_topology: 'ACTIVE_STANDBY', amp_active_retries: 600 }, service_auth: { timeout: 600 } };
  const stack = await openOpenStackWorld(patient);
  try {
    const { url, database, printed } = await startOriginal(stack);
    const [ourStore, theirStore] = [await openStore(stack.database), await openStore(database)];
    stack.world.onStop('the look into both databases', async () => void (await Promise.all([ourStore.close(), theirStore.close()])));
    const [ours, original, alone]: [Costs[], Costs[], CloudAlone[]] = [[], [], []];
    const ready = () => untilSpare(ourStore, spares);
    // In turns, so that both meet the same moods of the machine. The first ones pay for caches and connections of all services.
    for (let round = 0; round <= rounds; round += 1) {
      const mine = await life(stack, stack.apiUrl, ourStore, ready);
      const theirs = await life(stack, url, theirStore, ready).catch((error: unknown) => {
        throw new Error(`The original failed: ${printed().slice(-4000)}`, { cause: error });
      });
      await ready();
      const least = await measureCloudAlone(stack, spares > 0);
      if (round === 0) continue;
      alone.push(least);
      ours.push(mine);
      original.push(theirs);
    }
    for (const step of STEPS) {
      const [mine, theirs] = [typical(ours, step), typical(original, step)];
      const holds = mine.ms <= theirs.ms / 3 && mine.calls <= (step === 'create' ? 45 : theirs.calls / 3);
      const goal = step === 'create' ? 'goal <= 45' : 'goal <= a third';
      verdict(`${step}: ${mine.calls} calls, original ${theirs.calls} (${goal}); ${mine.ms.toFixed(0)} ms, original ${theirs.ms.toFixed(0)} ms, ${(theirs.ms / mine.ms).toFixed(1)} times faster (goal >= 3), n=${rounds}`, holds);
    }
    const least = { create: median(alone.map(({ create }) => create)), failover: median(alone.map(({ failover }) => failover)) };
    process.stdout.write(`  the machines of a pair with their ports, asked of Nova and Neutron by nobody but a script: ${least.create.toFixed(0)} ms; those of a failover: ${least.failover.toFixed(0)} ms\n`);
  } finally {
    await stack.stop();
  }
}

async function startOriginal(stack: OpenStackWorld): Promise<{ readonly url: string; readonly database: string; readonly printed: () => string }> {
  const { world, keystone, options } = stack;
  const apiPort = await freePort();
  // A queue of its own: workers of one queue share its work, and these two have different databases.
  const rabbit = await startRabbitMq();
  world.onStop('the queue of the original', () => rabbit.stop());
  // The roles of today are not those that it had first.
  const more = { ...options, oslo_policy: { enforce_scope: 'False', enforce_new_defaults: 'False' } };
  const database = await world.mariaDb.newDatabase();
  const file = world.conf('original', { transportUrl: rabbit.url, database, apiPort, keystone: { url: keystone.url, user: 'octavia', password: PASSWORD }, more });
  await createOriginalSchema(file);
  const worker = await startOriginalWorker(file, world.log('original-worker'));
  world.onStop('the original worker', () => worker.kill());
  const api = await startOriginalApi(file, apiPort, world.log('original-api'), { processes: 1 });
  world.onStop('the original API', () => api.kill());
  return { url: `http://127.0.0.1:${apiPort}`, database, printed: () => worker.printed() };
}

type Costs = Readonly<Record<Step, Cost>>;

/** `ready`: resolves when nothing goes on beside. */
async function life(stack: OpenStackWorld, url: string, store: Store, ready: () => Promise<void>): Promise<Costs> {
  const { objects } = stack.cloud;
  const user = callerOf(url, { 'x-auth-token': await stack.keystone.token('lb-member') });
  const admin = callerOf(url, { 'x-auth-token': await stack.keystone.token('admin') });
  const costs: Partial<Record<Step, Cost>> = {};
  const step = async <T>(name: Step, work: () => Promise<T>, end: (made: T) => Promise<void>): Promise<T> => {
    await ready();
    await pause(CALM_MS);
    const [before, startedAt] = [callsSoFar(stack), performance.now()];
    const made = await work();
    await end(made);
    const ms = performance.now() - startedAt;
    costs[name] = { calls: callsSoFar(stack) - before, ms };
    return made;
  };
  const active = (id: string) => reaches(store, id, 'ACTIVE');
  const { id } = await step('create', () => user.object('POST', '/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: objects.vipSubnet } }), (made) => active(made.id));
  const { id: listener } = await step('listener', () => user.object('POST', '/lbaas/listeners', { listener: { loadbalancer_id: id, protocol: 'HTTP', protocol_port: 80 } }), () => active(id));
  const { id: pool } = await user.object('POST', '/lbaas/pools', { pool: { listener_id: listener, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' } });
  await active(id);
  const member = { member: { address: '10.20.0.250', protocol_port: 80, subnet_id: objects.memberSubnet } };
  await step('member on another network', () => user.object('POST', `/lbaas/pools/${pool}/members`, member), () => active(id));
  const backup = await backupOf(admin, id);
  await step('amphora failover', () => admin.call('PUT', `/octavia/amphorae/${backup}/failover`), () => active(id));
  await step('delete', () => user.call('DELETE', `/lbaas/loadbalancers/${id}?cascade=true`), () => reaches(store, id, 'DELETED'));
  return completed(costs);
}

/** Looks into the database: an API that is asked all the time has less time for the rest, and one that is asked seldom tells late. */
async function reaches({ read }: Store, id: string, wanted: 'ACTIVE' | 'DELETED'): Promise<void> {
  for (const deadlineMs = performance.now() + PATIENCE_MS; ; await pause(LOOK_EVERY_MS)) {
    const row = await read.selectFrom('load_balancer').select('provisioning_status').where('id', '=', id).executeTakeFirst();
    const found = row?.provisioning_status ?? 'DELETED';
    if (found === wanted) return;
    if (found === 'ERROR' || performance.now() > deadlineMs) throw new Error(`load balancer ${id} is ${found} instead of ${wanted}`);
  }
}

async function untilSpare({ read }: Store, wanted: number): Promise<void> {
  for (const deadlineMs = performance.now() + PATIENCE_MS; ; await pause(500)) {
    const { count } = await read.selectFrom('amphora').select(({ fn }) => fn.countAll<number>().as('count')).where('status', '=', 'READY').executeTakeFirstOrThrow();
    if (Number(count) >= wanted) return;
    if (performance.now() > deadlineMs) throw new Error(`there are ${count} spare amphorae instead of ${wanted}`);
  }
}

function callsSoFar({ cloud, amphorae }: OpenStackWorld): number {
  return cloud.proxy.calls.length + amphorae.requests.length;
}

async function backupOf(admin: Caller, loadBalancerId: string): Promise<string> {
  const { text } = await admin.call('GET', `/octavia/amphorae?loadbalancer_id=${loadBalancerId}&role=BACKUP`);
  return (JSON.parse(text) as { amphorae: { id: string; status: string }[] }).amphorae.find(({ status }) => status === 'ALLOCATED')?.id ?? '';
}

function completed(costs: Partial<Record<Step, Cost>>): Costs {
  const of = (step: Step): Cost => costs[step] ?? { calls: Number.NaN, ms: Number.NaN };
  return { create: of('create'), listener: of('listener'), 'member on another network': of('member on another network'), 'amphora failover': of('amphora failover'), delete: of('delete') };
}

function typical(samples: readonly Costs[], step: Step): Cost {
  return { calls: median(samples.map((one) => one[step].calls)), ms: median(samples.map((one) => one[step].ms)) };
}
