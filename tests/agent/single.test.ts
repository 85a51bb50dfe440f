import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAgent } from '../../src/amphora/agent/create-agent.ts';
import type { Agent } from '../../src/amphora/agent/agent.ts';
import { run } from '../../src/lib/run.ts';
import { clientOf, emptyTheWorld, makeCertificates, makeRoot, makeScratch } from './harness/world.ts';
import type { Call, Certificates, Scratch } from './harness/world.ts';

const AMPHORA = '8d4a8f2e-0c56-4f0e-9f0f-2a5d1c3b7e90';
const LB = '11111111-0000-4000-8000-000000000001';
const LISTENER = 'b6f2a1d4-3c5e-4a7b-8d9f-0e1f2a3b4c5d';
const POOL = 'c0ffee00-1111-4222-8333-444455556666';
const NETNS = `octavia-${AMPHORA}`;
const MAC = 'fa:16:3e:00:00:11';

let scratch: Scratch;
let certificates: Certificates;
let agent: Agent;
let call: Call;

const root = (): string => join(scratch.directory, 'a-directory-whose-name-is-long-enough-to-break-socket-addresses-of-108-bytes', AMPHORA);

function config(members: readonly string[], extra = ''): string {
  return `# Configuration for loadbalancer ${LB}
global
    daemon
    user nobody
    group nogroup
    log /run/rsyslog/octavia/log local0
    stats socket /var/lib/octavia/${LB}.sock mode 0666 level user
    server-state-file /var/lib/octavia/${LB}/servers-state
    maxconn 50000
defaults
    log global
    retries 3
    timeout connect 5s
    timeout client 50s
    timeout server 50s
    option splice-request
    option splice-response
${extra}
frontend ${LISTENER}
    bind 10.9.0.9:80
    mode http
    default_backend ${POOL}:${LISTENER}
backend ${POOL}:${LISTENER}
    mode http
    balance roundrobin
    load-server-state-from-file global
${members.map((address, index) => `    server deadbeef-0000-4000-8000-00000000000${index} ${address} weight 1 check inter 1s fall 1 rise 1`).join('\n')}
`;
}

async function startAgent(): Promise<void> {
  agent = await createAgent({ amphoraId: AMPHORA, root: root(), netns: NETNS, listen: { host: '127.0.0.1', port: 0 } });
  call = await clientOf(certificates, agent.address, AMPHORA);
}

const curl = (...args: string[]): Promise<string> => run('nsenter', ['--net=/run/netns/client', 'curl', '-s', '-m', '15', ...args]).then((result) => result.stdout, (error: Error) => `failed: ${error.message}`);
const masterPid = (): number => Number(readFileSync(join(root(), `var/lib/octavia/${LB}/${LB}.pid`), 'utf8'));

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come true');
    await sleep(20);
  }
}

beforeAll(async () => {
  scratch = await makeScratch();
  certificates = await makeCertificates(scratch.directory);
  await makeRoot(root(), certificates, { amphoraId: AMPHORA });
  // One bridge: the amphora, a client and two members.
  await run('sh', ['-ec', `
    ip netns add ${NETNS}; ip netns add client; ip netns add members
    ip link add bridge type bridge; ip link set bridge up
    ip link add hosta type veth peer name tap-whatever address ${MAC} netns ${NETNS}
    ip link add hostc type veth peer name eth0 netns client
    ip link add hostm type veth peer name eth0 netns members
    for link in hosta hostc hostm; do ip link set $link master bridge up; done
    printf 'link set lo up\\naddress add 10.9.0.50/24 dev eth0\\nlink set eth0 up\\n' | ip -n client -batch -
    printf 'link set lo up\\naddress add 10.9.0.31/24 dev eth0\\naddress add 10.9.0.32/24 dev eth0\\nlink set eth0 up\\n' | ip -n members -batch -
    ip -n ${NETNS} link set lo up
    nsenter --net=/run/netns/${NETNS} sh -c 'echo 1 > /proc/sys/net/ipv4/ip_nonlocal_bind'
    for n in 1 2; do
      mkdir -p ${scratch.directory}/www$n; echo server $n > ${scratch.directory}/www$n/index.html
      setsid nsenter --net=/run/netns/members python3 -m http.server --bind 10.9.0.3$n --directory ${scratch.directory}/www$n 8000 >/dev/null 2>&1 &
    done
  `]);
  await until(async () => (await curl('http://10.9.0.31:8000/')).includes('server 1') && (await curl('http://10.9.0.32:8000/')).includes('server 2'));
  await startAgent();
});

afterAll(async () => {
  await agent.close();
  await emptyTheWorld();
  await scratch.remove();
});

test('plugs the VIP, runs haproxy and serves through it', async () => {
  expect(await call('POST', '/1.0/plug/vip/10.9.0.9', { subnet_cidr: '10.9.0.0/24', gateway: '10.9.0.1', mac_address: 'fa:16:3e:ff:ff:ff' }))
    .toMatchObject({ status: 404, json: { details: 'No suitable network interface found' } });
  const body = { subnet_cidr: '10.9.0.0/24', gateway: '10.9.0.1', mac_address: MAC, mtu: 1450, vrrp_ip: '10.9.0.5', host_routes: [{ destination: '192.0.2.0/24', nexthop: '10.9.0.77' }] };
  expect(await call('POST', '/1.0/plug/vip/10.9.0.9', body)).toMatchObject({ status: 202, json: { message: 'OK', details: 'VIPs plugged on interface eth1: 10.9.0.9' } });
  expect((await call('POST', '/1.0/plug/vip/10.9.0.9', body)).status).toBe(409);
  expect(await call('GET', '/1.0/interface/10.9.0.5')).toMatchObject({ status: 200, json: { message: 'OK', interface: 'eth1' } });
  expect((await run('ip', ['-n', NETNS, 'rule', 'show'])).stdout).toContain('from 10.9.0.9 lookup 1');
  const table = (await run('ip', ['-n', NETNS, 'route', 'show', 'table', '1'])).stdout;
  expect(table).toContain('default via 10.9.0.1');
  expect(table).toContain('192.0.2.0/24 via 10.9.0.77');
  expect(table).toContain('10.9.0.0/24 dev eth1 proto static scope link src 10.9.0.9');

  const uploaded = await call('PUT', `/1.0/loadbalancer/${AMPHORA}/${LB}/haproxy`, config(['10.9.0.31:8000', '10.9.0.32:8000']));
  expect(uploaded).toMatchObject({ status: 202, json: { message: 'OK' } });
  expect(uploaded.headers['etag']).toMatch(/^[0-9a-f]{32}$/);
  const stored = await call('GET', `/1.0/loadbalancer/${LB}/haproxy`);
  expect(stored.body).not.toContain('group nogroup');
  expect(await call('PUT', `/1.0/loadbalancer/${LB}/start`)).toMatchObject({ status: 202 });
  const answers = await Promise.all(['', '', '', ''].map(() => curl('http://10.9.0.9/')));
  expect(new Set(answers.map((answer) => answer.trim()))).toEqual(new Set(['server 1', 'server 2']));
  expect((await call('GET', '/1.0/listeners')).json).toEqual([{ status: 'ACTIVE', uuid: LISTENER, type: 'HTTP' }]);
});

test('refuses a configuration that haproxy does not accept and keeps the old one', async () => {
  const before = await call('GET', `/1.0/loadbalancer/${LB}/haproxy`);
  const refused = await call('PUT', `/1.0/loadbalancer/${AMPHORA}/${LB}/haproxy`, config(['10.9.0.31:8000'], '    nonsense here'));
  expect(refused).toMatchObject({ status: 400, json: { message: 'Invalid request' } });
  expect(refused.body).toContain('nonsense');
  expect((await call('GET', `/1.0/loadbalancer/${LB}/haproxy`)).body).toBe(before.body);
});

test('changes members without a new process, other things with a hitless reload', async () => {
  const worker = async (): Promise<string> => (await run('pgrep', ['-P', String(masterPid())])).stdout;
  const before = await worker();
  await call('PUT', `/1.0/loadbalancer/${AMPHORA}/${LB}/haproxy`, config(['10.9.0.31:8000']));
  expect(await call('PUT', `/1.0/loadbalancer/${LB}/reload`)).toMatchObject({ status: 202, json: { details: `Listener ${LB} reloaded` } });
  expect(await worker()).toBe(before);
  expect(new Set(await Promise.all(['', '', ''].map(() => curl('http://10.9.0.9/'))))).toEqual(new Set(['server 1\n']));

  await call('PUT', `/1.0/loadbalancer/${AMPHORA}/${LB}/haproxy`, config(['10.9.0.31:8000', '10.9.0.32:8000'], '    option idle-close-on-response'));
  expect((await call('PUT', `/1.0/loadbalancer/${LB}/reload`)).status).toBe(202);
  await until(async () => (await worker()) !== before);
  expect(await curl('http://10.9.0.9/')).toMatch(/server [12]/);
});

test('no new connection fails while configurations are loaded', async () => {
  const over = join(scratch.directory, 'reloads-are-over');
  const client = run('nsenter', ['--net=/run/netns/client', 'sh', '-c', 'while [ ! -e "$1" ]; do curl -s -o /dev/null -m 15 http://10.9.0.9/ || echo failed; done', 'sh', over], { timeoutMs: 240_000 });
  for (let seconds = 41; seconds <= 60; seconds += 1) {
    await call('PUT', `/1.0/loadbalancer/${AMPHORA}/${LB}/haproxy`, config(['10.9.0.31:8000', '10.9.0.32:8000'], `    timeout http-request ${seconds}s`));
    expect((await call('PUT', `/1.0/loadbalancer/${LB}/reload`)).status).toBe(202);
  }
  writeFileSync(over, '');
  expect((await client).stdout).toBe('');
});

test('a configuration that passes the check but cannot run leaves the old one serving', async () => {
  const occupier = (await run('sh', ['-c', `nsenter --net=/run/netns/${NETNS} socat TCP-LISTEN:8181,bind=10.9.0.9,fork /dev/null >/dev/null 2>&1 & echo $!`])).stdout.trim();
  await until(async () => (await run('nsenter', [`--net=/run/netns/${NETNS}`, 'ss', '-ltn'])).stdout.includes(':8181'));
  const taken = config(['10.9.0.31:8000', '10.9.0.32:8000']).replace('bind 10.9.0.9:80', 'bind 10.9.0.9:80\n    bind 10.9.0.9:8181');
  expect((await call('PUT', `/1.0/loadbalancer/${AMPHORA}/${LB}/haproxy`, taken)).status).toBe(202);
  const answer = await call('PUT', `/1.0/loadbalancer/${LB}/reload`);
  expect(answer).toMatchObject({ status: 500, json: { message: 'Error reloading haproxy', details: expect.stringContaining('8181') } });
  expect(await curl('http://10.9.0.9/')).toMatch(/server [12]/);
  await run('kill', [occupier]);
  await call('PUT', `/1.0/loadbalancer/${AMPHORA}/${LB}/haproxy`, config(['10.9.0.31:8000', '10.9.0.32:8000']));
  expect((await call('PUT', `/1.0/loadbalancer/${LB}/reload`)).status).toBe(202);
});

test.each(['master', 'worker'])('haproxy is back at once when its %s is killed', async (which) => {
  const before = masterPid();
  process.kill(which === 'master' ? before : Number((await run('pgrep', ['-P', String(before)])).stdout), 'SIGKILL');
  await until(async () => (await curl('http://10.9.0.9/')).startsWith('server') && masterPid() !== before);
});

test('a new agent takes over what runs', async () => {
  const before = masterPid();
  await agent.close();
  expect(await curl('http://10.9.0.9/')).toMatch(/server [12]/);
  await startAgent();
  expect(masterPid()).toBe(before);
  expect((await call('GET', '/1.0/details')).json).toMatchObject({ haproxy_count: 1, listeners: [LISTENER] });
  expect((await call('PUT', `/1.0/loadbalancer/${LB}/reload`)).status).toBe(202);
  expect(masterPid()).toBe(before);
});

test('a supervisor that was killed is replaced by the next agent, without touching haproxy', async () => {
  const before = masterPid();
  const supervisor = Number(readFileSync(join(root(), `var/lib/octavia/services/haproxy-${LB}.supervisor`), 'utf8').split(' ')[0]);
  process.kill(supervisor, 'SIGKILL');
  await agent.close();
  await startAgent();
  expect(masterPid()).toBe(before);
  process.kill(before, 'SIGKILL');
  await until(async () => (await curl('http://10.9.0.9/')).startsWith('server') && masterPid() !== before);
});

test('an agent that ended between a new certificate and the reload does not forget to load it', async () => {
  const directory = `/var/lib/octavia/certs/${LB}`;
  const pemOf = async (name: string): Promise<string> => readFileSync(await certificates.server(name), 'utf8');
  const served = async (): Promise<string> => (await run('nsenter', ['--net=/run/netns/client', 'sh', '-c', 'openssl s_client -connect 10.9.0.9:443 </dev/null 2>/dev/null | openssl x509 -noout -subject'])).stdout.trim();
  await call('PUT', `/1.0/loadbalancer/${LB}/certificates/site.pem`, await pemOf('first'));
  await call('PUT', `/1.0/loadbalancer/${LB}/certificates/${LISTENER}.pem`, `${directory}/site.pem\n`);
  const tls = config(['10.9.0.31:8000', '10.9.0.32:8000']).replace('bind 10.9.0.9:80\n', `bind 10.9.0.9:80\n    bind 10.9.0.9:443 ssl crt-list ${directory}/${LISTENER}.pem\n`);
  await call('PUT', `/1.0/loadbalancer/${AMPHORA}/${LB}/haproxy`, tls);
  expect((await call('PUT', `/1.0/loadbalancer/${LB}/reload`)).status).toBe(202);
  expect(await served()).toBe('subject=CN = first');
  await call('PUT', `/1.0/loadbalancer/${LB}/certificates/site.pem`, await pemOf('second'));
  await agent.close();
  await startAgent();
  expect((await call('PUT', `/1.0/loadbalancer/${LB}/reload`)).status).toBe(202);
  expect(await served()).toBe('subject=CN = second');
  const workers = async (): Promise<string> => (await run('pgrep', ['-P', String(masterPid())])).stdout.trim();
  await until(async () => /^\d+$/.test(await workers()));
  const before = await workers();
  expect((await call('PUT', `/1.0/loadbalancer/${LB}/reload`)).status).toBe(202);
  expect(await workers(), 'nothing is new any more').toBe(before);
});

test('keys that nothing names any more leave with the next load, those of the next configuration stay', async () => {
  const certificate = (name: string): string => `/1.0/loadbalancer/${LB}/certificates/${name}.pem`;
  const pem = readFileSync(await certificates.server('other'), 'utf8');
  const loaded = (await call('GET', `/1.0/loadbalancer/${LB}/haproxy`)).body;
  await call('PUT', certificate('former'), pem);
  await call('PUT', `/1.0/loadbalancer/${AMPHORA}/${LB}/haproxy`, loaded.replace('bind 10.9.0.9:80\n', 'bind 10.9.0.9:80\n    bind 10.9.0.9:81\n'));
  await call('PUT', certificate('next'), pem);
  expect((await call('PUT', `/1.0/loadbalancer/${LB}/reload`)).status).toBe(202);
  expect(await Promise.all(['former', 'next', 'site', LISTENER].map(async (name) => (await call('GET', certificate(name))).status))).toEqual([404, 200, 200, 200]);
});

test('stop and delete end haproxy and take its files away', async () => {
  const before = masterPid();
  expect((await call('PUT', `/1.0/loadbalancer/${LB}/stop`)).status).toBe(202);
  // A shell may still have to hear of its end.
  await until(() => !existsSync(`/proc/${before}/exe`));
  expect(await call('DELETE', `/1.0/listeners/${LB}`)).toMatchObject({ status: 200, json: { message: 'OK' } });
  expect((await call('GET', `/1.0/loadbalancer/${LB}/haproxy`)).status).toBe(404);
  expect((await call('DELETE', `/1.0/listeners/${LB}`)).status).toBe(200);
});
