import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/lib/run.ts';
import { until } from '../harness/until.ts';
import { forOpenStack, missingPackages } from '../services/available.ts';
import { openOpenStackWorld, type OpenStackWorld } from './world.ts';

const NOTHING = { ports: [], groups: [], servers: [], serverGroups: [] };

describe.skipIf(missingPackages(forOpenStack).length > 0)('load balancers on the real Keystone, Neutron, Nova, Glance and Barbican', () => {
  let stack: OpenStackWorld;
  beforeAll(async () => { stack = await openOpenStackWorld({ controller_worker: { loadbalancer_topology: 'ACTIVE_STANDBY' } }); }, 900_000);
  afterAll(() => stack?.stop(), 120_000);

  const create = async (fields: object): Promise<{ id: string; vip_address: string; vip_port_id: string }> =>
    (await stack.call('POST', '/lbaas/loadbalancers', { loadbalancer: fields }))['loadbalancer'] as { id: string; vip_address: string; vip_port_id: string };
  const gone = (id: string) => until(`nothing is left of ${id}`, async () => JSON.stringify(await stack.leftovers()) === JSON.stringify(NOTHING), 60_000).catch(async () => expect(await stack.leftovers()).toEqual(NOTHING));
  const remove = async (id: string) => {
    await stack.call('DELETE', `/lbaas/loadbalancers/${id}?cascade=true`);
    await stack.settled(id, 'DELETED');
    await gone(id);
  };
  const curl = async (address: string): Promise<string> => (await run('ip', ['netns', 'exec', 'client', 'curl', '-s', '-m', '3', '-o', '/dev/null', '-w', '%{http_code}', `http://${address}/`])).stdout;

  it('a pair comes up in two regions on different hosts, serves through member networks, survives a failover and leaves nothing', async () => {
    const { objects } = stack.cloud;
    const { id, vip_address: vip } = await create({ name: 'pair', vip_subnet_id: objects.vipSubnet });
    expect(await stack.settled(id, 'ACTIVE', 'ERROR'), stack.workerLog().slice(-3000)).toBe('ACTIVE');
    expect(stack.amphorae.failures).toEqual([]);

    await stack.amphorae.addHost('client', objects.vipNetwork, '10.10.0.250/24');
    const listener = (await stack.call('POST', '/lbaas/listeners', { listener: { loadbalancer_id: id, protocol: 'HTTP', protocol_port: 80, allowed_cidrs: ['10.10.0.0/24'] } }))['listener'] as { id: string };
    await stack.settled(id, 'ACTIVE', 'ERROR');
    const pool = (await stack.call('POST', '/lbaas/pools', { pool: { listener_id: listener.id, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' } }))['pool'] as { id: string };
    await stack.settled(id, 'ACTIVE', 'ERROR');
    await stack.amphorae.addHost('member', objects.memberNetwork, '10.20.0.250/24');
    await run('sh', ['-c', 'ip netns exec member python3 -m http.server 80 >/dev/null 2>&1 &']);
    await stack.call('POST', `/lbaas/pools/${pool.id}/members`, { member: { address: '10.20.0.250', protocol_port: 80, subnet_id: objects.memberSubnet } });
    expect(await stack.settled(id, 'ACTIVE', 'ERROR')).toBe('ACTIVE');
    await until('the VIP answers', async () => (await curl(vip)) === '200', 40_000);

    const servers = (await stack.leftovers())['servers'];
    expect(servers).toHaveLength(2);
    const rest = await asAdmin('GET', `/octavia/amphorae?loadbalancer_id=${id}`);
    const backup = (rest['amphorae'] as { id: string; role: string }[]).find(({ role }) => role === 'BACKUP');
    await asAdmin('PUT', `/octavia/amphorae/${backup?.id}/failover`);
    await until('the failover has begun', async () => !(await isActive(id)), 20_000);
    expect(await stack.settled(id, 'ACTIVE', 'ERROR'), stack.workerLog().slice(-3000)).toBe('ACTIVE');
    await until('the VIP answers after the failover', async () => (await curl(vip)) === '200', 40_000);
    await remove(id);
  }, 600_000);

  const asAdmin = async (method: string, path: string): Promise<Record<string, unknown>> => {
    const response = await fetch(`${stack.apiUrl}/v2.0${path}`, { method, headers: { 'x-auth-token': await stack.keystone.token('admin') } });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
  const isActive = async (id: string) => ((await stack.call('GET', `/lbaas/loadbalancers/${id}`))['loadbalancer'] as { provisioning_status: string }).provisioning_status === 'ACTIVE';
});
