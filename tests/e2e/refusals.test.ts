import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloudClient, RequestRefused } from '../../src/processes/embedded/cloud-client.ts';
import { startService, type RunningService } from '../../src/processes/embedded/start-service.ts';
import { projectRoot } from '../../src/processes/project.ts';

let dataDir: string;
let service: RunningService;
let client: CloudClient;
let subnetId: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'octavia-refusals-'));
  service = await startService({ dataDir });
  client = await CloudClient.signIn(dataDir);
  const network = await client.create('/network/v2.0/networks', 'network', { name: 'tiny', shared: true });
  const subnet = await client.create('/network/v2.0/subnets', 'subnet', { name: 'tinysub', network_id: network.id, ip_version: 4, cidr: '10.0.20.0/29', allocation_pools: [{ start: '10.0.20.2', end: '10.0.20.3' }] });
  subnetId = subnet.id;
});

afterAll(async () => {
  await service?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function refusal(work: Promise<unknown>): Promise<{ status: number; text: string }> {
  const error = await work.then(() => null, (thrown: unknown) => thrown);
  if (!(error instanceof RequestRefused)) throw new Error(`was not refused: ${String(error)}`);
  return { status: error.status, text: typeof error.body === 'string' ? error.body : JSON.stringify(error.body) };
}

async function upFails(args: readonly string[], user?: string): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), 'octavia-fails-'));
  const command = [process.execPath, join(projectRoot, 'src/processes/main.ts'), 'up', '--data-dir', join(scratch, 'data'), ...args];
  const [program = '', ...rest] = user === undefined ? command : ['setpriv', `--reuid=${user}`, '--clear-groups', ...command];
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
      let printed = '';
      child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      child.on('error', reject);
      child.on('close', (code) => (code === 0 ? reject(new Error(`ended well: ${printed}`)) : resolve(printed.trim())));
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

describe('bad input is refused with a clear fault and nothing is written', () => {
  const loadBalancers = '/v2/lbaas/loadbalancers';

  it.each([
    ['unknown attribute', { loadbalancer: { vip_subnet_id: 'SUBNET', colour: 'red' } }, 400, /Unknown attribute for argument load_balancer\.loadbalancer: colour/],
    ['wrong type', { loadbalancer: { vip_subnet_id: 'SUBNET', admin_state_up: { a: 1 } } }, 400, /Invalid input for field\/attribute admin_state_up/],
    ['name too long', { loadbalancer: { vip_subnet_id: 'SUBNET', name: 'x'.repeat(256) } }, 400, /Invalid input for field\/attribute name/],
    ['not a uuid', { loadbalancer: { vip_subnet_id: 'nonsense' } }, 400, /Invalid input for field\/attribute vip_subnet_id/],
    ['no VIP at all', { loadbalancer: { name: 'x' } }, 400, /VIP must contain one of: vip_port_id, vip_network_id, vip_subnet_id/],
    ['unknown subnet', { loadbalancer: { vip_subnet_id: '11111111-1111-4111-8111-111111111111' } }, 400, /11111111-1111-4111-8111-111111111111/],
    ['missing root', { lb: {} }, 400, /./],
  ])('%s', async (_name, body, status, text) => {
    const sent = JSON.parse(JSON.stringify(body).replace('SUBNET', subnetId)) as unknown;
    const seen = await refusal(client.request('POST', loadBalancers, sent));
    expect(seen.status).toBe(status);
    expect(seen.text).toMatch(text);
    expect(await client.list(loadBalancers, 'loadbalancers')).toEqual([]);
  });

  it('broken JSON', async () => {
    const response = await fetch(`${service.url}${loadBalancers}`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-auth-token': 'none' }, body: '{"loadbalancer": ' });
    expect([400, 401]).toContain(response.status);
  });

  it('no token', async () => {
    const response = await fetch(`${service.url}${loadBalancers}`);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Keystone uri=/);
  });

  it('unknown ids are 404 with the name of the resource', async () => {
    const seen = await refusal(client.request('GET', `${loadBalancers}/11111111-1111-4111-8111-111111111111`));
    expect(seen).toEqual({ status: 404, text: expect.stringContaining('Load Balancer 11111111-1111-4111-8111-111111111111 not found.') });
  });

  it('a secret of another project, unless it is shared with the user', async () => {
    const [owner, guest] = [await CloudClient.signIn(dataDir, 'openrc-member'), await CloudClient.signIn(dataDir, 'openrc-other-member')];
    const store = async (payload: string): Promise<string> => String((await owner.request('POST', '/key-manager/v1/secrets', { payload }))['secret_ref']);
    const [own, shared] = [await store('no certificate'), await store('no certificate')];
    const other = (await client.list('/identity/v3/users', 'users')).find(({ name }) => name === 'other-member');
    await owner.request('PUT', `${new URL(shared).pathname}/acl`, { read: { users: [other?.id] } });
    const use = (user: CloudClient, ref: string) => {
      const pool = { name: 'p', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', tls_enabled: true, ca_tls_container_ref: ref };
      return refusal(user.request('POST', loadBalancers, { loadbalancer: { vip_subnet_id: subnetId, pools: [pool] } }));
    };
    // Whoever may read them learns what is wrong with their content.
    const isRead = { status: 400, text: expect.stringContaining('must be a valid x509 PEM format certificate') as string };
    expect(await use(owner, own)).toEqual(isRead);
    expect(await use(guest, own)).toEqual({ status: 400, text: expect.stringContaining('Could not retrieve certificate: [') as string });
    expect(await use(guest, shared)).toEqual(isRead);
  });

  it('a full subnet and a port in use', async () => {
    const first = await client.create(loadBalancers, 'loadbalancer', { vip_subnet_id: subnetId, name: 'first' });
    await client.waitActive(first.id);
    const listener = { loadbalancer_id: first.id, protocol: 'HTTP', protocol_port: 80 };
    await client.create('/v2/lbaas/listeners', 'listener', listener);
    await client.waitActive(first.id);
    expect(await refusal(client.create('/v2/lbaas/listeners', 'listener', listener))).toEqual({
      status: 409,
      text: expect.stringContaining('Another Listener on this Load Balancer is already using protocol HTTP and protocol_port 80'),
    });
    const full = await refusal(client.create(loadBalancers, 'loadbalancer', { vip_subnet_id: subnetId, name: 'second' }));
    expect(full).toEqual({ status: 409, text: expect.stringContaining(`The VIP IP address is already in use: No more IP addresses available on subnet ${subnetId}.`) as string });
    const outside = await refusal(client.create(loadBalancers, 'loadbalancer', { vip_subnet_id: subnetId, vip_address: '192.0.2.1' }));
    expect(outside).toEqual({ status: 400, text: expect.stringContaining(`VIP address 192.0.2.1 does not belong to subnet ${subnetId} (10.0.20.0/29).`) as string });
    expect(await client.list(loadBalancers, 'loadbalancers')).toHaveLength(1);
    await client.request('DELETE', `${loadBalancers}/${first.id}?cascade=true`);
    await client.waitGone(first.id);
  });
});

describe('up says in one sentence why it cannot start', () => {
  it('without root', async () => {
    const said = await upFails([], '65534');
    expect(said.split('\n')).toHaveLength(1);
    expect(said).toMatch(/root/);
  });

  it('with its port taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(19_876, '127.0.0.1', resolve));
    try {
      const said = await upFails(['--listen', '127.0.0.1:19876']);
      expect(said.split('\n')).toHaveLength(1);
      expect(said).toMatch(/19876/);
    } finally {
      await new Promise((resolve) => taken.close(resolve));
    }
  });
});
