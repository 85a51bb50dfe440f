import { expect, test } from 'vitest';
import { describeStores } from '../../store/testing/describe-stores.ts';
import { startTestApi, SUBNET } from '../testing/test-api.ts';

describeStores((store) => {
  test('a load balancer with listener, pool, monitor, members, policy and rule is built, changed and torn down step by step', async () => {
    const api = await startTestApi({ store: store() });
    const lb = await api.call('POST', '/v2.0/lbaas/loadbalancers', { loadbalancer: { name: 'lb1', vip_subnet_id: SUBNET } });
    expect(lb.text).toContain('"name":"lb1"');
    expect(lb.status).toBe(201);
    const id = lb.json.loadbalancer.id;
    expect(lb.json.loadbalancer).toMatchObject({ provisioning_status: 'PENDING_CREATE', operating_status: 'OFFLINE', provider: 'amphora', vip_subnet_id: SUBNET, listeners: [], pools: [] });
    expect(api.casts.map((cast) => cast.method)).toEqual(['create_load_balancer']);
    const busy = await api.call('POST', '/v2/lbaas/listeners', { listener: { protocol: 'HTTP', protocol_port: 80, loadbalancer_id: id } });
    expect([busy.status, busy.json.faultstring]).toEqual([409, `Load Balancer ${id} is immutable and cannot be updated.`]);
    await api.settle();

    const listener = await api.call('POST', '/v2/lbaas/listeners', { listener: { name: 'web', protocol: 'HTTP', protocol_port: '80', loadbalancer_id: id.replaceAll('-', ''), insert_headers: { 'X-Forwarded-For': 'true' } } });
    expect(listener.text).toContain('"protocol_port":80');
    expect(listener.json.listener).toMatchObject({ connection_limit: -1, insert_headers: { 'X-Forwarded-For': 'true' }, allowed_cidrs: null, timeout_client_data: 50000, loadbalancers: [{ id }] });
    const listenerId = listener.json.listener.id;
    await api.settle();

    const pool = await api.call('POST', '/v2/lbaas/pools', { pool: { name: 'p', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', listener_id: listenerId, session_persistence: { type: 'APP_COOKIE', cookie_name: 'c' } } });
    expect(pool.status).toBe(201);
    expect(pool.json.pool).toMatchObject({ listeners: [{ id: listenerId }], loadbalancers: [{ id }], session_persistence: { type: 'APP_COOKIE', cookie_name: 'c', persistence_timeout: null, persistence_granularity: null } });
    expect('healthmonitor_id' in pool.json.pool).toBe(false);
    const poolId = pool.json.pool.id;
    await api.settle();

    const member = await api.call('POST', `/v2/lbaas/pools/${poolId}/members`, { member: { address: '192.0.2.10', protocol_port: 8080 } });
    expect(member.json.member).toMatchObject({ weight: 1, backup: false, operating_status: 'NO_MONITOR', monitor_port: null, vnic_type: 'normal', name: '' });
    await api.settle();
    const monitor = await api.call('POST', '/v2/lbaas/healthmonitors', { healthmonitor: { pool_id: poolId, type: 'HTTP', delay: '3', timeout: 2, max_retries: 1 } });
    expect(monitor.json.healthmonitor).toMatchObject({ delay: 3, http_method: 'GET', url_path: '/', expected_codes: '200', max_retries_down: 3, pools: [{ id: poolId }] });
    await api.settle();
    expect((await api.call('GET', `/v2/lbaas/pools/${poolId}`)).json.pool.healthmonitor_id).toBe(monitor.json.healthmonitor.id);

    const policy = await api.call('POST', '/v2/lbaas/l7policies', { l7policy: { listener_id: listenerId, action: 'REDIRECT_TO_URL', redirect_url: 'http://example.com/' } });
    expect(policy.json.l7policy).toMatchObject({ position: 1, redirect_http_code: 302, redirect_pool_id: null, rules: [] });
    await api.settle();
    const rule = await api.call('POST', `/v2/lbaas/l7policies/${policy.json.l7policy.id}/rules`, { rule: { type: 'PATH', compare_type: 'STARTS_WITH', value: '/images' } });
    expect(rule.json.rule).toMatchObject({ invert: false, key: null, value: '/images', admin_state_up: true });
    await api.settle();

    const updated = await api.call('PUT', `/v2/lbaas/pools/${poolId}/members/${member.json.member.id}`, { member: { weight: null, name: 'm' } });
    expect([updated.status, updated.json.member.weight, updated.json.member.name]).toEqual([200, 1, 'm']);
    await api.settle();
    const statuses = await api.call('GET', `/v2/lbaas/loadbalancers/${id}/status`);
    expect(statuses.json.statuses.loadbalancer.listeners[0].pools[0].members[0]).toMatchObject({ address: '192.0.2.10', protocol_port: 8080 });
    const children = await api.call('DELETE', `/v2/lbaas/loadbalancers/${id}`);
    expect([children.status, children.json.faultstring]).toEqual([400, `Validation failure: Cannot delete Load Balancer ${id} - it has children`]);
    expect((await api.call('DELETE', `/v2/lbaas/loadbalancers/${id}?cascade=true`)).status).toBe(204);
    await api.settle();
    const gone = await api.call('GET', `/v2/lbaas/loadbalancers/${id}`);
    expect([gone.status, gone.json.faultstring]).toEqual([404, `Load Balancer ${id} not found.`]);
    await api.close();
  });

  test('lists page, sort and filter alike', async () => {
    const api = await startTestApi({ store: store() });
    const names: string[] = [];
    for (const name of ['b', 'a', 'c']) names.push((await api.call('POST', '/v2/lbaas/loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET, name, tags: [name, 'all'] } })).json.loadbalancer.name);
    const list = async (query: string) => (await api.call('GET', `/v2/lbaas/loadbalancers?${query}`)).json.loadbalancers.map((lb: { name: string }) => lb.name);
    expect(names).toEqual(['b', 'a', 'c']);
    expect(await list('sort=name:desc')).toEqual(['c', 'b', 'a']);
    expect(await list('sort=vip_qos_policy_id,updated_at,name&limit=2')).toEqual(['a', 'b']);
    const [first] = (await api.call('GET', '/v2/lbaas/loadbalancers?sort=updated_at:desc,name:asc&limit=1')).json.loadbalancers;
    expect(await list(`sort=updated_at:desc,name:asc&marker=${first.id}`)).toEqual(['b', 'c']);
    expect(await list('admin_state_up=true&tags=all&not-tags=b&sort=name')).toEqual(['a', 'c']);
    expect(await list('admin_state_up=false')).toEqual([]);
    await api.close();
  });
});
