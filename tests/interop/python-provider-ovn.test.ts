import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../harness/until.ts';
import { forDriverAgent, missingPackages } from '../services/available.ts';
import type { Daemon } from '../services/daemon.ts';
import { startNeutronPorts, type NeutronPorts } from '../services/neutron-ports.ts';
import { stubSubnetId } from '../services/neutron-stub.ts';
import { createOurSchema } from '../services/octavia-processes.ts';
import { startOvnNorthbound, type OvnNorthbound } from '../services/ovn-northbound.ts';
import { callerOf, type Caller, type Tree } from './rest.ts';
import { apiAddress, openWorld, type World } from './world.ts';

const PROJECT = '5b7f8d8a00000000000000000000cccc';

describe.skipIf(missingPackages([...forDriverAgent, 'python3-ovn-octavia-provider', 'ovn-central']).length > 0)('the OVN provider, unchanged, behind our API', () => {
  let world: World;
  let caller: Caller;
  let ovn: OvnNorthbound;
  let neutron: NeutronPorts;
  let agent: Daemon;
  let refusal: string | null = null;

  beforeAll(async () => {
    world = await openWorld();
    ovn = await startOvnNorthbound(world.directory, world.log('ovsdb'));
    world.onStop('OVN', () => ovn.stop());
    // Neutron's own driver would have made a logical switch of every network.
    neutron = await startNeutronPorts({ onNetwork: (id) => ovn.nbctl('--may-exist', 'ls-add', `neutron-${id}`), refusal: () => refusal });
    world.onStop('neutron', () => neutron.stop());
    const { apiPort, url } = await apiAddress();
    caller = callerOf(url);
    // octavia-lib's own default paths: this provider takes no others.
    const sockets = { status_socket_path: '/var/run/octavia/status.sock', stats_socket_path: '/var/run/octavia/stats.sock', get_socket_path: '/var/run/octavia/get.sock' };
    const file = world.conf('ovn', {
      database: await world.mariaDb.newDatabase(), apiPort,
      more: {
        api_settings: { enabled_provider_drivers: 'amphora:Amphorae.,ovn:Octavia OVN driver.' }, driver_agent: { ...sockets, enabled_provider_agents: 'ovn' },
        ovn: { ovn_nb_connection: ovn.connection, ovn_sb_connection: ovn.southbound }, neutron: { endpoint: neutron.url }, service_auth: { auth_type: 'none' },
      },
    });
    await createOurSchema(file);
    agent = await world.start('driver-agent', file);
    await world.start('api', file);
  });
  afterAll(() => world?.stop());

  const lb = (name: string) => ({ loadbalancer: { name, vip_subnet_id: stubSubnetId, provider: 'ovn', project_id: PROJECT } });
  const inOvn = async (id: string) => ovn.nbctl('--format=csv', '--data=bare', '--no-headings', '--columns=name,protocol,vips', 'find', 'Load_Balancer', `name=${id}`);

  it('makes, changes and deletes a load balancer in OVN\'s northbound database, and reports it ACTIVE', async () => {
    const change = async (method: string, path: string, body?: object): Promise<Tree> => {
      const made = await caller.object(method, path, body);
      await caller.active(id);
      return made;
    };
    const { id, vip_address: vip } = await caller.object('POST', '/lbaas/loadbalancers', lb('ovn'));
    await caller.active(id);
    expect(await inOvn(id)).toContain(id);
    expect([...neutron.ports.values()].map(({ name, fixed_ips }) => [name, fixed_ips[0]?.ip_address])).toEqual([[`ovn-lb-vip-${id}`, vip]]);
    const listener = await change('POST', '/lbaas/listeners', { listener: { loadbalancer_id: id, protocol: 'TCP', protocol_port: 80 } });
    const pool = await change('POST', '/lbaas/pools', { pool: { listener_id: listener.id, protocol: 'TCP', lb_algorithm: 'SOURCE_IP_PORT' } });
    const member = await change('POST', `/lbaas/pools/${pool.id}/members`, { member: { address: '198.51.100.90', protocol_port: 8080, subnet_id: stubSubnetId } });
    expect(await inOvn(id)).toContain(`tcp,${String(vip)}:80=198.51.100.90:8080`);
    await change('DELETE', `/lbaas/pools/${pool.id}/members/${member.id}`);
    expect(await inOvn(id)).not.toContain('198.51.100.90');
    expect((await caller.call('DELETE', `/lbaas/loadbalancers/${id}?cascade=true`)).status).toBe(204);
    await caller.gone(id);
    await until('gone from OVN', async () => (await inOvn(id)).trim() === '');
    expect(JSON.parse((await caller.call('GET', '/lbaas/listeners')).text)).toMatchObject({ listeners: [] });
  });

  it('tells the user what it refuses', async () => {
    const { id } = await caller.object('POST', '/lbaas/loadbalancers', lb('refused'));
    await caller.active(id);
    const http = await caller.call('POST', '/lbaas/listeners', { listener: { loadbalancer_id: id, protocol: 'HTTP', protocol_port: 80 } });
    expect([http.status, http.text]).toEqual([501, expect.stringContaining("Provider 'ovn' does not support a requested option: OVN provider does not support HTTP protocol")]);
    const failover = await caller.call('PUT', `/lbaas/loadbalancers/${id}/failover`);
    expect([failover.status, failover.text]).toEqual([501, expect.stringContaining('OVN provider does not support loadbalancer failover')]);
    refusal = 'Quota exceeded for resources: [port].';
    const { status, text } = await caller.call('POST', '/lbaas/loadbalancers', lb('no port'));
    refusal = null;
    expect([status, text]).toEqual([500, expect.stringContaining("Provider 'ovn' reports error: Quota exceeded for resources: [port].")]);
  });

  it('has its own agent running beside the driver agent', () => {
    expect(agent.printed()).toContain('OVN provider agent has started');
  });
});
