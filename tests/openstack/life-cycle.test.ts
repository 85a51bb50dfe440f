import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/lib/run.ts';
import { until } from '../harness/until.ts';
import { forOpenStack, missingPackages } from '../services/available.ts';
import { openOpenStackWorld, type OpenStackWorld } from './world.ts';

describe.skipIf(missingPackages(forOpenStack).length > 0)('load balancers on the real Keystone, Neutron, Nova, Glance and Barbican', () => {
  let stack: OpenStackWorld;
  beforeAll(async () => {
    stack = await openOpenStackWorld({ controller_worker: { loadbalancer_topology: 'ACTIVE_STANDBY' } });
    const { objects } = stack.cloud;
    await stack.amphorae.addHost('client', objects.vipNetwork, '10.10.0.250/24');
    await stack.amphorae.addHost('member', objects.memberNetwork, '10.20.0.250/24');
    await run('sh', ['-c', 'ip netns exec member python3 -m http.server 80 >/dev/null 2>&1 &']);
  }, 900_000);
  afterAll(() => stack?.stop(), 120_000);

  const active = async (id: string) => expect(await stack.settled(id, 'ACTIVE', 'ERROR'), stack.workerLog().slice(-3000)).toBe('ACTIVE');
  const statusAt = async (url: string): Promise<string> =>
    (await run('sh', ['-c', 'ip netns exec client curl -sk -m 3 -o /dev/null -w "%{http_code}" "$1" || true', 'sh', url])).stdout;
  const answers = (url: string, status: string) => until(`${url} answers ${status}`, async () => (await statusAt(url)) === status, 40_000);
  /** What was asked of the services since `from`, without the numbers. */
  const asked = (from: number) => stack.cloud.proxy.calls.slice(from).map(({ service, method, path }) => `${service} ${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '*')}`);
  /** At servers that are being built: how many there are is up to the hypervisor. */
  const isLook = (call: string) => /^nova GET \/v2.1\/servers[/?]/.test(call);
  const makeOf = async (path: string, key: string, fields: object): Promise<string> => ((await stack.call('POST', path, { [key]: fields }))[key] as { id: string }).id;

  it('a pair comes up in two regions on different hosts, serves members on another network over HTTP and HTTPS, survives a failover and leaves nothing', async () => {
    const { objects, proxy } = stack.cloud;
    const { id, vip_address: vip } = await stack.create({ name: 'pair', vip_subnet_id: objects.vipSubnet });
    await active(id);
    // Looks at a server that boots are repeated, as often as it takes; nothing else is.
    const calls = asked(0).filter((call) => !isLook(call));
    expect(calls.length, calls.join('\n')).toBeLessThanOrEqual(20);
    const orders = proxy.calls.filter(({ method, path }) => method === 'POST' && path === '/v2.1/servers').map(({ body }) => (body as { server: { name: string; networks: object[] } }).server);
    const patterns = proxy.calls.filter(({ path }) => path.startsWith('/v2.1/servers?')).map(({ path }) => new RegExp(new URLSearchParams(path.split('?')[1]).get('name') ?? ''));
    expect(patterns.some((pattern) => orders.every(({ name }) => pattern.test(name))), 'one look finds both servers').toBe(true);
    expect(orders.map(({ networks }) => networks)).toEqual([[{ uuid: objects.managementNetwork }, { port: expect.any(String) }], [{ uuid: objects.managementNetwork }, { port: expect.any(String) }]]);

    const listener = await makeOf('/lbaas/listeners', 'listener', { loadbalancer_id: id, protocol: 'HTTP', protocol_port: 80, allowed_cidrs: ['10.10.0.0/24'] });
    await active(id);
    const pool = await makeOf('/lbaas/pools', 'pool', { listener_id: listener, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' });
    await active(id);
    await makeOf(`/lbaas/pools/${pool}/members`, 'member', { address: '10.20.0.250', protocol_port: 80, subnet_id: objects.memberSubnet });
    await active(id);
    await answers(`http://${vip}/`, '200');

    await makeOf('/lbaas/listeners', 'listener', { loadbalancer_id: id, protocol: 'TERMINATED_HTTPS', protocol_port: 443, default_tls_container_ref: await storeCertificate(), default_pool_id: pool });
    await active(id);
    await answers(`https://${vip}/`, '200');

    const { amphorae } = (await stack.asAdmin('GET', `/octavia/amphorae?loadbalancer_id=${id}`)) as { amphorae: { id: string; role: string }[] };
    const backup = amphorae.find(({ role }) => role === 'BACKUP')?.id ?? '';
    const before = proxy.calls.length;
    await stack.asAdmin('PUT', `/octavia/amphorae/${backup}/failover`);
    await active(id);
    const { amphorae: after } = (await stack.asAdmin('GET', `/octavia/amphorae?loadbalancer_id=${id}&status=ALLOCATED`)) as { amphorae: { id: string }[] };
    expect(after).toHaveLength(2);
    expect(after.map((amphora) => amphora.id)).not.toContain(backup);
    expect(asked(before).filter((call) => !isLook(call)).length, asked(before).join('\n')).toBeLessThan(25);
    await answers(`http://${vip}/`, '200');
    // Nova deletes servers after it has answered.
    await until('the replaced server is gone', async () => (await stack.leftovers())['servers']?.length === 2, 60_000);
    expect(stack.amphorae.failures).toEqual([]);
    await stack.remove(id);
  }, 600_000);

  it('flavor, additional VIP and QoS policy reach Nova and Neutron; the user\'s own port stays his', async () => {
    const { objects, urls } = stack.cloud;
    const admin = await stack.keystone.token('admin');
    const neutron = async (method: string, path: string, body?: object, token = admin) => {
      const response = await fetch(`${urls.neutron}/v2.0${path}`, { method, headers: { 'x-auth-token': token, 'content-type': 'application/json' }, ...(body && { body: JSON.stringify(body) }) });
      const text = await response.text();
      return text === '' ? {} : (JSON.parse(text) as Record<string, Record<string, unknown>>);
    };
    const policy = String((await neutron('POST', '/qos/policies', { policy: { name: 'gold', shared: true } }))['policy']?.['id']);
    const flavorData = JSON.stringify({ loadbalancer_topology: 'SINGLE', compute_flavor: objects.flavor, amp_image_tag: 'amphora' });
    const profile = (await stack.asAdmin('POST', '/lbaas/flavorprofiles', { flavorprofile: { name: 'single', provider_name: 'amphora', flavor_data: flavorData } }))['flavorprofile'] as { id: string };
    const flavor = (await stack.asAdmin('POST', '/lbaas/flavors', { flavor: { name: 'single', flavor_profile_id: profile.id } }))['flavor'] as { id: string };
    await expect(stack.asAdmin('POST', '/lbaas/flavorprofiles', { flavorprofile: { name: 'x', provider_name: 'amphora', flavor_data: '{"compute_flavor": "nowhere"}' } })).rejects.toThrow(/nowhere/);

    const two = await stack.create({ vip_subnet_id: objects.vipSubnet, vip_qos_policy_id: policy, flavor_id: flavor.id, additional_vips: [{ subnet_id: objects.vipSubnet6 }] });
    await active(two.id);
    expect(two.additional_vips[0]?.ip_address).toMatch(/^fd10::/);
    const vrrp = ((await neutron('GET', '/ports'))['ports'] as unknown as Record<string, unknown>[]).filter(({ name }) => String(name).startsWith('octavia-lb-vrrp-'));
    expect(vrrp).toMatchObject([{ qos_policy_id: policy, allowed_address_pairs: expect.arrayContaining([two.vip_address, two.additional_vips[0]?.ip_address].map((address) => expect.objectContaining({ ip_address: address }))) }]);
    await stack.remove(two.id);

    const member = await stack.keystone.token('member');
    const own = (await neutron('POST', '/ports', { port: { network_id: objects.vipNetwork, name: 'mine', fixed_ips: [{ subnet_id: objects.vipSubnet }] } }, member))['port'] as { id: string; security_groups: string[]; fixed_ips: { ip_address: string }[] };
    const adopted = await stack.create({ vip_port_id: own.id, vip_subnet_id: objects.vipSubnet, flavor_id: flavor.id });
    await active(adopted.id);
    expect(own.fixed_ips.map(({ ip_address: address }) => address)).toContain(adopted.vip_address);
    await stack.call('DELETE', `/lbaas/loadbalancers/${adopted.id}`);
    await stack.settled(adopted.id, 'DELETED');
    expect((await neutron('GET', `/ports/${own.id}`))['port']).toMatchObject({ name: 'mine', security_groups: own.security_groups });
    await until('only the user\'s port is left', async () => JSON.stringify(await stack.leftovers()) === JSON.stringify({ ports: ['mine'], groups: [], servers: [], serverGroups: [] }), 60_000);
    await neutron('DELETE', `/ports/${own.id}`);
  }, 600_000);

  it('a taken address, a network of somebody else and a certificate that is not there are refused in words', async () => {
    const { objects } = stack.cloud;
    await expect(stack.create({ vip_subnet_id: objects.vipSubnet, vip_address: '10.99.0.1' })).rejects.toThrow(/: [45]\d\d .*10\.99\.0\.1|: [45]\d\d/);
    await expect(stack.create({ vip_network_id: objects.managementNetwork })).rejects.toThrow(/: 400 .*Network .* not found/);
    expect(await stack.leftovers()).toMatchObject({ ports: [], groups: [] });
  });

  /** Stored by the member; Octavia's user may read it only once Octavia has entered him into the read lists. */
  async function storeCertificate(): Promise<string> {
    const file = (name: string) => join(stack.world.directory, name);
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=www.example.org', '-keyout', file('site.key'), '-out', file('site.crt')], { stdio: 'ignore' });
    const token = await stack.keystone.token('member');
    const post = async (path: string, body: object): Promise<string> => {
      const response = await fetch(`${stack.cloud.urls.barbican}/v1/${path}`, { method: 'POST', headers: { 'x-auth-token': token, 'content-type': 'application/json' }, body: JSON.stringify(body) });
      const answer = (await response.json()) as Record<string, string>;
      if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
      return answer['secret_ref'] ?? answer['container_ref'] ?? '';
    };
    const secret = (name: string) => post('secrets', { name, payload: readFileSync(file(name), 'utf8'), payload_content_type: 'text/plain' });
    const [certificate, key] = [await secret('site.crt'), await secret('site.key')];
    return post('containers', { type: 'certificate', name: 'site', secret_refs: [{ name: 'certificate', secret_ref: certificate }, { name: 'private_key', secret_ref: key }] });
  }
});
