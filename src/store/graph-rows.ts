import { OctaviaError, reasonOf } from '../lib/errors.ts';
import { ALPN_PROTOCOLS, TLS_VERSIONS } from '../model/enums.ts';
import type {
  AdditionalVip, Amphora, AvailabilityZoneData, FlavorData, HealthMonitor, L7Policy, L7Rule, Listener, LoadBalancerGraph, Member, Pool, SessionPersistence, VrrpGroup,
} from '../model/graph.ts';
import type { Database } from './database.ts';
import { readPickledTexts } from './python-pickle.ts';

type Row<T extends keyof Database> = Database[T];
type Nullable<T> = { [K in keyof T]: T[K] | null };

/** A load balancer's row with what hangs on it one to one; the joined columns are null when there is no such row. */
export type RootRow = Row<'load_balancer'> & {
  vip_address: string | null; vip_port_id: string | null; vip_subnet_id: string | null; vip_network_id: string | null; vip_qos_policy_id: string | null;
  vip_octavia_owned: boolean | null; vip_vnic_type: Row<'vip'>['vnic_type'] | null; flavor_data: string | null; availability_zone_data: string | null;
} & Nullable<Pick<Row<'vrrp_group'>, 'vrrp_group_name' | 'vrrp_auth_type' | 'vrrp_auth_pass' | 'advert_int'>>;

/** A flavor or availability zone whose stored data is no JSON object. */
export class UnreadableProfile extends OctaviaError {
  constructor(what: string, reason: string, cause?: unknown) {
    super('unreadable-profile', `${what} cannot be read: ${reason}`, { cause });
  }
}

/** What upstream renders for listeners from before these columns existed, in milliseconds. */
const OLD_LISTENER_TIMEOUTS = { clientData: 50_000, memberConnect: 5000, memberData: 50_000, tcpInspect: 0 };

export function toLoadBalancer(row: RootRow, securityGroupIds: readonly string[]): Omit<LoadBalancerGraph, 'additionalVips' | 'amphorae' | 'listeners' | 'pools'> {
  return {
    id: row.id, projectId: row.project_id, name: row.name, description: row.description, enabled: row.enabled,
    provisioningStatus: row.provisioning_status, operatingStatus: row.operating_status,
    topology: row.topology ?? 'SINGLE', provider: row.provider, flavorId: row.flavor_id,
    flavor: toProfile<FlavorData>('flavor data', row.flavor_data),
    availabilityZoneName: row.availability_zone,
    availabilityZone: toProfile<AvailabilityZoneData>('availability zone data', row.availability_zone_data),
    serverGroupId: row.server_group_id,
    vip: {
      ipAddress: row.vip_address, portId: row.vip_port_id, subnetId: row.vip_subnet_id, networkId: row.vip_network_id, qosPolicyId: row.vip_qos_policy_id,
      octaviaOwned: row.vip_octavia_owned ?? false, vnicType: row.vip_vnic_type ?? 'normal', securityGroupIds,
    },
    vrrpGroup: toVrrpGroup(row),
  };
}

function toVrrpGroup(row: RootRow): VrrpGroup | null {
  if (row.vrrp_group_name === null) return null;
  return { name: row.vrrp_group_name, authType: row.vrrp_auth_type, authPass: row.vrrp_auth_pass, advertInt: row.advert_int };
}

/** Stored data is checked against the provider's schema when it is written, so its shape is taken as it is. */
function toProfile<T>(what: string, text: string | null): T {
  let value: unknown;
  try {
    value = JSON.parse(text || '{}');
  } catch (cause) {
    throw new UnreadableProfile(what, reasonOf(cause), cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnreadableProfile(what, 'it is not an object');
  return value as T;
}

export function toAdditionalVip(row: Row<'additional_vip'>): AdditionalVip {
  return { ipAddress: row.ip_address, portId: row.port_id, subnetId: row.subnet_id, networkId: row.network_id };
}

export function toAmphora(row: Row<'amphora'>): Amphora {
  return {
    id: row.id, loadBalancerId: row.load_balancer_id, computeId: row.compute_id, status: row.status, role: row.role, lbNetworkIp: row.lb_network_ip,
    vrrpIp: row.vrrp_ip, haIp: row.ha_ip, vrrpPortId: row.vrrp_port_id, haPortId: row.ha_port_id, vrrpInterface: row.vrrp_interface, vrrpId: row.vrrp_id,
    vrrpPriority: row.vrrp_priority, certExpiration: row.cert_expiration, certBusy: row.cert_busy, cachedZone: row.cached_zone, imageId: row.image_id,
    computeFlavor: row.compute_flavor, createdAt: row.created_at,
  };
}

/** Terraform and Kubernetes take a reference away with an empty text, which the column keeps. */
function referenceOf(stored: string | null): string | null {
  return stored === '' ? null : stored;
}

export function toListener(row: Row<'listener'>, parts: Pick<Listener, 'allowedCidrs' | 'sniContainerRefs' | 'l7policies'>): Listener {
  return {
    id: row.id, projectId: row.project_id, name: row.name, description: row.description, protocol: row.protocol, protocolPort: row.protocol_port,
    connectionLimit: row.connection_limit, enabled: row.enabled, provisioningStatus: row.provisioning_status, operatingStatus: row.operating_status, defaultPoolId: row.default_pool_id,
    insertHeaders: row.insert_headers && row.insert_headers.length > 0 ? readPickledTexts(row.insert_headers) : {},
    timeoutClientDataMs: row.timeout_client_data ?? OLD_LISTENER_TIMEOUTS.clientData,
    timeoutMemberConnectMs: row.timeout_member_connect ?? OLD_LISTENER_TIMEOUTS.memberConnect,
    timeoutMemberDataMs: row.timeout_member_data ?? OLD_LISTENER_TIMEOUTS.memberData,
    timeoutTcpInspectMs: row.timeout_tcp_inspect ?? OLD_LISTENER_TIMEOUTS.tcpInspect,
    tlsContainerRef: referenceOf(row.tls_certificate_id), clientCaTlsContainerRef: referenceOf(row.client_ca_tls_certificate_id), clientCrlContainerRef: referenceOf(row.client_crl_container_id),
    clientAuthentication: row.client_authentication, tlsCiphers: row.tls_ciphers,
    tlsVersions: words(TLS_VERSIONS, row.tls_versions), alpnProtocols: words(ALPN_PROTOCOLS, row.alpn_protocols),
    hstsMaxAge: row.hsts_max_age, hstsIncludeSubdomains: row.hsts_include_subdomains ?? false, hstsPreload: row.hsts_preload ?? false, peerPort: row.peer_port,
    ...parts,
  };
}

export function toL7Policy(row: Row<'l7policy'>, rules: readonly L7Rule[]): L7Policy {
  return {
    id: row.id, listenerId: row.listener_id, name: row.name, description: row.description, action: row.action, position: row.position, redirectPoolId: row.redirect_pool_id,
    redirectUrl: row.redirect_url, redirectPrefix: row.redirect_prefix, redirectHttpCode: row.redirect_http_code, enabled: row.enabled,
    provisioningStatus: row.provisioning_status, operatingStatus: row.operating_status, rules,
  };
}

export function toL7Rule(row: Row<'l7rule'>): L7Rule {
  return {
    id: row.id, l7policyId: row.l7policy_id, type: row.type, compareType: row.compare_type, key: row.key, value: row.value, invert: row.invert,
    enabled: row.enabled, provisioningStatus: row.provisioning_status, operatingStatus: row.operating_status,
  };
}

export function toPool(
  row: Row<'pool'>,
  parts: { persistence: Row<'session_persistence'> | undefined; monitor: Row<'health_monitor'> | undefined; members: readonly Member[] },
): Pool {
  return {
    id: row.id, projectId: row.project_id, name: row.name, description: row.description, protocol: row.protocol, lbAlgorithm: row.lb_algorithm, enabled: row.enabled,
    provisioningStatus: row.provisioning_status, operatingStatus: row.operating_status,
    sessionPersistence: parts.persistence ? toSessionPersistence(parts.persistence) : null,
    tlsEnabled: row.tls_enabled, tlsContainerRef: referenceOf(row.tls_certificate_id), caTlsContainerRef: referenceOf(row.ca_tls_certificate_id), crlContainerRef: referenceOf(row.crl_container_id),
    tlsCiphers: row.tls_ciphers, tlsVersions: words(TLS_VERSIONS, row.tls_versions), alpnProtocols: words(ALPN_PROTOCOLS, row.alpn_protocols),
    healthMonitor: parts.monitor ? toHealthMonitor(parts.monitor) : null,
    members: parts.members,
  };
}

function toSessionPersistence(row: Row<'session_persistence'>): SessionPersistence {
  return { type: row.type, cookieName: row.cookie_name, persistenceTimeoutSeconds: row.persistence_timeout, persistenceGranularity: row.persistence_granularity };
}

export function toHealthMonitor(row: Row<'health_monitor'>): HealthMonitor {
  return {
    id: row.id, poolId: row.pool_id, name: row.name, type: row.type, delaySeconds: row.delay, timeoutSeconds: row.timeout, riseThreshold: row.rise_threshold,
    fallThreshold: row.fall_threshold, httpMethod: row.http_method, urlPath: row.url_path, expectedCodes: row.expected_codes, httpVersion: row.http_version,
    domainName: row.domain_name, enabled: row.enabled, provisioningStatus: row.provisioning_status, operatingStatus: row.operating_status,
  };
}

export function toMember(row: Row<'member'>): Member {
  return {
    id: row.id, poolId: row.pool_id, name: row.name, ipAddress: row.ip_address ?? '', protocolPort: row.protocol_port, weight: row.weight ?? 1, backup: row.backup,
    subnetId: row.subnet_id, monitorAddress: row.monitor_address, monitorPort: row.monitor_port, vnicType: row.vnic_type, enabled: row.enabled,
    provisioningStatus: row.provisioning_status, operatingStatus: row.operating_status,
  };
}

/** Comma-joined words of a column; unknown ones are dropped, as nothing could be rendered from them. */
function words<T extends string>(known: readonly T[], text: string | null): T[] {
  const written = (text ?? '').split(',').map((word) => word.trim());
  return written.flatMap((word) => known.filter((candidate) => candidate === word));
}
