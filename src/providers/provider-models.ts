import type { HealthMonitor, L7Policy, L7Rule, Listener, LoadBalancerGraph, Member, Pool } from '../model/graph.ts';
import type { ProviderDict } from './provider-driver.ts';

/** `recurse: false` leaves out every list and every nested object model, as octavia-lib's `to_dict()` does by default. */
export interface DictOptions {
  /** @default true */
  readonly recurse?: boolean;
}

export interface LoadBalancerDictOptions extends DictOptions {
  /** Creation carries the parsed data of flavor and zone (`{}` when none); later calls carry the zone's name, and a flavor only if there is one. */
  readonly forCreate?: boolean;
}

/**
 * Provider dicts (contracts 17.4; octavia-lib: octavia_lib/api/drivers/data_models.py) from the domain graph. Key order is
 * the original's. A child's project is its load balancer's: the API never lets them differ.
 */
export function loadBalancerDict(graph: LoadBalancerGraph, options: LoadBalancerDictOptions = {}): ProviderDict {
  const { vip } = graph;
  return flattened(options, {
    admin_state_up: graph.enabled,
    // A new load balancer's description is unset unless the user wrote one.
    ...((options.forCreate !== true || graph.description) && { description: graph.description ?? null }),
    ...((options.forCreate === true || graph.flavorId !== null) && { flavor: graph.flavor }),
    listeners: graph.listeners.map((listener) => listenerDict(graph, listener)),
    loadbalancer_id: graph.id,
    name: graph.name,
    pools: graph.pools.map((pool) => poolDict(graph, pool)),
    project_id: graph.projectId,
    vip_address: vip.ipAddress,
    vip_network_id: vip.networkId,
    vip_port_id: vip.portId,
    vip_subnet_id: vip.subnetId,
    vip_qos_policy_id: vip.qosPolicyId,
    vip_sg_ids: vip.securityGroupIds,
    additional_vips: graph.additionalVips.map((additional) => ({
      ip_address: additional.ipAddress, network_id: additional.networkId, port_id: additional.portId, subnet_id: additional.subnetId,
    })),
    availability_zone: options.forCreate === true ? graph.availabilityZone : graph.availabilityZoneName,
  });
}

/** The TLS material itself (`*_data` attributes) is left out: only references travel. */
export function listenerDict(graph: LoadBalancerGraph, listener: Listener, options: DictOptions = {}): ProviderDict {
  const defaultPool = graph.pools.find((pool) => pool.id === listener.defaultPoolId);
  return flattened(options, {
    admin_state_up: listener.enabled,
    connection_limit: listener.connectionLimit,
    default_pool: defaultPool === undefined ? null : poolDict(graph, defaultPool),
    default_pool_id: listener.defaultPoolId,
    default_tls_container_ref: listener.tlsContainerRef,
    description: listener.description ?? null,
    insert_headers: listener.insertHeaders,
    l7policies: listener.l7policies.map((policy) => l7policyDict(graph, policy)),
    listener_id: listener.id,
    loadbalancer_id: graph.id,
    name: listener.name,
    protocol: listener.protocol,
    protocol_port: listener.protocolPort,
    sni_container_refs: listener.sniContainerRefs,
    timeout_client_data: listener.timeoutClientDataMs,
    timeout_member_connect: listener.timeoutMemberConnectMs,
    timeout_member_data: listener.timeoutMemberDataMs,
    timeout_tcp_inspect: listener.timeoutTcpInspectMs,
    client_ca_tls_container_ref: listener.clientCaTlsContainerRef,
    client_authentication: listener.clientAuthentication,
    client_crl_container_ref: listener.clientCrlContainerRef,
    project_id: graph.projectId,
    allowed_cidrs: listener.allowedCidrs,
    tls_versions: nullWhenEmpty(listener.tlsVersions),
    tls_ciphers: listener.tlsCiphers,
    alpn_protocols: nullWhenEmpty(listener.alpnProtocols),
    hsts_max_age: listener.hstsMaxAge,
    hsts_include_subdomains: listener.hstsIncludeSubdomains,
    hsts_preload: listener.hstsPreload,
  });
}

/** `listener_id` is the first listener that uses the pool, by default pool or redirect; absent when none does. */
export function poolDict(graph: LoadBalancerGraph, pool: Pool, options: DictOptions = {}): ProviderDict {
  const user = firstUserOf(graph, pool.id);
  const persistence = pool.sessionPersistence;
  return flattened(options, {
    admin_state_up: pool.enabled,
    description: pool.description ?? null,
    healthmonitor: pool.healthMonitor === null ? null : healthMonitorDict(graph, pool.healthMonitor),
    lb_algorithm: pool.lbAlgorithm,
    loadbalancer_id: graph.id,
    members: pool.members.map((member) => memberDict(graph, member)),
    name: pool.name,
    pool_id: pool.id,
    ...(user !== undefined && { listener_id: user.id }),
    protocol: pool.protocol,
    session_persistence: persistence === null ? null : {
      type: persistence.type,
      cookie_name: persistence.cookieName,
      persistence_timeout: persistence.persistenceTimeoutSeconds,
      persistence_granularity: persistence.persistenceGranularity,
    },
    tls_container_ref: pool.tlsContainerRef,
    ca_tls_container_ref: pool.caTlsContainerRef,
    crl_container_ref: pool.crlContainerRef,
    tls_enabled: pool.tlsEnabled,
    project_id: graph.projectId,
    tls_versions: nullWhenEmpty(pool.tlsVersions),
    tls_ciphers: pool.tlsCiphers,
    alpn_protocols: nullWhenEmpty(pool.alpnProtocols),
  });
}

export function memberDict(graph: LoadBalancerGraph, member: Member): ProviderDict {
  return {
    address: member.ipAddress,
    admin_state_up: member.enabled,
    member_id: member.id,
    monitor_address: member.monitorAddress,
    monitor_port: member.monitorPort,
    name: member.name,
    pool_id: member.poolId,
    protocol_port: member.protocolPort,
    subnet_id: member.subnetId,
    weight: member.weight,
    backup: member.backup,
    project_id: graph.projectId,
    vnic_type: member.vnicType,
  };
}

export function healthMonitorDict(graph: LoadBalancerGraph, monitor: HealthMonitor): ProviderDict {
  return {
    admin_state_up: monitor.enabled,
    delay: monitor.delaySeconds,
    expected_codes: monitor.expectedCodes,
    healthmonitor_id: monitor.id,
    http_method: monitor.httpMethod,
    max_retries: monitor.riseThreshold,
    max_retries_down: monitor.fallThreshold,
    name: monitor.name,
    pool_id: monitor.poolId,
    timeout: monitor.timeoutSeconds,
    type: monitor.type,
    url_path: monitor.urlPath,
    http_version: monitor.httpVersion,
    domain_name: monitor.domainName,
    project_id: graph.projectId,
  };
}

export function l7policyDict(graph: LoadBalancerGraph, policy: L7Policy, options: DictOptions = {}): ProviderDict {
  return flattened(options, {
    action: policy.action,
    admin_state_up: policy.enabled,
    description: policy.description ?? null,
    l7policy_id: policy.id,
    listener_id: policy.listenerId,
    name: policy.name,
    position: policy.position,
    redirect_pool_id: policy.redirectPoolId,
    redirect_url: policy.redirectUrl,
    rules: policy.rules.map((rule) => l7ruleDict(graph, rule)),
    redirect_prefix: policy.redirectPrefix,
    redirect_http_code: policy.redirectHttpCode,
    project_id: graph.projectId,
  });
}

export function l7ruleDict(graph: LoadBalancerGraph, rule: L7Rule): ProviderDict {
  return {
    admin_state_up: rule.enabled,
    compare_type: rule.compareType,
    invert: rule.invert,
    key: rule.key,
    l7policy_id: rule.l7policyId,
    l7rule_id: rule.id,
    type: rule.type,
    value: rule.value,
    project_id: graph.projectId,
  };
}

/** Attributes that hold a nested model; plain dictionaries (flavor, insert_headers, session_persistence) are values. */
const NESTED_MODELS = new Set(['default_pool', 'healthmonitor']);

/** A provider dict without lists and nested models: how most casts carry an object. */
export function flatDict(dict: ProviderDict): ProviderDict {
  return Object.fromEntries(
    Object.entries(dict).filter(([key, value]) => !Array.isArray(value) && !(NESTED_MODELS.has(key) && value !== null)),
  );
}

function flattened(options: DictOptions, dict: ProviderDict): ProviderDict {
  return options.recurse === false ? flatDict(dict) : dict;
}

// The columns are null, not empty, where the original has no list.
function nullWhenEmpty(list: readonly string[]): readonly string[] | null {
  return list.length === 0 ? null : list;
}

function firstUserOf(graph: LoadBalancerGraph, poolId: string): Listener | undefined {
  return graph.listeners.find((listener) => listener.defaultPoolId === poolId)
    ?? graph.listeners.find((listener) => listener.l7policies.some((policy) => policy.redirectPoolId === poolId));
}
