import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/lib/run.ts';
import { freePort } from '../../src/lib/testing/free-port.ts';
import { projectRoot } from '../../src/processes/project.ts';
import { openStore } from '../../src/store/open-store.ts';
import { until } from '../harness/until.ts';
import { apiAddress, openWorld, type World } from '../interop/world.ts';
import { callerOf } from '../interop/rest.ts';
import { forOurs, missingPackages } from '../services/available.ts';
import { startDaemon, type Daemon } from '../services/daemon.ts';
import { stubSubnetId } from '../services/neutron-stub.ts';

const NAMES = ['api', 'worker', 'health-manager', 'housekeeping'] as const;
type Name = (typeof NAMES)[number];
const WEBHOOK_SECRET = 'shared';

describe.skipIf(missingPackages(forOurs).length > 0)('the processes as an operator runs them', () => {
  let world: World;
  let url: string;
  let database: string;
  let config: string;
  let bin: string;
  let systemd: ChildProcess;
  let told = '';
  const metricsPorts: Partial<Record<Name, number>> = {};
  const daemons: Partial<Record<Name, Daemon>> = {};
  const hooks: { readonly signature: string; readonly body: string }[] = [];

  beforeAll(async () => {
    world = await openWorld();
    const receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        hooks.push({ signature: String(request.headers['x-octavia-signature']), body });
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => void receiver.listen(0, '127.0.0.1', resolve));
    world.onStop('receiver', () => new Promise((resolve) => void receiver.close(() => resolve())));
    const root = join(world.directory, 'root');
    await run('sh', [join(projectRoot, 'deploy/install.sh')], { env: { DESTDIR: root }, timeoutMs: 60_000 });
    bin = join(root, 'usr/bin');
    database = await world.mariaDb.newDatabase();
    const address = await apiAddress();
    url = address.url;
    const metrics: Record<string, number> = {};
    for (const name of NAMES) metrics[`${name.replace('-', '_')}_port`] = metricsPorts[name] = await freePort();
    config = world.conf('octavia', {
      database, apiPort: address.apiPort, heartbeatPort: await freePort(),
      more: {
        metrics, DEFAULT: { transport_url: world.transportUrl, state_path: world.directory, log_dir: world.directory }, oslo_reports: { log_dir: world.directory },
        webhook: { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, secret: WEBHOOK_SECRET },
      },
    });
    await run(join(bin, 'octavia-db-manage'), ['--config-file', config, 'upgrade', 'head'], { timeoutMs: 60_000 });
    const socket = join(world.directory, 'notify.sock');
    systemd = spawn('socat', ['-u', `UNIX-RECV:${socket}`, 'STDOUT'], { stdio: ['ignore', 'pipe', 'inherit'] });
    systemd.stdout?.on('data', (chunk: Buffer) => (told += chunk.toString()));
    world.onStop('socat', async () => void systemd.kill());
    await until('the notification socket is there', async () => existsSync(socket));
    for (const name of NAMES) {
      daemons[name] = await startDaemon({
        name, command: join(bin, `octavia-${name}`), args: ['--config-file', config], logFile: join(world.directory, `${name}.out`),
        env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1500000' }, isReady: (printed) => printed.includes(`ready octavia-${name}\n`),
      });
      world.onStop(name, async () => daemons[name]?.stop());
    }
  });
  afterAll(() => world?.stop());

  const linesOf = (name: Name) => readFileSync(join(world.directory, `octavia-${name}.log`), 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
  const figures = async (name: Name) => (await fetch(`http://127.0.0.1:${metricsPorts[name]}/metrics`)).text();

  it('tell systemd of their readiness under the pid of the unit, and feed the watchdog', async () => {
    for (const name of NAMES) await until(`${name} has told`, async () => told.includes(`READY=1\nMAINPID=${daemons[name]?.pid}\nSTATUS=Ready`));
    const before = told.split('WATCHDOG=1').length;
    await until('the watchdog is fed', async () => told.split('WATCHDOG=1').length >= before + 4);
  });

  it('pass the check before an upgrade', async () => {
    // Status 1 are warnings: the file is one that the original reads too, with options that have no meaning here.
    const { stdout } = await run('sh', ['-c', '"$@" || [ $? = 1 ]', 'sh', join(bin, 'octavia-status'), 'upgrade', 'check', '--config-file', config], { timeoutMs: 120_000 });
    expect(stdout).toContain('| Upgrade Check Results');
    expect(stdout).not.toContain('Failure');
  });

  it('one request is followed by its id from the API over the worker to the history, with figures and a signed notification', async () => {
    for (const name of ['api', 'worker'] as const) process.kill(daemons[name]?.pid ?? 0, 0);
    writeFileSync(config, readFileSync(config, 'utf8').replace('[DEFAULT]\n', '[DEFAULT]\ndebug = True\n'));
    for (const name of NAMES) process.kill(daemons[name]?.pid ?? 0, 'SIGHUP');
    await until('all have read the configuration again', async () => NAMES.every((name) => linesOf(name).some(({ msg }) => msg === 'Configuration read again')));
    const response = await fetch(`${url}/v2/lbaas/loadbalancers`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ loadbalancer: { name: 'traced', vip_subnet_id: stubSubnetId, project_id: 'p' } }),
    });
    const { loadbalancer: { id } } = (await response.json()) as { loadbalancer: { id: string } };
    const requestId = response.headers.get('x-openstack-request-id');
    await callerOf(url, {}).active(id);
    await until('the worker has told of it', async () => linesOf('worker').some(({ lb, req, result }) => lb === id && req === requestId && result === 'settled'));
    expect(linesOf('worker').filter(({ lb, action }) => lb === id && action !== undefined).every(({ req }) => req === requestId)).toBe(true);
    const store = await openStore(database);
    expect(await store.read.selectFrom('ts_event').select(['action', 'request_id']).where('load_balancer_id', '=', id).orderBy('seq').executeTakeFirst()).toMatchObject({ request_id: requestId });
    await store.close();
    expect(await figures('api')).toMatch(/octavia_api_request_duration_seconds_count\{method="POST",route="[^"]*loadbalancers",status="201"\} 1/);
    expect(await figures('api')).toContain('octavia_bus_casts_sent_total{method="create_load_balancer",outcome="taken"} 1');
    expect(await figures('worker')).toContain('octavia_bus_casts_received_total{method="create_load_balancer"} 1');
    expect(await figures('worker')).toContain('octavia_worker_reconcile_duration_seconds_count{result="settled"} 1');
    expect(await figures('health-manager')).toContain('octavia_health_brake_engaged');
    await until('a clean-up is over', async () => (await figures('housekeeping')).includes('octavia_housekeeping_runs_total{job="clean-up",outcome="success"}'));
    await until('the webhook came', async () => hooks.length > 0);
    const [{ signature, body } = { signature: '', body: '' }] = hooks;
    expect(JSON.parse(body)).toMatchObject({ event_type: 'octavia.loadbalancer.create.end', project_id: 'p', payload: { loadbalancer_id: id } });
    const seconds = /^t=(\d+),/.exec(signature)?.[1];
    expect(signature).toBe(`t=${seconds},v1=${createHmac('sha256', WEBHOOK_SECRET).update(`${seconds}.${body}`).digest('hex')}`);
  });

  it('each writes a report of its state at SIGUSR2, without secrets', async () => {
    for (const name of NAMES) process.kill(daemons[name]?.pid ?? 0, 'SIGUSR2');
    const reportOf = (name: Name) => readdirSync(world.directory).filter((file) => file.startsWith(`octavia-${name}_gurumeditation_`)).map((file) => readFileSync(join(world.directory, file), 'utf8')).join('');
    await until('all have written one', async () => NAMES.every((name) => linesOf(name).some(({ msg }) => msg === 'Report written')));
    for (const name of NAMES) {
      const report = reportOf(name);
      expect(report).toMatch(/database = mysql, answered in \d+ ms/);
      expect(report).toMatch(/transport_url = \*\*\*/);
      expect(report).not.toContain('interop-heartbeat-key');
      expect(report).not.toContain(WEBHOOK_SECRET + '\n');
    }
    expect(reportOf('api')).toMatch(/====\s+Requests\s+====/);
  });

  it('a request that is under way at SIGTERM is answered, and the leases of a worker are given back', async () => {
    const body = JSON.stringify({ loadbalancer: { name: 'last', vip_subnet_id: stubSubnetId, project_id: 'p' } });
    const answered = new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${url}/v2/lbaas/loadbalancers`, { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': body.length } }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      request.on('error', reject);
      request.write(body.slice(0, 10));
      // The rest comes after the signal.
      void until('the request is being read', async () => (await figures('api')).includes('octavia_api_requests_running 1'))
        .then(() => process.kill(daemons.api?.pid ?? 0, 'SIGTERM'))
        .then(() => until('the API is ending', async () => linesOf('api').some(({ msg }) => msg === 'Finishing what is under way')))
        .then(() => request.end(body.slice(10)));
    });
    expect(await answered).toBe(201);
    await until('the API has ended', async () => linesOf('api').some(({ msg }) => msg === 'Ended'));
    await until('systemd has been told', async () => told.includes('STOPPING=1'));
    await daemons.worker?.stop();
    const store = await openStore(database);
    expect(await store.read.selectFrom('ts_lease').select('owner').where('owner', 'is not', null).execute()).toEqual([]);
    await store.close();
  });
});
