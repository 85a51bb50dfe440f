import type {
  AlpnProtocol, AmphoraRole, AmphoraStatus, ClientAuthenticationMode, HealthMonitorType, HttpMethod, L7PolicyAction,
  L7RuleCompareType, L7RuleType, LbAlgorithm, ListenerProtocol, OperatingStatus, PoolProtocol, ProvisioningStatus,
  SessionPersistenceType, TlsVersion, Topology, VnicType,
} from './enums.ts';

/**
 * One load balancer with everything below it, as read from the database in one go. This is the "desired" side of
 * reconciliation and the only input of the configuration renderers. Plain data; ids are lower-case dashed UUIDs,
 * datetimes `YYYY-MM-DD HH:MM:SS` UTC, timeouts of listeners in milliseconds, of monitors in seconds.
 */
export interface LoadBalancerGraph {
  readonly id: string;
  readonly projectId: string | null;
  readonly name: string | null;
  readonly description?: string | null;
  readonly enabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: OperatingStatus;
  readonly topology: Topology;
  readonly provider: string | null;
  readonly flavorId: string | null;
  /** The parsed flavor_data of the load balancer's flavor; {} when there is none. */
  readonly flavor: FlavorData;
  readonly availabilityZoneName: string | null;
  /** The parsed availability_zone_data; {} when there is none. */
  readonly availabilityZone: AvailabilityZoneData;
  readonly serverGroupId: string | null;
  readonly vip: Vip;
  readonly additionalVips: readonly AdditionalVip[];
  readonly vrrpGroup: VrrpGroup | null;
  readonly amphorae: readonly Amphora[];
  readonly listeners: readonly Listener[];
  readonly pools: readonly Pool[];
}

export interface FlavorData {
  readonly loadbalancer_topology?: Topology;
  readonly compute_flavor?: string;
  readonly amp_image_tag?: string;
  readonly sriov_vip?: boolean;
  readonly allow_member_sriov?: boolean;
  /** An addition: what the amphorae run in, in octavia.conf's words; the configured one when absent. */
  readonly compute_driver?: string;
}

export interface AvailabilityZoneData {
  readonly compute_zone?: string;
  readonly volume_zone?: string;
  readonly management_network?: string;
  readonly valid_vip_networks?: readonly string[];
}

export interface Vip {
  readonly ipAddress: string | null;
  readonly portId: string | null;
  readonly subnetId: string | null;
  readonly networkId: string | null;
  readonly qosPolicyId: string | null;
  /** True when Octavia made the port and so deletes it. */
  readonly octaviaOwned: boolean;
  readonly vnicType: VnicType;
  readonly securityGroupIds: readonly string[];
}

export interface AdditionalVip {
  readonly ipAddress: string | null;
  readonly portId: string | null;
  readonly subnetId: string;
  readonly networkId: string | null;
}

export interface VrrpGroup {
  readonly name: string;
  readonly authType: 'PASS' | 'AH' | null;
  readonly authPass: string | null;
  /** Seconds in the database column; see keepalived/ for sub-second advertisements. */
  readonly advertInt: number | null;
}

export interface Amphora {
  readonly id: string;
  readonly loadBalancerId: string | null;
  readonly computeId: string | null;
  readonly status: AmphoraStatus;
  readonly role: AmphoraRole | null;
  /** Management address: where its agent listens. */
  readonly lbNetworkIp: string | null;
  readonly vrrpIp: string | null;
  readonly haIp: string | null;
  readonly vrrpPortId: string | null;
  readonly haPortId: string | null;
  readonly vrrpInterface: string | null;
  readonly vrrpId: number | null;
  readonly vrrpPriority: number | null;
  readonly certExpiration: string | null;
  readonly certBusy: boolean;
  readonly cachedZone: string | null;
  readonly imageId: string | null;
  readonly computeFlavor: string | null;
  readonly createdAt: string | null;
}

export interface Listener {
  readonly id: string;
  readonly projectId: string | null;
  readonly name: string | null;
  readonly description?: string | null;
  readonly protocol: ListenerProtocol;
  readonly protocolPort: number;
  /** -1 or null: no own limit. */
  readonly connectionLimit: number | null;
  readonly enabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: OperatingStatus;
  readonly defaultPoolId: string | null;
  readonly insertHeaders: Readonly<Record<string, string>>;
  readonly allowedCidrs: readonly string[];
  readonly timeoutClientDataMs: number;
  readonly timeoutMemberConnectMs: number;
  readonly timeoutMemberDataMs: number;
  readonly timeoutTcpInspectMs: number;
  /** References into the key manager, never key material. */
  readonly tlsContainerRef: string | null;
  readonly sniContainerRefs: readonly string[];
  readonly clientCaTlsContainerRef: string | null;
  readonly clientCrlContainerRef: string | null;
  readonly clientAuthentication: ClientAuthenticationMode;
  readonly tlsCiphers: string | null;
  readonly tlsVersions: readonly TlsVersion[];
  readonly alpnProtocols: readonly AlpnProtocol[];
  readonly hstsMaxAge: number | null;
  readonly hstsIncludeSubdomains: boolean;
  readonly hstsPreload: boolean;
  readonly peerPort: number | null;
  /** Ascending by position. */
  readonly l7policies: readonly L7Policy[];
}

export interface L7Policy {
  readonly id: string;
  readonly listenerId: string;
  readonly name: string | null;
  readonly description?: string | null;
  readonly action: L7PolicyAction;
  readonly position: number;
  readonly redirectPoolId: string | null;
  readonly redirectUrl: string | null;
  readonly redirectPrefix: string | null;
  readonly redirectHttpCode: number | null;
  readonly enabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: OperatingStatus;
  readonly rules: readonly L7Rule[];
}

export interface L7Rule {
  readonly id: string;
  readonly l7policyId: string;
  readonly type: L7RuleType;
  readonly compareType: L7RuleCompareType;
  readonly key: string | null;
  readonly value: string;
  readonly invert: boolean;
  readonly enabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: OperatingStatus;
}

export interface Pool {
  readonly id: string;
  readonly projectId: string | null;
  readonly name: string | null;
  readonly description?: string | null;
  readonly protocol: PoolProtocol;
  readonly lbAlgorithm: LbAlgorithm;
  readonly enabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: OperatingStatus;
  readonly sessionPersistence: SessionPersistence | null;
  readonly tlsEnabled: boolean;
  readonly tlsContainerRef: string | null;
  readonly caTlsContainerRef: string | null;
  readonly crlContainerRef: string | null;
  readonly tlsCiphers: string | null;
  readonly tlsVersions: readonly TlsVersion[];
  readonly alpnProtocols: readonly AlpnProtocol[];
  readonly healthMonitor: HealthMonitor | null;
  /** In creation order. */
  readonly members: readonly Member[];
}

export interface SessionPersistence {
  readonly type: SessionPersistenceType;
  readonly cookieName: string | null;
  readonly persistenceTimeoutSeconds: number | null;
  readonly persistenceGranularity: string | null;
}

export interface Member {
  readonly id: string;
  readonly poolId: string;
  readonly name: string | null;
  readonly ipAddress: string;
  readonly protocolPort: number;
  readonly weight: number;
  readonly backup: boolean;
  readonly subnetId: string | null;
  readonly monitorAddress: string | null;
  readonly monitorPort: number | null;
  readonly vnicType: VnicType;
  readonly enabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: OperatingStatus;
}

export interface HealthMonitor {
  readonly id: string;
  readonly poolId: string;
  readonly name: string | null;
  readonly type: HealthMonitorType;
  readonly delaySeconds: number;
  readonly timeoutSeconds: number;
  /** max_retries of the API: successes until UP. */
  readonly riseThreshold: number;
  /** max_retries_down of the API: failures until DOWN. */
  readonly fallThreshold: number;
  readonly httpMethod: HttpMethod | null;
  readonly urlPath: string | null;
  readonly expectedCodes: string | null;
  readonly httpVersion: number | null;
  readonly domainName: string | null;
  readonly enabled: boolean;
  readonly provisioningStatus: ProvisioningStatus;
  readonly operatingStatus: OperatingStatus;
}
