import type { ProviderDict } from './provider-driver.ts';

/** octavia-lib's data models (octavia_lib/api/drivers/data_models.py). */
export type ProviderModel = 'LoadBalancer' | 'Listener' | 'Pool' | 'Member' | 'HealthMonitor' | 'L7Policy' | 'L7Rule';

const ATTRIBUTES: Readonly<Record<ProviderModel, readonly string[]>> = {
  LoadBalancer: [
    'admin_state_up', 'description', 'flavor', 'listeners', 'loadbalancer_id', 'name', 'pools', 'project_id', 'vip_address', 'vip_network_id', 'vip_port_id',
    'vip_subnet_id', 'vip_qos_policy_id', 'additional_vips', 'availability_zone',
  ],
  Listener: [
    'admin_state_up', 'connection_limit', 'default_pool', 'default_pool_id', 'default_tls_container_data', 'default_tls_container_ref', 'description', 'insert_headers',
    'l7policies', 'listener_id', 'loadbalancer_id', 'name', 'protocol', 'protocol_port', 'sni_container_data', 'sni_container_refs', 'timeout_client_data',
    'timeout_member_connect', 'timeout_member_data', 'timeout_tcp_inspect', 'client_ca_tls_container_ref', 'client_ca_tls_container_data', 'client_authentication',
    'client_crl_container_ref', 'client_crl_container_data', 'project_id', 'allowed_cidrs', 'tls_versions', 'tls_ciphers', 'alpn_protocols',
  ],
  Pool: [
    'admin_state_up', 'description', 'healthmonitor', 'lb_algorithm', 'loadbalancer_id', 'members', 'name', 'pool_id', 'listener_id', 'protocol', 'session_persistence',
    'tls_container_ref', 'tls_container_data', 'ca_tls_container_ref', 'ca_tls_container_data', 'crl_container_ref', 'crl_container_data', 'tls_enabled', 'project_id',
    'tls_versions', 'tls_ciphers', 'alpn_protocols',
  ],
  Member: [
    'address', 'admin_state_up', 'member_id', 'monitor_address', 'monitor_port', 'name', 'pool_id', 'protocol_port', 'subnet_id', 'weight', 'backup', 'project_id',
  ],
  HealthMonitor: [
    'admin_state_up', 'delay', 'expected_codes', 'healthmonitor_id', 'http_method', 'max_retries', 'max_retries_down', 'name', 'pool_id', 'timeout', 'type', 'url_path',
    'http_version', 'domain_name', 'project_id',
  ],
  L7Policy: [
    'action', 'admin_state_up', 'description', 'l7policy_id', 'listener_id', 'name', 'position', 'redirect_pool_id', 'redirect_url', 'rules', 'redirect_prefix',
    'redirect_http_code', 'project_id',
  ],
  L7Rule: ['admin_state_up', 'compare_type', 'invert', 'key', 'l7policy_id', 'l7rule_id', 'type', 'value', 'project_id'],
};

/**
 * Attributes that came after octavia-lib 3.1 with what they are when nobody uses them. Older clients refuse a model with an
 * attribute they do not know, so these travel only when they say something; newer clients see Unset instead.
 */
const LATER_ATTRIBUTES: Readonly<Partial<Record<ProviderModel, Readonly<Record<string, unknown>>>>> = {
  LoadBalancer: { vip_sg_ids: [] },
  Listener: { hsts_max_age: null, hsts_include_subdomains: false, hsts_preload: false },
  Member: { vnic_type: 'normal' },
};

/** Attributes that hold other models. */
const NESTED: Readonly<Partial<Record<ProviderModel, Readonly<Record<string, ProviderModel>>>>> = {
  LoadBalancer: { listeners: 'Listener', pools: 'Pool' },
  Listener: { default_pool: 'Pool', l7policies: 'L7Policy' },
  Pool: { members: 'Member', healthmonitor: 'HealthMonitor' },
  L7Policy: { rules: 'L7Rule' },
};

/** The original leaves these unset, not empty, when there are none. */
const UNSET_WHEN_EMPTY = new Set(['listeners', 'pools', 'sni_container_refs', 'sni_container_data']);

/**
 * A whole object as octavia-lib prints it with `to_dict(recurse=True, render_unsets=True)`: every attribute of its model,
 * null where nothing is set.
 */
export function completeModel(model: ProviderModel, dict: ProviderDict): ProviderDict {
  const set = setModel(model, dict);
  const known = ATTRIBUTES[model].map((name) => [name, set[name] ?? null] as const);
  const later = Object.keys(LATER_ATTRIBUTES[model] ?? {}).flatMap((name) => (set[name] === undefined ? [] : [[name, set[name]] as const]));
  return Object.fromEntries([...known, ...later].map(([name, value]) => [name, nested(model, name, value, completeModel)]));
}

/** The same for a provider that is called: what the original leaves unset is absent. */
export function setModel(model: ProviderModel, dict: ProviderDict): ProviderDict {
  const unused = LATER_ATTRIBUTES[model] ?? {};
  const entries = Object.entries(dict).filter(([name, value]) => !(UNSET_WHEN_EMPTY.has(name) && isEmpty(value)) && !(Object.hasOwn(unused, name) && isSame(unused[name], value)));
  return Object.fromEntries(entries.map(([name, value]) => [name, nested(model, name, value, setModel)]));
}

function nested(model: ProviderModel, name: string, value: unknown, convert: (model: ProviderModel, dict: ProviderDict) => ProviderDict): unknown {
  const inner = NESTED[model]?.[name];
  if (inner === undefined || value === null || typeof value !== 'object') return value;
  return Array.isArray(value) ? value.map((item: ProviderDict) => convert(inner, item)) : convert(inner, value as ProviderDict);
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
const isSame = (one: unknown, other: unknown): boolean => one === other || (isEmpty(one) && isEmpty(other));
