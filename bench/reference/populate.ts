import { sql, type Kysely } from 'kysely';
import type { Database } from '../../src/store/database.ts';
import { writePickledTexts } from '../../src/store/python-pickle.ts';

export const PROJECT = '5b7f8d8a00000000000000000000aaaa';
export const SUBNET = '33333333-3333-3333-3333-333333333333';

/** Load balancer ids are `<kind>0000-0000-0000-0000-<number>`: `a` for small ones, `b` and `c` for the two trees. */
export const loadBalancerId = (kind: 'a' | 'b' | 'c', number: number) => `${kind.repeat(8)}-0000-4000-8000-${String(number).padStart(12, '0')}`;

interface Trees {
  readonly kind: 'a' | 'b' | 'c';
  /** Numbers of the load balancers. */
  readonly first: number;
  readonly last: number;
  /** Of each load balancer; every listener has a pool of its own. */
  readonly listeners: number;
  /** Of each pool. */
  readonly members: number;
}

const status = sql`'ACTIVE'`;
const ID = (prefix: string, ...parts: string[]) => sql.raw(`concat('${prefix}', ${parts.join(', ')})`);

/** Makes load balancers that are ACTIVE with listeners, pools and members, in MariaDB by its sequence tables. */
export async function populate(db: Kysely<Database>, { kind, first, last, listeners, members }: Trees): Promise<void> {
  const each = sql.raw(`seq_${first}_to_${last} s`);
  const branch = sql.raw(`seq_${first}_to_${last} s join seq_1_to_${listeners} l`);
  const letter = kind.repeat(8);
  const number = (width: number, name: string) => `lpad(${name}.seq, ${width}, '0')`;
  const lb = ID(`${letter}-0000-4000-8000-`, number(12, 's'));
  const pool = ID(`${letter}-1111-4000-`, number(4, 'l'), `'-'`, number(12, 's'));
  const listener = ID(`${letter}-2222-4000-`, number(4, 'l'), `'-'`, number(12, 's'));
  // One second apart, as lists are in order of creation.
  const created = sql.raw(`date_add('2026-01-01', interval s.seq second)`);
  const noHeaders = Buffer.from(writePickledTexts({}));
  await sql`insert into load_balancer (project_id, id, name, description, provisioning_status, operating_status, enabled, topology, created_at, updated_at, provider)
    select ${PROJECT}, ${lb}, concat('web-', s.seq), '', ${status}, 'ONLINE', 1, 'SINGLE', ${created}, ${created}, 'amphora' from ${each}`.execute(db);
  await sql`insert into vip (load_balancer_id, ip_address, port_id, subnet_id, network_id, octavia_owned)
    select ${lb}, '198.51.100.7', ${lb}, ${SUBNET}, ${SUBNET}, 1 from ${each}`.execute(db);
  await sql`insert into pool (project_id, id, name, description, protocol, lb_algorithm, operating_status, enabled, load_balancer_id, created_at, updated_at, provisioning_status, tls_enabled)
    select ${PROJECT}, ${pool}, concat('pool-', l.seq), '', 'HTTP', 'ROUND_ROBIN', 'ONLINE', 1, ${lb}, ${created}, ${created}, ${status}, 0 from ${branch}`.execute(db);
  await sql`insert into listener (project_id, id, name, description, protocol, protocol_port, connection_limit, load_balancer_id, default_pool_id, provisioning_status, operating_status,
      enabled, peer_port, insert_headers, created_at, updated_at, timeout_client_data, timeout_member_connect, timeout_member_data, timeout_tcp_inspect, client_authentication)
    select ${PROJECT}, ${listener}, concat('listener-', l.seq), '', 'HTTP', 8000 + l.seq, -1, ${lb}, ${pool}, ${status}, 'ONLINE',
      1, 1025, ${noHeaders}, ${created}, ${created}, 50000, 5000, 50000, 0, 'NONE' from ${branch}`.execute(db);
  const leaf = sql`${branch} join ${sql.raw(`seq_1_to_${members} m`)}`;
  const member = ID(`${letter}-`, number(4, 'm'), `'-4000-'`, number(4, 'l'), `'-'`, number(12, 's'));
  await sql`insert into member (project_id, id, pool_id, subnet_id, ip_address, protocol_port, weight, operating_status, enabled, created_at, updated_at, provisioning_status, name, backup)
    select ${PROJECT}, ${member}, ${pool}, ${SUBNET}, concat('192.0.2.', m.seq), 80, 1, 'ONLINE', 1, ${created}, ${created}, ${status}, concat('member-', m.seq), 0 from ${leaf}`.execute(db);
}

/** Removes the load balancers of that name, which have nothing below them. */
export async function removeNamed(db: Kysely<Database>, name: string): Promise<void> {
  await sql`delete vip from vip join load_balancer on load_balancer.id = vip.load_balancer_id where load_balancer.name = ${name}`.execute(db);
  await sql`delete from load_balancer where name = ${name}`.execute(db);
}
