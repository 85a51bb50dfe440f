/** Bodies of the amphora agent's REST API 1.0 (contracts section 10); wire names as they travel. */
export interface HostRouteBody { readonly destination: string; readonly nexthop: string }

/** POST plug/vip/{ip} */
export interface PlugVipBody {
  readonly subnet_cidr: string; readonly gateway: string | null; readonly mac_address: string;
  readonly mtu?: number | null; readonly vrrp_ip?: string | null; readonly host_routes?: readonly HostRouteBody[];
  readonly additional_vips?: readonly { readonly ip_address: string; readonly subnet_cidr: string; readonly gateway: string | null; readonly host_routes?: readonly HostRouteBody[] }[];
  readonly is_sriov?: boolean;
}

/** POST plug/network */
export interface PlugNetworkBody {
  readonly mac_address: string; readonly mtu?: number | null;
  readonly fixed_ips?: readonly { readonly ip_address: string; readonly subnet_cidr: string; readonly gateway?: string | null; readonly host_routes?: readonly HostRouteBody[] }[];
  readonly is_sriov?: boolean; readonly vip_net_info?: PlugVipBody & { readonly vip: string };
}

/** PUT interface/{ip}/rules */
export interface InterfaceRuleBody { readonly protocol: 'TCP' | 'UDP' | 'SCTP' | 'VRRP'; readonly cidr: string | null; readonly port: number }

export interface AgentInfo { readonly hostname: string; readonly haproxy_version: string; readonly api_version: string; readonly keepalived_version?: string; readonly ipvsadm_version?: string }
export interface AgentListenerStatus { readonly status: string; readonly uuid: string; readonly type: string }

/** What an amphora can do and is, from GET details; used by the renderer for sizing. */
export interface AmphoraFacts {
  readonly haproxyVersion: readonly [number, number];
  readonly cpuCount: number;
  /** kB: free + buffers + cached. */
  readonly availableMemoryKb: number;
  readonly hasAmphoraTunedProfile: boolean;
  /** True when our own agent answers: it can do more than API 1.0 promises. Reported as GET info `octavia_ts`. */
  readonly isOurs: boolean;
  /** Which engine serves UDP and SCTP; the original reports none and means lvs. */
  readonly l4Engine: 'lvs' | 'nftables';
  /** Hard limit of open files for haproxy, when our agent reports it; maxconn is kept below what it allows. */
  readonly maxOpenFiles?: number;
  /** Ring of haproxy that our agent reads, where the amphora has no syslog socket; configurations log to it. */
  readonly logRing?: string;
  /** Topology that our agent was configured for. */
  readonly topology?: 'SINGLE' | 'ACTIVE_STANDBY';
}

/** GET octavia_ts/access_log/{cursor}, of our agent only. */
export interface AccessLogPart {
  /** Where the next call goes on. */
  readonly cursor: string;
  readonly lines: readonly string[];
  /** True when there were more lines than one answer holds; the oldest are left out. */
  readonly isCut: boolean;
  /** False when the amphora is configured to keep no log files. */
  readonly isKept: boolean;
}

/** Cursor of the first call. */
export const NEWEST_LOG_LINES = 'newest';
