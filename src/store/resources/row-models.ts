import type { AlpnProtocol, TlsVersion } from '../../model/enums.ts';
import type { HealthMonitor, L7Policy, L7Rule, Listener, Member, Pool, SessionPersistence } from '../../model/graph.ts';
import type { Database } from '../database.ts';
import { readPickledTexts } from '../python-pickle.ts';

/** Single rows as the domain's own objects, for provider dicts. */
export function memberOf(row: Database['member']): Member {
  return {
    id: row.id, poolId: row.pool_id, name: row.name, ipAddress: row.ip_address ?? '', protocolPort: row.protocol_port, weight: row.weight ?? 1, backup: row.backup,
    subnetId: row.subnet_id, monitorAddress: row.monitor_address, monitorPort: row.monitor_port, vnicType: row.vnic_type, enabled: row.enabled,
    provisioningStatus: row.provisioning_status, operatingStatus: row.operating_status,
  };
}

export function healthMonitorOf(row: Database['health_monitor']): HealthMonitor {
  return {
    id: row.id, poolId: row.pool_id, name: row.name, type: row.type, delaySeconds: row.delay, timeoutSeconds: row.timeout, riseThreshold: row.rise_threshold,
    fallThreshold: row.fall_threshold, httpMethod: row.http_method, urlPath: row.url_path, expectedCodes: row.expected_codes, httpVersion: row.http_version,
    domainName: row.domain_name, enabled: row.enabled, provisioningStatus: row.provisioning_status, operatingStatus: row.operating_status,
  };
}

export function l7ruleOf(row: Database['l7rule']): L7Rule {
  return {
    id: row.id, l7policyId: row.l7policy_id, type: row.type, compareType: row.compare_type, key: row.key, value: row.value, invert: row.invert, enabled: row.enabled,
    provisioningStatus: row.provisioning_status, operatingStatus: row.operating_status,
  };
}

export function l7policyOf(row: Database['l7policy'], rules: readonly L7Rule[] = []): L7Policy {
  return {
    id: row.id, listenerId: row.listener_id, name: row.name, description: row.description, action: row.action, position: row.position, redirectPoolId: row.redirect_pool_id,
    redirectUrl: row.redirect_url, redirectPrefix: row.redirect_prefix, redirectHttpCode: row.redirect_http_code, enabled: row.enabled,
    provisioningStatus: row.provisioning_status, operatingStatus: row.operating_status, rules,
  };
}

export interface PoolParts {
  readonly sessionPersistence?: SessionPersistence | null;
  readonly healthMonitor?: HealthMonitor | null;
  readonly members?: readonly Member[];
}

export function poolOf(row: Database['pool'], parts: PoolParts = {}): Pool {
  return {
    id: row.id, projectId: row.project_id, name: row.name, description: row.description, protocol: row.protocol, lbAlgorithm: row.lb_algorithm, enabled: row.enabled,
    provisioningStatus: row.provisioning_status, operatingStatus: row.operating_status, sessionPersistence: parts.sessionPersistence ?? null, tlsEnabled: row.tls_enabled,
    tlsContainerRef: row.tls_certificate_id, caTlsContainerRef: row.ca_tls_certificate_id, crlContainerRef: row.crl_container_id, tlsCiphers: row.tls_ciphers,
    tlsVersions: splitList<TlsVersion>(row.tls_versions), alpnProtocols: splitList<AlpnProtocol>(row.alpn_protocols), healthMonitor: parts.healthMonitor ?? null, members: parts.members ?? [],
  };
}

export interface ListenerParts {
  readonly sniContainerRefs?: readonly string[];
  readonly allowedCidrs?: readonly string[];
}

export function listenerOf(row: Database['listener'], parts: ListenerParts = {}): Listener {
  return {
    id: row.id, projectId: row.project_id, name: row.name, description: row.description, protocol: row.protocol, protocolPort: row.protocol_port,
    connectionLimit: row.connection_limit, enabled: row.enabled, provisioningStatus: row.provisioning_status, operatingStatus: row.operating_status,
    defaultPoolId: row.default_pool_id, insertHeaders: row.insert_headers && row.insert_headers.length > 0 ? readPickledTexts(row.insert_headers) : {}, allowedCidrs: parts.allowedCidrs ?? [],
    timeoutClientDataMs: row.timeout_client_data ?? 0, timeoutMemberConnectMs: row.timeout_member_connect ?? 0, timeoutMemberDataMs: row.timeout_member_data ?? 0,
    timeoutTcpInspectMs: row.timeout_tcp_inspect ?? 0, tlsContainerRef: row.tls_certificate_id, sniContainerRefs: parts.sniContainerRefs ?? [],
    clientCaTlsContainerRef: row.client_ca_tls_certificate_id, clientCrlContainerRef: row.client_crl_container_id, clientAuthentication: row.client_authentication,
    tlsCiphers: row.tls_ciphers, tlsVersions: splitList<TlsVersion>(row.tls_versions), alpnProtocols: splitList<AlpnProtocol>(row.alpn_protocols),
    hstsMaxAge: row.hsts_max_age, hstsIncludeSubdomains: row.hsts_include_subdomains ?? false, hstsPreload: row.hsts_preload ?? false, peerPort: row.peer_port, l7policies: [],
  };
}

// The columns are comma-joined text (contracts: quirk 2); only known values are ever written.
function splitList<T extends string>(text: string | null): readonly T[] {
  return text ? (text.split(',') as T[]) : [];
}
