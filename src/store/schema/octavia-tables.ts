import type {
  AmphoraRole, AmphoraStatus, ClientAuthenticationMode, HealthMonitorType, HttpMethod, L7PolicyAction, L7RuleCompareType, L7RuleType,
  LbAlgorithm, ListenerProtocol, OperatingStatus, PoolProtocol, ProvisioningStatus, SessionPersistenceType, Topology, VnicType,
} from '../../model/enums.ts';
import { bigint, blob, bool, datetime, float, int, table, varchar } from './columns.ts';

const id = () => varchar(36).primaryKey();
const lookup = (length: number) => table({ name: varchar(length).primaryKey(), description: varchar(255) });
const provisioningStatus = () => varchar<ProvisioningStatus>(16).notNull().to('provisioning_status');
const operatingStatus = () => varchar<OperatingStatus>(16).notNull().to('operating_status');
const timestamps = () => ({ created_at: datetime(), updated_at: datetime() });

/** Octavia's tables and columns as its migrations leave them (head fabf4983846b; upstream octavia/db/models.py). */
export const octaviaTables = {
  alembic_version: table({ version_num: varchar(32).primaryKey() }),

  algorithm: lookup(255),
  amphora_roles: lookup(36),
  client_authentication_mode: table({ name: varchar(10).primaryKey() }),
  health_monitor_type: lookup(30),
  l7policy_action: lookup(36),
  l7rule_compare_type: lookup(36),
  l7rule_type: lookup(36),
  lb_topology: lookup(36),
  operating_status: lookup(30),
  protocol: lookup(30),
  provisioning_status: lookup(30),
  session_persistence_type: lookup(30),
  vrrp_auth_method: lookup(36),

  availability_zone_profile: table({ id: id(), name: varchar(255).notNull(), provider_name: varchar(255).notNull(), availability_zone_data: varchar(4096).notNull() }),
  availability_zone: table({
    name: varchar(255).primaryKey(), description: varchar(255), enabled: bool().notNull(),
    availability_zone_profile_id: varchar(36).notNull().to('availability_zone_profile'),
  }),
  flavor_profile: table({ id: id(), name: varchar(255).notNull(), provider_name: varchar(255).notNull(), flavor_data: varchar(4096).notNull() }),
  flavor: table(
    { id: id(), name: varchar(255).notNull(), description: varchar(255), enabled: bool().notNull(), flavor_profile_id: varchar(36).notNull().to('flavor_profile') },
    { unique: [['name']] },
  ),

  load_balancer: table({
    project_id: varchar(36), id: id(), name: varchar(255), description: varchar(255),
    provisioning_status: provisioningStatus(), operating_status: operatingStatus(), enabled: bool().notNull(),
    topology: varchar<Topology>(36).to('lb_topology'), server_group_id: varchar(36), ...timestamps(), provider: varchar(64),
    flavor_id: varchar(36).to('flavor'), availability_zone: varchar(255).to('availability_zone'),
  }),
  vip: table({
    load_balancer_id: varchar(36).primaryKey().to('load_balancer'), ip_address: varchar(64), port_id: varchar(36), subnet_id: varchar(36),
    network_id: varchar(36), qos_policy_id: varchar(36), octavia_owned: bool(), vnic_type: varchar<VnicType>(64).notNull().withDefault('normal'),
  }),
  additional_vip: table(
    { load_balancer_id: varchar(36).primaryKey().to('load_balancer'), ip_address: varchar(64), port_id: varchar(36), subnet_id: varchar(36).primaryKey(), network_id: varchar(36) },
    { indexes: [['load_balancer_id']] },
  ),
  vip_security_group: table({ load_balancer_id: varchar(36).primaryKey().to('vip.load_balancer_id'), sg_id: varchar(36).primaryKey() }),
  vrrp_group: table({
    load_balancer_id: varchar(36).primaryKey().to('load_balancer'), vrrp_group_name: varchar(36), vrrp_auth_type: varchar<'PASS' | 'AH'>(16).to('vrrp_auth_method'),
    vrrp_auth_pass: varchar(36), advert_int: int(),
  }),

  amphora: table({
    id: id(), compute_id: varchar(36), status: varchar<AmphoraStatus>(36).notNull().to('provisioning_status'),
    load_balancer_id: varchar(36).to('load_balancer'), lb_network_ip: varchar(64), vrrp_ip: varchar(64), ha_ip: varchar(64),
    vrrp_port_id: varchar(36), ha_port_id: varchar(36), role: varchar<AmphoraRole>(36).to('amphora_roles'), cert_expiration: datetime(),
    cert_busy: bool().notNull(), vrrp_interface: varchar(16), vrrp_id: int(), vrrp_priority: int(), cached_zone: varchar(255),
    ...timestamps(), image_id: varchar(36), compute_flavor: varchar(255),
  }),
  amphora_build_request: table({ amphora_id: id(), priority: int(), created_time: datetime().notNull(), status: varchar(16).notNull() }),
  amphora_build_slots: table({ id: int().primaryKey(), slots_used: int() }),
  amphora_health: table({ amphora_id: id(), last_update: datetime().notNull(), busy: bool().notNull() }),
  amphora_member_port: table(
    { port_id: id(), amphora_id: varchar(36).notNull().to('amphora'), network_id: varchar(36), ...timestamps() },
    { indexes: [['amphora_id']] },
  ),

  pool: table({
    project_id: varchar(36), id: id(), name: varchar(255), description: varchar(255), protocol: varchar<PoolProtocol>(16).notNull().to('protocol'),
    lb_algorithm: varchar<LbAlgorithm>(255).notNull().to('algorithm'), operating_status: operatingStatus(), enabled: bool().notNull(),
    load_balancer_id: varchar(36).to('load_balancer'), ...timestamps(), provisioning_status: provisioningStatus(),
    tls_certificate_id: varchar(255), ca_tls_certificate_id: varchar(255), crl_container_id: varchar(255),
    tls_enabled: bool().notNull().withDefault(0), tls_ciphers: varchar(2048), tls_versions: varchar(512), alpn_protocols: varchar(512),
  }),
  session_persistence: table({
    pool_id: varchar(36).primaryKey().to('pool'), type: varchar<SessionPersistenceType>(16).notNull().to('session_persistence_type'), cookie_name: varchar(255),
    persistence_timeout: int(), persistence_granularity: varchar(64),
  }),
  member: table(
    {
      project_id: varchar(36), id: id(), pool_id: varchar(36).notNull().to('pool'), subnet_id: varchar(36), ip_address: varchar(64), protocol_port: int().notNull(),
      weight: int(), operating_status: operatingStatus(), enabled: bool().notNull(), ...timestamps(), provisioning_status: provisioningStatus(),
      name: varchar(255), monitor_address: varchar(64), monitor_port: int(), backup: bool().notNull(), vnic_type: varchar<VnicType>(64).notNull().withDefault('normal'),
    },
    { unique: [['pool_id', 'ip_address', 'protocol_port']] },
  ),
  health_monitor: table(
    {
      pool_id: varchar(36).notNull().to('pool'), type: varchar<HealthMonitorType>(36).notNull().to('health_monitor_type'), delay: int().notNull(), timeout: int().notNull(),
      fall_threshold: int().notNull(), rise_threshold: int().notNull(), http_method: varchar<HttpMethod>(16), url_path: varchar(255), expected_codes: varchar(64),
      enabled: bool().notNull(), project_id: varchar(36), provisioning_status: provisioningStatus(), name: varchar(255), id: id(), ...timestamps(),
      operating_status: operatingStatus(), http_version: float(), domain_name: varchar(255),
    },
    { unique: [['pool_id']] },
  ),

  listener: table(
    {
      project_id: varchar(36), id: id(), name: varchar(255), description: varchar(255), protocol: varchar<ListenerProtocol>(16).notNull().to('protocol'),
      protocol_port: int().notNull(), connection_limit: int(), load_balancer_id: varchar(36).to('load_balancer'), tls_certificate_id: varchar(255),
      default_pool_id: varchar(36).to('pool'), provisioning_status: provisioningStatus(), operating_status: operatingStatus(), enabled: bool().notNull(),
      peer_port: int(), insert_headers: blob(), ...timestamps(), timeout_client_data: int(), timeout_member_connect: int(), timeout_member_data: int(),
      timeout_tcp_inspect: int(), client_ca_tls_certificate_id: varchar(255),
      client_authentication: varchar<ClientAuthenticationMode>(10).notNull().withDefault('NONE').to('client_authentication_mode'),
      client_crl_container_id: varchar(255), tls_ciphers: varchar(2048), tls_versions: varchar(512), alpn_protocols: varchar(512),
      hsts_max_age: int(), hsts_include_subdomains: bool(), hsts_preload: bool(),
    },
    { unique: [['load_balancer_id', 'protocol', 'protocol_port']] },
  ),
  listener_cidr: table({ listener_id: varchar(36).primaryKey().to('listener'), cidr: varchar(64).primaryKey() }),
  listener_statistics: table(
    {
      listener_id: varchar(36).primaryKey(), bytes_in: bigint().notNull(), bytes_out: bigint().notNull(), active_connections: int().notNull(),
      total_connections: bigint().notNull(), amphora_id: varchar(36).primaryKey(), request_errors: bigint().notNull(),
    },
    { indexes: [['amphora_id']] },
  ),
  sni: table({ listener_id: varchar(36).primaryKey().to('listener'), tls_container_id: varchar(128).primaryKey(), position: int() }),
  l7policy: table({
    id: id(), name: varchar(255), description: varchar(255), listener_id: varchar(36).notNull().to('listener'), action: varchar<L7PolicyAction>(36).notNull().to('l7policy_action'),
    redirect_pool_id: varchar(36).to('pool'), redirect_url: varchar(255), position: int().notNull(), enabled: bool().notNull(),
    provisioning_status: provisioningStatus(), ...timestamps(), project_id: varchar(36), operating_status: operatingStatus(),
    redirect_prefix: varchar(255), redirect_http_code: int(),
  }),
  l7rule: table({
    id: id(), l7policy_id: varchar(36).notNull().to('l7policy'), type: varchar<L7RuleType>(36).notNull().to('l7rule_type'),
    compare_type: varchar<L7RuleCompareType>(36).notNull().to('l7rule_compare_type'), key: varchar(255), value: varchar(255).notNull(), invert: bool().notNull(),
    provisioning_status: provisioningStatus(), ...timestamps(), project_id: varchar(36), enabled: bool().notNull().withDefault(1), operating_status: operatingStatus(),
  }),

  quotas: table({
    project_id: varchar(36).primaryKey(), health_monitor: int(), load_balancer: int(), listener: int(), member: int(), pool: int(),
    in_use_health_monitor: int(), in_use_load_balancer: int(), in_use_listener: int(), in_use_member: int(), in_use_pool: int(),
    l7policy: int(), l7rule: int(), in_use_l7policy: int(), in_use_l7rule: int(),
  }),
  spares_pool: table({ updated_at: datetime().primaryKey().withDefault('CURRENT_TIMESTAMP') }),
  tags: table({ resource_id: varchar(36).primaryKey(), tag: varchar(255).primaryKey() }, { indexes: [['tag']] }),
};
