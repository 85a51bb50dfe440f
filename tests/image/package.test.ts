import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/lib/run.ts';
import { buildAgent } from '../../src/processes/image/build-agent.ts';
import { packageAgent } from '../../src/processes/image/agent-package.ts';
import { clientOf, emptyTheWorld, makeCertificates, makeRoot, makeScratch } from '../agent/harness/world.ts';
import type { Call, Certificates, Scratch } from '../agent/harness/world.ts';
import { until } from '../harness/until.ts';

const AMPHORA = '8d4a8f2e-0c56-4f0e-9f0f-2a5d1c3b7e90';
const LB = '11111111-0000-4000-8000-000000000001';
const MAC = 'fa:16:3e:00:00:11';
const MEMBER_MAC = 'fa:16:3e:00:00:12';

let scratch: Scratch;
let certificates: Certificates;
let agent: ChildProcess | null = null;
let call: Call;
const at = (path: string): string => join(scratch.directory, path);

beforeAll(async () => {
  scratch = await makeScratch();
  certificates = await makeCertificates(scratch.directory);
  await buildAgent(at('package'));
});

afterAll(async () => {
  agent?.kill('SIGKILL');
  await emptyTheWorld();
  await scratch.remove();
});

test('the package holds everything: its agent starts far from the sources and serves through real haproxy', async () => {
  // The private world has mounts of its own: these directories of the machine are not touched.
  await run('sh', ['-ec', 'for d in /etc/octavia /var/lib/octavia /opt; do mkdir -p $d; mount -t tmpfs t $d; done; mkdir -p /run/rsyslog/octavia']);
  await makeRoot('/', certificates, { amphoraId: AMPHORA });
  await cp(at('package'), '/opt/agent', { recursive: true });
  await run('sh', ['-ec', `ip netns add client; ip link add vip address ${MAC} type veth peer name eth0 netns client; ip -n client address add 10.9.0.5/24 dev eth0; ip -n client link set eth0 up`]);
  agent = spawn('taskset', ['--cpu-list', '0', '/opt/agent/amphora-agent', '--config-file', '/etc/octavia/amphora-agent.conf'], { stdio: ['ignore', 'ignore', 'inherit'], cwd: '/' });
  call = await clientOf(certificates, { host: '127.0.0.1', port: 9443 }, AMPHORA);
  await until('the agent answers', async () => (await call('GET', '/').catch(() => null))?.status === 200, 60_000);
  await call('PUT', `/1.0/loadbalancer/${AMPHORA}/${LB}/haproxy`, `global\n    daemon\n    stats socket /var/lib/octavia/${LB}.sock mode 0666 level user\n    maxconn 1000\ndefaults\n    timeout connect 5s\n    timeout client 5s\n    timeout server 5s\nfrontend f\n    bind 10.9.0.9:80\n    mode http\n    http-request return status 200 content-type text/plain string served\n`);
  // The card is in the machine: the agent takes it into the namespace of load balancers by its MAC address.
  expect(await call('POST', '/1.0/plug/vip/10.9.0.9', { subnet_cidr: '10.9.0.0/24', gateway: '10.9.0.1', mac_address: MAC, vrrp_ip: '10.9.0.8' })).toMatchObject({ status: 202 });
  expect(await call('PUT', `/1.0/loadbalancer/${LB}/start`)).toMatchObject({ status: 202 });
  const answer = await run('nsenter', ['--net=/run/netns/client', 'curl', '-s', '-m', '10', 'http://10.9.0.9/']);
  expect(answer.stdout).toBe('served');
  expect((await run('ip', ['-n', 'amphora-haproxy', '-br', 'address', 'show', 'eth1'])).stdout).toMatch(/10\.9\.0\.9\/32/);
});

const inNamespace = async (...command: string[]): Promise<string> => (await run('nsenter', ['--net=/run/netns/amphora-haproxy', ...command])).stdout;
const ask = async (): Promise<string> => (await run('nsenter', ['--net=/run/netns/client', 'curl', '-s', '-m', '10', 'http://10.9.0.9/'])).stdout;

test('PING monitors work for children of haproxy, who have no privileges', async () => {
  const look = (address: string): Promise<unknown> => run('nsenter', ['--net=/run/netns/amphora-haproxy', 'setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs', 'env', '-i', `HAPROXY_SERVER_ADDR=${address}`, 'sh', '/var/lib/octavia/ping-wrapper.sh'])
    .then(() => 'up', () => 'down');
  expect([await look('10.9.0.5'), await look('10.9.0.77')]).toEqual(['up', 'down']);
  expect(await readFile(new URL('../../deploy/amphora-image/overlay/etc/sysctl.d/60-octavia.conf', import.meta.url), 'utf8')).toMatch(/^net\.ipv4\.ping_group_range = 0 2147483647$/m);
});

test('all processors of the machine are told, whatever share of them the agent has', async () => {
  const { json } = await call('GET', '/1.0/details');
  expect(json).toMatchObject({ cpu_count: cpus().length });
});

test('members behind an SR-IOV card leave a VIP on a usual one open', async () => {
  await run('sh', ['-ec', `ip netns add member; ip link add member address ${MEMBER_MAC} type veth peer name eth0 netns member; ip -n member link set eth0 up`]);
  expect(await call('POST', '/1.0/plug/network', { mac_address: MEMBER_MAC, fixed_ips: [{ ip_address: '10.9.1.2', subnet_cidr: '10.9.1.0/24', host_routes: [] }], is_sriov: true })).toMatchObject({ status: 202 });
  expect(await inNamespace('ip', '-br', 'address', 'show', 'eth2')).toContain('10.9.1.2/24');
  expect(await inNamespace('nft', 'list', 'ruleset')).not.toContain('amphora_table');
  expect(await ask()).toBe('served');
});

test('the agent ends on SIGTERM and leaves haproxy serving', async () => {
  const ended = new Promise<number | null>((resolve) => agent?.on('exit', (code) => resolve(code)));
  agent?.kill('SIGTERM');
  expect(await ended).toBe(0);
  agent = null;
  expect((await run('nsenter', ['--net=/run/netns/client', 'curl', '-s', '-m', '10', 'http://10.9.0.9/'])).stdout).toBe('served');
});

test('keepalived\'s check says what an SCTP port says', async () => {
  const check = (...args: string[]): Promise<unknown> => run('/opt/agent/amphora-agent', ['health-checker', ...args]).then(() => 0, (error: { exitCode: number }) => error.exitCode);
  expect(await check('sctp', '-t', '1', '127.0.0.1', '9')).toBe(2);
  expect(await check('http', '127.0.0.1')).toBe(3);
});

test('installed where the Python agent was, ours takes its place, leaves its files alone and gives it back', async () => {
  const root = at('amphora');
  const file = (path: string): Promise<string> => readFile(join(root, path), 'utf8');
  for (const [path, text] of [
    ['etc/systemd/system/amphora-agent.service', '[Service]\nExecStart=/usr/local/bin/amphora-agent --config-file /etc/octavia/amphora-agent.conf\n[Install]\nWantedBy=multi-user.target\n'],
    ['etc/systemd/system/amphora-netns.service', '[Service]\nExecStart=/usr/local/bin/amphora-netns\n[Install]\nWantedBy=multi-user.target\n'],
    ['etc/octavia/amphora-agent.conf', '[amphora_agent]\n'],
    ['etc/rsyslog.d/55-octavia-socket.conf', 'input(type="imuxsock" Socket="/run/rsyslog/octavia/log")\n'],
    ['usr/local/bin/lvs-masquerade.sh', '#!/bin/bash\n'],
  ] as const) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const install = (...args: string[]) => run(at('package/install.sh'), args, { env: { DESTDIR: root } });
  await install();
  // Twice is once.
  await install();
  expect(await file('etc/systemd/system/amphora-agent.service')).toContain('ExecStart=/usr/lib/octavia-amphora-agent/amphora-agent ');
  expect(await file('etc/systemd/system/amphora-netns.service')).toContain('/usr/local/bin/amphora-netns');
  expect(await file('etc/octavia/amphora-agent.conf')).toBe('[amphora_agent]\n');
  expect(await file('usr/local/bin/lvs-masquerade.sh')).toBe('#!/bin/bash\n');
  expect(await readdir(join(root, 'etc/systemd/system/multi-user.target.wants'))).toEqual(expect.arrayContaining(['amphora-agent.service']));
  expect(existsSync(join(root, 'usr/lib/octavia-amphora-agent/node'))).toBe(true);
  await install('--remove');
  expect(await file('etc/systemd/system/amphora-agent.service')).toContain('/usr/local/bin/amphora-agent');
});

test.each(['agent.deb', 'agent.tar.gz'])('%s has the agent, and the same sources give the same bytes', async (name) => {
  const digest = async (path: string): Promise<string> => createHash('sha256').update(await readFile(path)).digest('hex');
  await packageAgent({ output: at(`one/${name}`) });
  await packageAgent({ output: at(`two/${name}`) });
  expect(await digest(at(`one/${name}`))).toBe(await digest(at(`two/${name}`)));
  const listing = name.endsWith('.deb') ? await run('dpkg-deb', ['--contents', at(`one/${name}`)]) : await run('tar', ['-tvf', at(`one/${name}`)]);
  for (const part of ['agent.mjs', 'node', 'install.sh', 'systemd/amphora-agent.service']) expect(listing.stdout).toMatch(new RegExp(`octavia-amphora-agent/${part}$`, 'm'));
});

test('masquerading is added and taken away per interface', async () => {
  const script = (...args: string[]) => run('nsenter', ['--net=/run/netns/amphora-haproxy', '/opt/agent/lvs-masquerade.sh', ...args]);
  const rules = async (): Promise<string> => (await run('nsenter', ['--net=/run/netns/amphora-haproxy', 'nft', 'list', 'ruleset'])).stdout;
  for (const family of ['ipv4', 'ipv6']) for (const name of ['eth1', 'eth2', 'eth2']) await script('add', family, name);
  expect((await rules()).match(/oifname "eth2".*masquerade/g)).toHaveLength(4);
  await script('delete', 'ipv4', 'eth2');
  await script('delete', 'ipv4', 'eth2');
  expect((await rules()).match(/oifname "eth2".*masquerade/g)).toHaveLength(2);
  expect((await rules()).match(/oifname "eth1".*masquerade/g)).toHaveLength(4);
  await expect(script('add', 'ipv5', 'eth1')).rejects.toThrow();
});

test('connections of TCP stay out of the table of connections, but on SR-IOV cards', async () => {
  const script = (...args: string[]) => inNamespace('/opt/agent/lvs-masquerade.sh', ...args);
  const tracked = async (): Promise<number> => {
    // The last packets of former connections count under the rules that they find.
    await inNamespace('sh', '-c', 'conntrack -F 2>/dev/null');
    expect(await ask()).toBe('served');
    return Number(await inNamespace('sh', '-c', 'conntrack -L -p tcp 2>/dev/null | wc -l'));
  };
  await script('delete', 'ipv4', 'eth1');
  await script('add', 'ipv4', 'eth1', 'sriov');
  expect(await tracked()).toBeGreaterThan(0);
  await script('add', 'ipv4', 'eth1');
  expect(await tracked()).toBe(0);
  await script('delete', 'ipv4', 'eth1');
  expect(await inNamespace('nft', 'list', 'ruleset')).not.toContain('ip-tcp-in-eth1');
});

test('the unit of the namespace gives the machine a table of connections as big as the original\'s', async () => {
  const stub = at('sysctl');
  await writeFile(stub, `#!/bin/sh\necho "$@" >>${at('settings')}\n`, { mode: 0o755 });
  await run('sh', ['-ec', `at=$(readlink -f "$(command -v sysctl)"); mount --bind ${stub} "$at"; /opt/agent/amphora-netns; umount "$at"`]);
  expect((await readFile(at('settings'), 'utf8')).trim().split('\n')).toEqual([
    ...['buckets=125000', 'max=125000', 'expect_max=488'].map((setting) => `-q -w net.netfilter.nf_conntrack_${setting}`), '--system',
  ]);
});
