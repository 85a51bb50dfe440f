import type { Trx } from '../database.ts';
import { writePickledTexts } from '../python-pickle.ts';

export interface Planted {
  readonly id: string;
  readonly projectId: string;
  readonly listeners: readonly string[];
  readonly pools: readonly string[];
  readonly members: readonly string[];
  readonly policies: readonly string[];
  readonly rules: readonly string[];
  readonly monitors: readonly string[];
  readonly amphorae: readonly string[];
}

export interface Plot {
  readonly id: string;
  /** @default 2 */
  readonly listeners?: number;
  /** Of each pool; every listener has one. @default 2 */
  readonly members?: number;
  /** Of each listener. @default 2 */
  readonly policies?: number;
  readonly status?: 'ACTIVE' | 'PENDING_CREATE' | 'PENDING_UPDATE' | 'PENDING_DELETE';
}

const CREATED = '2026-01-01 00:00:00';

/** Plants a load balancer with every kind of row below it; ids are made of the load balancer's. */
export async function plantLoadBalancer(trx: Trx, plot: Plot): Promise<Planted> {
  const { id } = plot;
  const projectId = `project-${id}`;
  const status = { provisioning_status: plot.status ?? 'ACTIVE', operating_status: 'OFFLINE', enabled: true, created_at: CREATED, project_id: projectId } as const;
  await trx.insertInto('load_balancer').values({ ...status, id, name: 'web', topology: 'ACTIVE_STANDBY', provider: 'amphora' }).execute();
  await trx.insertInto('vip').values({ load_balancer_id: id, ip_address: '192.0.2.1', subnet_id: 'subnet', octavia_owned: true, vnic_type: 'normal' }).execute();
  await trx.insertInto('vip_security_group').values({ load_balancer_id: id, sg_id: 'sg' }).execute();
  await trx.insertInto('additional_vip').values({ load_balancer_id: id, subnet_id: 'subnet6', ip_address: '2001:db8::1' }).execute();
  await trx.insertInto('vrrp_group').values({ load_balancer_id: id, vrrp_group_name: id, vrrp_auth_type: 'PASS', vrrp_auth_pass: 'secret', advert_int: 1 }).execute();
  const amphorae = [`${id}-a1`, `${id}-a2`];
  for (const [index, amphora] of amphorae.entries()) {
    await trx.insertInto('amphora').values({ id: amphora, load_balancer_id: id, status: 'ALLOCATED', role: index === 0 ? 'MASTER' : 'BACKUP', cert_busy: false, created_at: CREATED }).execute();
  }
  const planted = { id, projectId, amphorae, listeners: [] as string[], pools: [] as string[], members: [] as string[], policies: [] as string[], rules: [] as string[], monitors: [] as string[] };
  for (let index = 0; index < (plot.listeners ?? 2); index += 1) {
    await plantPool(trx, plot, index, status, planted);
    await plantListener(trx, plot, index, status, planted);
  }
  const count = { in_use_load_balancer: 1, in_use_listener: planted.listeners.length, in_use_pool: planted.pools.length, in_use_member: planted.members.length };
  const more = { in_use_health_monitor: planted.monitors.length, in_use_l7policy: planted.policies.length, in_use_l7rule: planted.rules.length };
  await trx.insertInto('quotas').values({ project_id: projectId, ...count, ...more }).execute();
  return planted;
}

type Status = { provisioning_status: 'ACTIVE' | 'PENDING_CREATE' | 'PENDING_UPDATE' | 'PENDING_DELETE'; operating_status: 'OFFLINE'; enabled: boolean; created_at: string; project_id: string };
type Growing = { [K in 'listeners' | 'pools' | 'members' | 'policies' | 'rules' | 'monitors']: string[] };

async function plantPool(trx: Trx, plot: Plot, index: number, status: Status, planted: Growing): Promise<void> {
  const pool = `${plot.id}-p${index}`;
  planted.pools.push(pool);
  await trx
    .insertInto('pool')
    .values({ ...status, id: pool, load_balancer_id: plot.id, protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN', tls_enabled: true, tls_versions: 'TLSv1.2,TLSv1.3', alpn_protocols: 'h2' })
    .execute();
  await trx.insertInto('session_persistence').values({ pool_id: pool, type: 'APP_COOKIE', cookie_name: 'sid' }).execute();
  const monitor = `${plot.id}-m${index}`;
  planted.monitors.push(monitor);
  await trx
    .insertInto('health_monitor')
    .values({ ...status, id: monitor, pool_id: pool, type: 'HTTP', delay: 5, timeout: 3, rise_threshold: 2, fall_threshold: 3, http_method: 'GET', http_version: 1.1 })
    .execute();
  const members = Array.from({ length: plot.members ?? 2 }, (_, member) => `${pool}-${member}`);
  planted.members.push(...members);
  if (members.length === 0) return;
  await trx
    .insertInto('member')
    .values(members.map((id, member) => ({ ...status, id, pool_id: pool, ip_address: `198.51.100.${member}`, protocol_port: 80, weight: 1, backup: false, vnic_type: 'normal' as const })))
    .execute();
}

async function plantListener(trx: Trx, plot: Plot, index: number, status: Status, planted: Growing): Promise<void> {
  const listener = `${plot.id}-l${index}`;
  planted.listeners.push(listener);
  await trx
    .insertInto('listener')
    .values({
      ...status, id: listener, load_balancer_id: plot.id, protocol: 'TERMINATED_HTTPS', protocol_port: 80 + index, default_pool_id: `${plot.id}-p${index}`, client_authentication: 'NONE',
      insert_headers: writePickledTexts({ 'X-Forwarded-For': 'true' }), tls_certificate_id: 'cert', tls_versions: 'TLSv1.3', timeout_client_data: 1000,
    })
    .execute();
  await trx.insertInto('sni').values([{ listener_id: listener, tls_container_id: 'b', position: 0 }, { listener_id: listener, tls_container_id: 'a', position: 1 }]).execute();
  await trx.insertInto('listener_cidr').values({ listener_id: listener, cidr: '192.0.2.0/24' }).execute();
  await trx.insertInto('tags').values({ resource_id: listener, tag: 'blue' }).execute();
  await trx
    .insertInto('listener_statistics')
    .values({ listener_id: listener, amphora_id: `${plot.id}-a1`, bytes_in: 1n, bytes_out: 2n, active_connections: 3, total_connections: 4n, request_errors: 5n })
    .execute();
  for (let position = 1; position <= (plot.policies ?? 2); position += 1) {
    const policy = `${listener}-${position}`;
    planted.policies.push(policy);
    planted.rules.push(`${policy}-r`);
    await trx.insertInto('l7policy').values({ ...status, id: policy, listener_id: listener, action: 'REDIRECT_TO_POOL', redirect_pool_id: `${plot.id}-p${index}`, position }).execute();
    await trx.insertInto('l7rule').values({ ...status, id: `${policy}-r`, l7policy_id: policy, type: 'PATH', compare_type: 'STARTS_WITH', value: '/a', invert: false }).execute();
  }
}
