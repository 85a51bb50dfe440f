import { insertRow } from '../../store/resources/write-rows.ts';
import { ADMIN, SUBNET, type TestApi } from './test-api.ts';

/** Makes one object of every kind; answers their ids (names of zones) by the collection of their path. */
export async function populate(api: TestApi): Promise<Readonly<Record<string, string>>> {
  const made = async (path: string, body: object, headers = {}) => {
    const answer = await api.call('POST', `/v2/${path}`, body, headers);
    await api.settle();
    const [object] = Object.values<{ id?: string; name: string }>(answer.json);
    if (answer.status !== 201 || !object) throw new Error(answer.text);
    return object.id ?? object.name;
  };
  const unique = String(Math.random());
  const loadBalancer = await made('loadbalancers', { loadbalancer: { vip_subnet_id: SUBNET } });
  const listener = await made('listeners', { listener: { protocol: 'HTTP', protocol_port: 80, loadbalancer_id: loadBalancer } });
  const pool = await made('pools', { pool: { protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', loadbalancer_id: loadBalancer } });
  const policy = await made('l7policies', { l7policy: { action: 'REJECT', listener_id: listener } });
  const flavorProfile = await made('flavorprofiles', { flavorprofile: { name: 'p', provider_name: 'amphora', flavor_data: '{}' } }, ADMIN);
  const zoneProfile = await made('availabilityzoneprofiles', { availability_zone_profile: { name: 'p', provider_name: 'amphora', availability_zone_data: '{}' } }, ADMIN);
  const amphora = crypto.randomUUID();
  await api.store.transaction((trx) => insertRow(trx, 'amphora', { id: amphora, load_balancer_id: loadBalancer, status: 'ERROR', cert_busy: false }));
  return {
    loadbalancers: loadBalancer, listeners: listener, pools: pool, l7policies: policy, flavorprofiles: flavorProfile, availabilityzoneprofiles: zoneProfile, amphorae: amphora, rollouts: await addRollout(api),
    quotas: 'some-project', providers: 'amphora',
    healthmonitors: await made('healthmonitors', { healthmonitor: { type: 'HTTP', delay: 5, timeout: 3, max_retries: 2, pool_id: pool } }),
    members: await made(`pools/${pool}/members`, { member: { address: '192.0.2.1', protocol_port: 80 } }),
    rules: await made(`l7policies/${policy}/rules`, { rule: { type: 'PATH', compare_type: 'EQUAL_TO', value: '/a' } }),
    flavors: await made('flavors', { flavor: { name: `f${unique}`, flavor_profile_id: flavorProfile } }, ADMIN),
    availabilityzones: await made('availabilityzones', { availability_zone: { name: `z${unique}`, availability_zone_profile_id: zoneProfile } }, ADMIN),
  };
}

/** One that is over, so that another can begin. */
async function addRollout(api: TestApi): Promise<string> {
  const id = crypto.randomUUID();
  await api.store.transaction((trx) => insertRow(trx, 'ts_rollout', { id, kind: 'failover', state: 'done', canary: 1, per_minute: 10, parallel: 2, soak_seconds: 60, created_at: '2026-01-01 00:00:00', updated_at: '2026-01-01 00:00:00' }));
  return id;
}
