import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OctaviaError } from '../../lib/errors.ts';
import { amphoraNamespaces, killAmphora, namespaceOfAddress } from '../embedded/amphora-namespaces.ts';
import { CloudClient, pause } from '../embedded/cloud-client.ts';
import { startService, type RunningService } from '../embedded/start-service.ts';
import { get, startTraffic } from '../embedded/traffic.ts';

type Tell = (line: string) => void;

interface Stage {
  readonly client: CloudClient;
  readonly tell: Tell;
}

interface Built {
  readonly id: string;
  readonly vip: string;
}

/** Plays the walkthrough on a service of its own in `dataDir`, telling each step; throws when one does not hold. */
export async function playStory(dataDir: string, tell: Tell): Promise<void> {
  const configFile = join(dataDir, 'demo.conf');
  writeFileSync(configFile, '[controller_worker]\nloadbalancer_topology = ACTIVE_STANDBY\n');
  tell('$ octavia up');
  const service = await startService({ dataDir, configFile });
  tell(`  ready in ${service.readyMs.toFixed(0)} ms at ${service.url}`);
  try {
    const stage = { client: await CloudClient.signIn(dataDir), tell };
    await makeServers(stage);
    const built = await makeLoadBalancer(stage);
    await showBothServersAnswer(stage, built);
    await killTheActiveAmphora(stage, built);
    await deleteEverything(stage, built);
    tell('\nEverything held.');
  } catch (error) {
    tell(service.output());
    throw error;
  } finally {
    await endService(service);
  }
}

async function makeServers({ client, tell }: Stage): Promise<void> {
  tell('$ openstack network create web; openstack subnet create --network web --subnet-range 10.0.10.0/24 websub');
  const network = await client.create('/network/v2.0/networks', 'network', { name: 'web' });
  await client.create('/network/v2.0/subnets', 'subnet', { name: 'websub', network_id: network.id, ip_version: 4, cidr: '10.0.10.0/24' });
  for (const [name, address] of [['web1', '10.0.10.11'], ['web2', '10.0.10.12']]) {
    tell(`$ octavia server create ${name} --network web --address ${address}`);
    await client.create('/octavia-embedded/v1/servers', 'server', { name, network: 'web', address });
  }
}

async function makeLoadBalancer({ client, tell }: Stage): Promise<Built> {
  const [subnet] = await client.list('/network/v2.0/subnets?name=websub', 'subnets');
  const startedAt = performance.now();
  tell('$ openstack loadbalancer create --name lb1 --vip-subnet-id websub        (topology ACTIVE_STANDBY)');
  const created = await client.create('/v2/lbaas/loadbalancers', 'loadbalancer', { name: 'lb1', vip_subnet_id: subnet?.['id'] });
  await client.waitActive(created.id);
  tell(`  ACTIVE after ${elapsed(startedAt)} with ${(await amphoraNamespaces()).length} amphorae`);
  const listener = await step(client, created.id, tell, 'listener create --name listener1 --protocol HTTP --protocol-port 80 lb1', '/v2/lbaas/listeners', 'listener',
    { name: 'listener1', protocol: 'HTTP', protocol_port: 80, loadbalancer_id: created.id });
  const pool = await step(client, created.id, tell, 'pool create --name pool1 --lb-algorithm ROUND_ROBIN --listener listener1 --protocol HTTP', '/v2/lbaas/pools', 'pool',
    { name: 'pool1', lb_algorithm: 'ROUND_ROBIN', listener_id: listener, protocol: 'HTTP' });
  await step(client, created.id, tell, 'healthmonitor create --delay 1 --max-retries 2 --timeout 1 --type HTTP --url-path / pool1', '/v2/lbaas/healthmonitors', 'healthmonitor',
    { delay: 1, max_retries: 2, timeout: 1, type: 'HTTP', url_path: '/', pool_id: pool });
  for (const address of ['10.0.10.11', '10.0.10.12']) {
    await step(client, created.id, tell, `member create --subnet-id websub --address ${address} --protocol-port 80 pool1`, `/v2/lbaas/pools/${pool}/members`, 'member',
      { address, protocol_port: 80, subnet_id: subnet?.['id'] });
  }
  const shown = await client.show(`/v2/lbaas/loadbalancers/${created.id}`, 'loadbalancer');
  return { id: created.id, vip: String(shown['vip_address']) };
}

async function step(client: CloudClient, loadBalancerId: string, tell: Tell, command: string, path: string, root: string, fields: Record<string, unknown>): Promise<string> {
  const startedAt = performance.now();
  const created = await client.create(path, root, fields);
  await client.waitActive(loadBalancerId);
  tell(`$ openstack loadbalancer ${command}\n  ACTIVE after ${elapsed(startedAt)}`);
  return created.id;
}

async function showBothServersAnswer({ tell }: Stage, { vip }: Built): Promise<void> {
  const url = `http://${vip}/`;
  await until('the virtual address answers', 15_000, () => get(url, 1_000).then(() => true, () => false));
  const answers: string[] = [];
  for (let count = 0; count < 6; count += 1) answers.push(await get(url, 2_000));
  tell(`$ curl ${url}        (six times)\n  ${answers.join(' | ')}`);
  must(answers.some((text) => text.includes('web1')) && answers.some((text) => text.includes('web2')), 'Both web servers answer through the virtual address');
}

async function killTheActiveAmphora({ client, tell }: Stage, { id, vip }: Built): Promise<void> {
  const active = await namespaceOfAddress(vip);
  if (active === null) throw new OctaviaError('demo-failed', `No amphora carries ${vip}.`);
  const traffic = startTraffic(`http://${vip}/`, { everyMs: 5, timeoutMs: 1_000 });
  await pause(500);
  traffic.reset();
  tell(`$ kill -9 of everything in the active amphora, and its network with it (${active})`);
  await killAmphora(active);
  await until('the other amphora answers', 15_000, () => Promise.resolve(traffic.report().answers.size > 0));
  await pause(1_500);
  const report = await traffic.stop();
  tell(`  longest gap a client saw: ${report.longestGapMs.toFixed(0)} ms, then ${[...report.answers.keys()].sort().join(' and ')} answer again (${report.requests} requests, ${report.failures} failed)`);
  must(report.answers.size === 2, 'Both web servers answer again after the takeover');
  const startedAt = performance.now();
  await until('the lost amphora has been replaced', 60_000, async () => {
    const amphorae = await client.list(`/v2/octavia/amphorae?loadbalancer_id=${id}`, 'amphorae');
    const serving = amphorae.filter((amphora) => amphora['status'] === 'ALLOCATED');
    return serving.length === 2 && !serving.some((amphora) => active.endsWith(String(amphora['id'])));
  });
  await client.waitActive(id, 60_000);
  tell(`  replaced by a new amphora, unasked, after another ${elapsed(startedAt)}; load balancer ACTIVE`);
}

async function deleteEverything({ client, tell }: Stage, { id }: Built): Promise<void> {
  const startedAt = performance.now();
  await client.request('DELETE', `/v2/lbaas/loadbalancers/${id}?cascade=true`);
  await client.waitGone(id);
  await until('the namespaces of the amphorae are gone', 10_000, async () => (await amphoraNamespaces()).length === 0);
  tell(`$ openstack loadbalancer delete --cascade lb1\n  gone after ${elapsed(startedAt)}, no amphora left`);
  for (const name of ['web1', 'web2']) await client.request('DELETE', `/octavia-embedded/v1/servers/${name}`);
}

async function endService(service: RunningService): Promise<void> {
  await service.stop('SIGINT');
}

async function until(what: string, timeoutMs: number, holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await holds()); await pause(20)) {
    if (Date.now() > deadline) throw new OctaviaError('demo-failed', `Waited ${timeoutMs / 1000} s in vain: ${what}.`);
  }
}

function must(holds: boolean, claim: string): void {
  if (!holds) throw new OctaviaError('demo-failed', `This is not so: ${claim}.`);
}

function elapsed(startedAt: number): string {
  return `${(performance.now() - startedAt).toFixed(0)} ms`;
}
