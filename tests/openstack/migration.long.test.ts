import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toSqlDatetime } from '../../src/lib/clock.ts';
import { run } from '../../src/lib/run.ts';
import { freePort } from '../../src/lib/testing/free-port.ts';
import { openStore } from '../../src/store/open-store.ts';
import { until } from '../harness/until.ts';
import { callerOf, type Caller } from '../interop/rest.ts';
import { forOpenStack, forOriginal, missingPackages } from '../services/available.ts';
import { startDaemon, type Daemon } from '../services/daemon.ts';
import { PASSWORD } from '../services/keystone-directory.ts';
import { createOriginalSchema, createOurSchema, debianEnv, startOriginalApi, startOriginalWorker, startOurs } from '../services/octavia-processes.ts';
import { createOriginalAmphorae, hasOriginalAgent, type OriginalAmphorae } from '../services/original-agent/original-amphorae.ts';
import { NOTHING, openOpenStackWorld, type OpenStackWorld } from './world.ts';

const isPossible = missingPackages([...forOpenStack, ...forOriginal]).length === 0 && hasOriginalAgent() && existsSync('/usr/bin/octavia-health-manager');

describe.skipIf(!isPossible)('a deployment of the original, exchanged process by process and back', () => {
  let stack: OpenStackWorld;
  let originals: OriginalAmphorae;
  let database: string;
  let conf: string;
  let apiPort: number;
  let caller: Caller;
  let running: Record<'api' | 'worker' | 'health-manager', Daemon>;
  let loadBalancer: { id: string; vip: string };
  let listener: string;
  let pool: string;
  const log = (name: string) => stack.world.log(name);

  beforeAll(async () => {
    stack = await openOpenStackWorld();
    await stack.stopOctavia();
    const { world, keystone, cloud, amphorae } = stack;
    originals = createOriginalAmphorae(join(world.directory, 'guests'));
    world.onStop('guests', () => originals.stop());
    cloud.proxy.onAnswer = async (call) => {
      if (!(await originals.see(call))) await amphorae.see(call);
    };
    // Addresses of gateways are the ones that Neutron gives to no port.
    await amphorae.addHost('client', cloud.objects.vipNetwork, '10.10.0.1/24');
    await amphorae.addHost('member', cloud.objects.memberNetwork, '10.20.0.1/24');
    await run('sh', ['-c', 'ip netns exec member python3 -m http.server 80 >/dev/null 2>&1 &']);
    database = await world.mariaDb.newDatabase();
    apiPort = await freePort();
    conf = world.conf('migration', {
      database, apiPort, keystone: { url: keystone.url, user: 'octavia', password: PASSWORD },
      more: { ...stack.options, controller_worker: { ...stack.options['controller_worker'], loadbalancer_topology: 'ACTIVE_STANDBY' }, health_manager: { heartbeat_interval: 3 },
        // As many open files as any machine allows.
        haproxy_amphora: { ...stack.options['haproxy_amphora'], default_connection_limit: 1000 },
      },
    });
    await createOriginalSchema(conf);
    caller = callerOf(`http://127.0.0.1:${apiPort}`, { 'x-auth-token': await keystone.token('lb-member') });
    running = { api: await originalApi(), worker: await startOriginalWorker(conf, log('original-worker')), 'health-manager': await originalHealthManager() };
  }, 900_000);
  afterAll(async () => {
    for (const daemon of Object.values(running ?? {})) await daemon.stop();
    await stack?.stop();
  }, 120_000);

  const originalApi = () => startOriginalApi(conf, apiPort, log('original-api'), { processes: 1 });
  const originalHealthManager = () => startDaemon({
    name: 'the original octavia-health-manager', command: '/usr/bin/octavia-health-manager', args: ['--config-file', conf], logFile: log('original-health-manager'), env: debianEnv,
    isReady: (printed) => printed.includes('Health manager check process starts'),
  });
  const exchange = async (name: keyof typeof running, start: () => Promise<Daemon>): Promise<void> => {
    await running[name].stop();
    running[name] = await start();
  };
  const ours = (name: keyof typeof running) => exchange(name, () => startOurs(name, conf, log(`our-${name}`)));
  const active = async (): Promise<void> => {
    await caller.active(loadBalancer.id, 300_000).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${running.worker.printed().slice(-4000)}\n${originals.printed()}`);
    });
  };
  const change = async (method: string, path: string, body?: object): Promise<string> => {
    const { id } = await caller.object(method, path, body);
    await active();
    return id;
  };
  const serves = (port = 80) => until(`port ${port} serves`, async () => (await run('sh', ['-c', `ip netns exec client curl -s -m 10 -o /dev/null -w '%{http_code}' http://${loadBalancer.vip}:${port}/ || true`])).stdout === '200', 60_000);
  const answers = join('/run', 'answers');
  /** Asks twice a second from now on and keeps every answer. */
  const watch = () => run('sh', ['-c', `(while [ ! -e ${answers}.stop ]; do ip netns exec client curl -s -m 10 -o /dev/null -w '%{http_code}\\n' http://${loadBalancer.vip}/ >> ${answers}; sleep 0.5; done) >/dev/null 2>&1 &`]);

  it('the original makes a pair with its own agents', async () => {
    const { objects } = stack.cloud;
    const { id, vip_address: vip } = await caller.object('POST', '/lbaas/loadbalancers', { loadbalancer: { name: 'old', vip_subnet_id: objects.vipSubnet } });
    loadBalancer = { id, vip: String(vip) };
    await active();
    listener = await change('POST', '/lbaas/listeners', { listener: { loadbalancer_id: id, protocol: 'HTTP', protocol_port: 80, insert_headers: { 'X-Forwarded-For': 'true' } } });
    pool = await change('POST', '/lbaas/pools', { pool: { listener_id: listener, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' } });
    await change('POST', `/lbaas/pools/${pool}/members`, { member: { address: '10.20.0.1', protocol_port: 80, subnet_id: objects.memberSubnet } });
    await serves();
    await watch();
  }, 900_000);

  it('after the schema was completed our health manager hears them', async () => {
    await createOurSchema(conf);
    await ours('health-manager');
    const since = toSqlDatetime(Date.now());
    const store = await openStore(database);
    try {
      await until('both were heard', async () => (await store.read.selectFrom('amphora_health').select('amphora_id').where('last_update', '>', since).execute()).length === 2, 90_000);
      await until('the listener is ONLINE', async () => (await caller.object('GET', `/lbaas/listeners/${listener}`))['operating_status'] === 'ONLINE', 60_000);
    } finally {
      await store.close();
    }
  }, 300_000);

  it('our worker steers them, at the wish of the original\'s API', async () => {
    await ours('worker');
    await change('POST', '/lbaas/listeners', { listener: { loadbalancer_id: loadBalancer.id, protocol: 'HTTP', protocol_port: 8080, default_pool_id: pool } });
    await serves(8080);
    await serves();
  }, 600_000);

  it('our API shows and changes what the original wrote, pickled columns too', async () => {
    await ours('api');
    expect((await caller.object('GET', `/lbaas/listeners/${listener}`))['insert_headers']).toEqual({ 'X-Forwarded-For': 'true' });
    await change('PUT', `/lbaas/listeners/${listener}`, { listener: { insert_headers: { 'X-Forwarded-Port': 'true' } } });
    await serves();
  }, 600_000);

  it('a failover puts our agent beside the original\'s', async () => {
    originals.takesNew = false;
    const admin = callerOf(`http://127.0.0.1:${apiPort}`, { 'x-auth-token': await stack.keystone.token('admin') });
    const { amphorae } = JSON.parse((await admin.call('GET', `/octavia/amphorae?loadbalancer_id=${loadBalancer.id}`)).text) as { amphorae: { id: string; role: string }[] };
    const backup = amphorae.find(({ role }) => role === 'BACKUP')?.id ?? '';
    expect((await admin.call('PUT', `/octavia/amphorae/${backup}/failover`)).status).toBe(202);
    await until('the backup is replaced', async () => {
      const { amphorae: now } = JSON.parse((await admin.call('GET', `/octavia/amphorae?loadbalancer_id=${loadBalancer.id}&status=ALLOCATED`)).text) as { amphorae: { id: string }[] };
      return now.length === 2 && now.every(({ id }) => id !== backup);
    }, 300_000);
    await active();
    await serves();
  }, 600_000);

  it('the original\'s API and worker steer both agents again', async () => {
    await exchange('api', originalApi);
    expect((await caller.object('GET', `/lbaas/listeners/${listener}`))['insert_headers']).toEqual({ 'X-Forwarded-Port': 'true' });
    await change('POST', '/lbaas/listeners', { listener: { loadbalancer_id: loadBalancer.id, protocol: 'HTTP', protocol_port: 8081, default_pool_id: pool, insert_headers: { 'X-Forwarded-Proto': 'true' } } });
    await serves(8081);
    await exchange('worker', () => startOriginalWorker(conf, log('original-worker-again')));
    await change('POST', '/lbaas/healthmonitors', { healthmonitor: { pool_id: pool, type: 'HTTP', delay: 2, timeout: 1, max_retries: 2 } });
    await serves();
    await exchange('health-manager', originalHealthManager);
  }, 900_000);

  it('no request was lost in all of it, and the original deletes everything', async () => {
    await run('touch', [`${answers}.stop`]);
    const codes = existsSync(answers) ? readFileSync(answers, 'utf8').trim().split('\n') : [];
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => code !== '200')).toEqual([]);
    expect((await caller.call('DELETE', `/lbaas/loadbalancers/${loadBalancer.id}?cascade=true`)).status).toBe(204);
    await caller.gone(loadBalancer.id, 300_000);
    let left: Readonly<Record<string, readonly string[]>> = {};
    const isClean = async (): Promise<boolean> => JSON.stringify(left = await stack.leftovers()) === JSON.stringify(NOTHING);
    await until('nothing is left', isClean, 90_000).catch((error: unknown) => { throw new Error(`${String(error)}: ${JSON.stringify(left)}`); });
  }, 600_000);
});
