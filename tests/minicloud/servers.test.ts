import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { killHard } from '../../src/lib/kill.ts';
import { run } from '../../src/lib/run.ts';
import { RequestRefused } from '../../src/processes/embedded/cloud-client.ts';
import { startCloud, type RunningCloud } from './running-cloud.ts';

const servers = '/octavia-embedded/v1/servers';
let dataDir: string;
let cloud: RunningCloud;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'minicloud-servers-'));
  cloud = await startCloud(dataDir);
  const network = await cloud.client.create('/network/v2.0/networks', 'network', { name: 'web' });
  await cloud.client.create('/network/v2.0/subnets', 'subnet', { network_id: network.id, cidr: '10.0.10.0/24', ip_version: 4 });
  await cloud.client.create('/network/v2.0/subnets', 'subnet', { network_id: network.id, cidr: 'fd00:10::/64', ip_version: 6 });
});
afterAll(async () => {
  for (const server of await cloud.client.list(servers, 'servers')) await cloud.client.request('DELETE', `${servers}/${String(server['name'])}`);
  await cloud.stop('SIGTERM');
  rmSync(dataDir, { recursive: true });
});

async function said(url: string): Promise<string> {
  return (await (await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(3_000) })).text()).trim();
}

async function pidsIn(netns: string): Promise<string> {
  return (await run('ip', ['netns', 'pids', netns])).stdout.trim();
}

it('a server answers its name, its text or runs a command, on the address asked for and over IPv6', async () => {
  const web1 = await cloud.client.create(servers, 'server', { name: 'web1', network: 'web', address: '10.0.10.11' });
  expect(web1).toMatchObject({ address: '10.0.10.11', addresses: ['10.0.10.11'], status: 'ACTIVE' });
  const web2 = await cloud.client.create(servers, 'server', { name: 'web2', network: 'web', serve: 'two' });
  await cloud.client.create(servers, 'server', { name: 'sleeper', network: 'web', command: ['sleep', '1000'] });
  expect(await said('http://10.0.10.11/')).toBe('web1');
  for (const address of web2['addresses'] as string[]) expect(await said(`http://${address.includes(':') ? `[${address}]` : address}:8080/`)).toBe('two');
  expect(await pidsIn('server-sleeper')).toMatch(/^\d+$/);
  expect((await cloud.client.list(servers, 'servers')).map((server) => [server['name'], server['status']])).toEqual([['web1', 'ACTIVE'], ['web2', 'ACTIVE'], ['sleeper', 'ACTIVE']]);
  expect((await cloud.client.list('/compute/v2.1/servers/detail', 'servers')).map((server) => server['name'])).toEqual(['web1', 'web2', 'sleeper']);
});

it('a taken name, a taken address, an unknown network and a missing program are refused and leave nothing behind', async () => {
  const before = readdirSync('/run/netns');
  for (const fields of [{ name: 'web1', network: 'web' }, { name: 'x1', network: 'web', address: '10.0.10.11' }, { name: 'x2', network: 'nowhere' }, { name: 'x3', network: 'web', command: ['/no/such/program'] }]) {
    const outcome = await cloud.client.create(servers, 'server', fields).then(() => 'made', (error: unknown) => (error instanceof RequestRefused ? 'refused' : 'broken'));
    expect(outcome).toBe('refused');
  }
  expect(readdirSync('/run/netns')).toEqual(before);
});

it('servers outlive a killed cloud and are adopted, not restarted', async () => {
  const before = await pidsIn('server-web1');
  await cloud.stop('SIGKILL');
  expect(await said('http://10.0.10.11/')).toBe('web1');
  cloud = await startCloud(dataDir);
  expect(await pidsIn('server-web1')).toBe(before);
  expect(await said('http://10.0.10.11/')).toBe('web1');
});

it('after a reboot everything is made again', async () => {
  await cloud.stop('SIGTERM');
  for (const netns of readdirSync('/run/netns')) {
    for (const pid of (await pidsIn(netns)).split('\n').filter(Boolean)) killHard(Number(pid));
    await run('ip', ['netns', 'del', netns]);
  }
  const links = JSON.parse((await run('ip', ['-j', 'link'])).stdout) as { ifname: string }[];
  for (const { ifname } of links) if (/^(br|tap)/.test(ifname) && existsSync(`/sys/class/net/${ifname}`)) await run('ip', ['link', 'del', ifname]).catch(() => undefined);
  cloud = await startCloud(dataDir);
  expect(await said('http://10.0.10.11/')).toBe('web1');
  expect(await pidsIn('server-sleeper')).toMatch(/^\d+$/);
});

it('removing a server takes its process, namespace, interface and address away', async () => {
  await cloud.client.request('DELETE', `${servers}/web1`);
  expect(readdirSync('/run/netns')).not.toContain('server-web1');
  const again = await cloud.client.create(servers, 'server', { name: 'web1', network: 'web', address: '10.0.10.11', serve: 'new' });
  expect(again['status']).toBe('ACTIVE');
  expect(await said('http://10.0.10.11/')).toBe('new');
});
