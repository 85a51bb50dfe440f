import type { TwinRows } from './twin-rows.ts';
import { PROJECT } from './seed.ts';

/** Rows that no request makes: amphorae with counters, load balancers in states that refuse changes. */
export async function seedRows(rows: TwinRows, ids: Map<string, string>): Promise<void> {
  const fixed = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-000000000000`;
  const amphorae = [['amphora-master', 'a', 'ALLOCATED', 'MASTER'], ['amphora-broken', 'b', 'ERROR', 'BACKUP']] as const;
  for (const [name, digit, status, role] of amphorae) {
    ids.set(name, fixed(digit));
    await rows.onFirst(`insert into amphora (id, load_balancer_id, compute_id, lb_network_ip, vrrp_ip, ha_ip, vrrp_port_id, ha_port_id, cert_expiration, cert_busy, role, status, vrrp_interface,
      vrrp_id, vrrp_priority, cached_zone, image_id, compute_flavor, created_at, updated_at) values ('${fixed(digit)}', '${ids.get('lb')}', '${fixed('c')}', '192.0.2.20', '192.0.2.21', '192.0.2.100',
      '${fixed('d')}', '${fixed('e')}', '2027-01-01 00:00:00', 0, '${role}', '${status}', 'eth1', 1, 100, 'nova', '${fixed('f')}', 'm1.small', '2026-01-01 00:00:00', '2026-01-02 00:00:00')`);
  }
  ids.set('amphora-spare', fixed('9'));
  await rows.onFirst(`insert into amphora (id, status, cert_busy) values ('${fixed('9')}', 'BOOTING', 0)`);
  await rows.onFirst(`insert into listener_statistics (listener_id, amphora_id, bytes_in, bytes_out, active_connections, total_connections, request_errors)
    values ('${ids.get('listener-http')}', '${fixed('a')}', 10, 20, 1, 2, 3), ('${ids.get('listener-tcp')}', '${fixed('a')}', 100, 200, 10, 20, 30)`);
  for (const [name, status, copied] of [['busy', 'PENDING_UPDATE', 'empty'], ['failed', 'ERROR', 'empty']] as const) {
    const id = fixed(name === 'busy' ? '1' : '2');
    ids.set(name, id);
    await rows.onFirst(`insert into load_balancer (id, name, project_id, provisioning_status, operating_status, enabled, topology, provider) select '${id}', '${name}', project_id, '${status}', operating_status,
      enabled, topology, provider from load_balancer where id = '${ids.get(copied)}'`);
    await rows.onFirst(`insert into vip (load_balancer_id, ip_address, port_id, subnet_id, network_id) select '${id}', '192.0.2.21${name === 'busy' ? 0 : 1}', port_id, subnet_id, network_id from vip
      where load_balancer_id = '${ids.get(copied)}'`);
  }
  await rows.onFirst(`insert into pool (id, name, project_id, load_balancer_id, protocol, lb_algorithm, provisioning_status, operating_status, enabled, tls_enabled)
    values ('${fixed('3')}', 'busy-pool', '${PROJECT}', '${fixed('1')}', 'HTTP', 'ROUND_ROBIN', 'ACTIVE', 'ONLINE', 1, 0)`);
  ids.set('busy-pool', fixed('3'));
  // Dates apart, so that sorting by them says something.
  for (const table of ['load_balancer', 'listener', 'pool', 'member', 'health_monitor', 'l7policy', 'l7rule']) {
    await rows.onFirst(`update ${table} set created_at = '2026-01-01 00:00:00' + interval (crc32(id) % 86400) second`);
  }
  await rows.onFirst(`update pool set updated_at = null`);
}
