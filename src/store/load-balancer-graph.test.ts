import { describe, expect, it } from 'vitest';
import { loadGraph } from './load-balancer-graph.ts';
import { deleteLoadBalancer, purgeLoadBalancer, removeObjects } from './remove-objects.ts';
import { markTree, setStatuses, settleAll, settleTree } from './statuses.ts';
import { describeStores } from './testing/describe-stores.ts';
import { plantLoadBalancer } from './testing/plant-load-balancer.ts';
import { readTreeIds, treeIdsOf } from './tree-ids.ts';

const NOTHING = { l7rule: [], l7policy: [], health_monitor: [], member: [], pool: [], listener: [], load_balancer: [] };

describeStores((store) => {
  const plant = (id: string, plot: object = {}) => store().transaction((trx) => plantLoadBalancer(trx, { id, ...plot }));
  const graphOf = async (id: string) => {
    const graph = await loadGraph(store().read, id);
    if (!graph) throw new Error(`no ${id}`);
    return graph;
  };
  const statusesOf = async (id: string) => {
    const graph = await graphOf(id);
    const policies = graph.listeners.flatMap((listener) => listener.l7policies);
    const objects = [graph, ...graph.listeners, ...policies, ...policies.flatMap((policy) => policy.rules), ...graph.pools, ...graph.pools.flatMap((pool) => [...pool.members, ...(pool.healthMonitor ? [pool.healthMonitor] : [])])];
    return new Map(objects.map((object) => [object.id, `${object.provisioningStatus} ${object.operatingStatus}`]));
  };

  describe('a graph', () => {
    it('holds everything below its load balancer and nothing of others', async () => {
      const planted = await plant('graph');
      await plant('other');
      const graph = await graphOf('graph');
      expect(graph).toMatchObject({
        name: 'web', topology: 'ACTIVE_STANDBY', provider: 'amphora', flavor: {}, availabilityZone: {},
        vip: { ipAddress: '192.0.2.1', octaviaOwned: true, vnicType: 'normal', securityGroupIds: ['sg'] },
        additionalVips: [{ ipAddress: '2001:db8::1', subnetId: 'subnet6' }],
        vrrpGroup: { name: 'graph', authType: 'PASS', advertInt: 1 },
      });
      expect(graph.amphorae.map((amphora) => [amphora.id, amphora.role])).toEqual([['graph-a1', 'MASTER'], ['graph-a2', 'BACKUP']]);
      expect(graph.listeners.map((listener) => listener.id)).toEqual(planted.listeners);
      expect(graph.listeners[0]).toMatchObject({
        defaultPoolId: 'graph-p0', insertHeaders: { 'X-Forwarded-For': 'true' }, allowedCidrs: ['192.0.2.0/24'], sniContainerRefs: ['b', 'a'],
        tlsVersions: ['TLSv1.3'], alpnProtocols: [], timeoutClientDataMs: 1000, timeoutMemberDataMs: 50_000, clientAuthentication: 'NONE',
      });
      expect(graph.listeners[0]?.l7policies.map((policy) => [policy.position, policy.redirectPoolId, policy.rules.map((rule) => rule.value)])).toEqual([[1, 'graph-p0', ['/a']], [2, 'graph-p0', ['/a']]]);
      expect(graph.pools[0]).toMatchObject({
        sessionPersistence: { type: 'APP_COOKIE', cookieName: 'sid' }, healthMonitor: { id: 'graph-m0', httpVersion: 1.1, riseThreshold: 2 }, tlsEnabled: true, alpnProtocols: ['h2'],
      });
      expect(graph.pools.flatMap((pool) => pool.members.map((member) => member.id))).toEqual(planted.members);
    });

    it('has no secret where a reference was taken away with an empty text', async () => {
      await plant('emptied');
      await store().transaction(async (trx) => {
        await trx.updateTable('listener').set({ tls_certificate_id: '', client_ca_tls_certificate_id: '', client_crl_container_id: '' }).where('load_balancer_id', '=', 'emptied').execute();
        await trx.updateTable('pool').set({ tls_certificate_id: '', ca_tls_certificate_id: '', crl_container_id: '' }).where('load_balancer_id', '=', 'emptied').execute();
      });
      const graph = await graphOf('emptied');
      expect(graph.listeners[0]).toMatchObject({ tlsContainerRef: null, clientCaTlsContainerRef: null, clientCrlContainerRef: null });
      expect(graph.pools[0]).toMatchObject({ tlsContainerRef: null, caTlsContainerRef: null, crlContainerRef: null });
    });

    it('of an unknown load balancer is null, of a bare one empty, of a deleted amphora nothing is left', async () => {
      expect(await loadGraph(store().read, 'none')).toBeNull();
      await plant('bare', { listeners: 0 });
      await store().transaction((trx) => trx.updateTable('amphora').set({ status: 'DELETED' }).where('load_balancer_id', '=', 'bare').execute());
      expect(await graphOf('bare')).toMatchObject({ listeners: [], pools: [], amphorae: [] });
    });

    it('carries the data of its flavor and availability zone', async () => {
      await plant('flavored', { listeners: 0 });
      await store().transaction(async (trx) => {
        await trx.insertInto('flavor_profile').values({ id: 'fp', name: 'f', provider_name: 'amphora', flavor_data: '{"loadbalancer_topology": "SINGLE"}' }).execute();
        await trx.insertInto('flavor').values({ id: 'f', name: 'f', enabled: true, flavor_profile_id: 'fp' }).execute();
        await trx.insertInto('availability_zone_profile').values({ id: 'zp', name: 'z', provider_name: 'amphora', availability_zone_data: '{"compute_zone": "az1"}' }).execute();
        await trx.insertInto('availability_zone').values({ name: 'z', enabled: true, availability_zone_profile_id: 'zp' }).execute();
        await trx.updateTable('load_balancer').set({ flavor_id: 'f', availability_zone: 'z' }).where('id', '=', 'flavored').execute();
      });
      expect(await graphOf('flavored')).toMatchObject({ flavorId: 'f', flavor: { loadbalancer_topology: 'SINGLE' }, availabilityZoneName: 'z', availabilityZone: { compute_zone: 'az1' } });
    });

    it('knows the same ids as the tables', async () => {
      await plant('ids');
      const sorted = (tree: Awaited<ReturnType<typeof readTreeIds>>) => Object.fromEntries(Object.entries(tree).map(([kind, ids]) => [kind, ids.toSorted()]));
      expect(sorted(await readTreeIds(store().read, 'ids'))).toEqual(sorted(treeIdsOf(await graphOf('ids'))));
      expect(await readTreeIds(store().read, 'ids', ['ERROR'])).toEqual(NOTHING);
    });
  });

  describe('settling', () => {
    it('makes pending objects ACTIVE and enabled monitors, policies and rules ONLINE', async () => {
      await plant('settle', { status: 'PENDING_CREATE' });
      await store().transaction(async (trx) => {
        await trx.updateTable('l7rule').set({ enabled: false }).where('id', '=', 'settle-l0-1-r').execute();
        await trx.updateTable('member').set({ provisioning_status: 'ERROR' }).where('id', '=', 'settle-p0-0').execute();
        await trx.updateTable('listener').set({ provisioning_status: 'PENDING_DELETE' }).where('id', '=', 'settle-l1').execute();
        await settleAll(trx, 'settle');
      });
      const statuses = await statusesOf('settle');
      expect(statuses.get('settle')).toBe('ACTIVE OFFLINE');
      expect(statuses.get('settle-m0')).toBe('ACTIVE ONLINE');
      expect(statuses.get('settle-l0-2')).toBe('ACTIVE ONLINE');
      expect(statuses.get('settle-l0-1-r')).toBe('ACTIVE OFFLINE');
      expect(statuses.get('settle-p0-0')).toBe('ERROR OFFLINE');
      expect(statuses.get('settle-l1')).toBe('PENDING_DELETE OFFLINE');
    });

    it('of an applied graph leaves alone what came after it', async () => {
      await plant('later', { listeners: 1, status: 'PENDING_UPDATE' });
      const applied = await graphOf('later');
      await store().transaction(async (trx) => {
        await trx.insertInto('member').values({ id: 'late', pool_id: 'later-p0', protocol_port: 1, operating_status: 'OFFLINE', provisioning_status: 'PENDING_CREATE', enabled: true, backup: false, vnic_type: 'normal' }).execute();
        await settleTree(trx, treeIdsOf(applied));
      });
      const statuses = await statusesOf('later');
      expect(statuses.get('late')).toBe('PENDING_CREATE OFFLINE');
      expect(statuses.get('later')).toBe('ACTIVE OFFLINE');
    });
  });

  it('statuses are set by compare-and-set, and a whole tree at once', async () => {
    await plant('mark');
    const set = (from: 'ACTIVE' | 'ERROR') => store().transaction((trx) => setStatuses(trx, 'pool', ['mark-p0', 'none'], { provisioningStatus: 'ERROR', operatingStatus: 'ERROR', from: [from] }));
    expect(await set('ACTIVE')).toBe(1);
    expect(await set('ACTIVE')).toBe(0);
    expect(await store().transaction((trx) => markTree(trx, 'mark', { provisioningStatus: 'PENDING_DELETE', from: ['ACTIVE'] }))).toBe(1 + 2 + 4 + 4 + 1 + 4 + 2);
    const statuses = await statusesOf('mark');
    expect(statuses.get('mark-p0')).toBe('ERROR ERROR');
    expect(statuses.get('mark-l0-1-r')).toBe('PENDING_DELETE OFFLINE');
  });

  describe('removal', () => {
    const quotaOf = (id: string) => store().read.selectFrom('quotas').selectAll().where('project_id', '=', `project-${id}`).executeTakeFirstOrThrow();

    it('of a listener takes its policies, rules, certificates, CIDRs, tags and statistics, and no pool', async () => {
      await plant('rl');
      await store().transaction((trx) => removeObjects(trx, { ...NOTHING, listener: ['rl-l0'] }));
      const graph = await graphOf('rl');
      expect(graph.listeners.map((listener) => listener.id)).toEqual(['rl-l1']);
      expect(graph.pools).toHaveLength(2);
      for (const table of ['sni', 'listener_cidr', 'listener_statistics'] as const) {
        expect(await store().read.selectFrom(table).select('listener_id').where('listener_id', '=', 'rl-l0').execute()).toEqual([]);
      }
      expect(await store().read.selectFrom('tags').selectAll().where('resource_id', '=', 'rl-l0').execute()).toEqual([]);
      expect(await quotaOf('rl')).toMatchObject({ in_use_listener: 1, in_use_l7policy: 2, in_use_l7rule: 2, in_use_pool: 2, in_use_load_balancer: 1 });
    });

    it('of a pool takes members, monitor and persistence, and lets go of its references', async () => {
      await plant('rp');
      await store().transaction((trx) => removeObjects(trx, { ...NOTHING, pool: ['rp-p0'] }));
      const graph = await graphOf('rp');
      expect(graph.pools.map((pool) => pool.id)).toEqual(['rp-p1']);
      expect(graph.listeners[0]).toMatchObject({ defaultPoolId: null, l7policies: [{ redirectPoolId: null }, { redirectPoolId: null }] });
      expect(await quotaOf('rp')).toMatchObject({ in_use_pool: 1, in_use_member: 2, in_use_health_monitor: 1, in_use_listener: 2 });
    });

    it('of a policy closes the gap in positions', async () => {
      await plant('rn', { listeners: 1, policies: 4 });
      await store().transaction((trx) => removeObjects(trx, { ...NOTHING, l7policy: ['rn-l0-2'] }));
      expect((await graphOf('rn')).listeners[0]?.l7policies.map((policy) => [policy.id, policy.position])).toEqual([['rn-l0-1', 1], ['rn-l0-3', 2], ['rn-l0-4', 3]]);
    });

    it('may be repeated without counting the quota twice', async () => {
      await plant('twice');
      for (let round = 0; round < 2; round += 1) await store().transaction((trx) => removeObjects(trx, { ...NOTHING, member: ['twice-p0-0'], health_monitor: ['twice-m0'] }));
      expect(await quotaOf('twice')).toMatchObject({ in_use_member: 3, in_use_health_monitor: 1 });
    });

    it('of a load balancer leaves a DELETED row, and purging leaves nothing', async () => {
      await plant('gone');
      for (let round = 0; round < 2; round += 1) await store().transaction((trx) => deleteLoadBalancer(trx, 'gone'));
      expect(await graphOf('gone')).toMatchObject({ provisioningStatus: 'DELETED', operatingStatus: 'OFFLINE', listeners: [], pools: [] });
      const zeroes = Object.fromEntries(['load_balancer', 'listener', 'pool', 'member', 'health_monitor', 'l7policy', 'l7rule'].map((kind) => [`in_use_${kind}`, 0]));
      expect(await quotaOf('gone')).toMatchObject(zeroes);
      await store().transaction((trx) => purgeLoadBalancer(trx, 'gone'));
      expect(await loadGraph(store().read, 'gone')).toBeNull();
      expect(await store().read.selectFrom('vip').selectAll().where('load_balancer_id', '=', 'gone').execute()).toEqual([]);
      expect(await store().read.selectFrom('amphora').select('load_balancer_id').where('id', '=', 'gone-a1').executeTakeFirst()).toMatchObject({ load_balancer_id: null });
    });

    it('never purges a load balancer that lives', async () => {
      await plant('alive');
      await store().transaction((trx) => purgeLoadBalancer(trx, 'alive'));
      expect((await graphOf('alive')).listeners).toHaveLength(2);
    });
  });
});
