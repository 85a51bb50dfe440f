/** Value lists of Octavia's API and lookup tables (octavia-lib: octavia_lib/common/constants.py). */
export const PROVISIONING_STATUSES = ['ACTIVE', 'PENDING_CREATE', 'PENDING_UPDATE', 'PENDING_DELETE', 'ERROR', 'DELETED'] as const;
export type ProvisioningStatus = (typeof PROVISIONING_STATUSES)[number];

export const OPERATING_STATUSES = ['ONLINE', 'OFFLINE', 'DEGRADED', 'ERROR', 'NO_MONITOR', 'DRAINING'] as const;
export type OperatingStatus = (typeof OPERATING_STATUSES)[number];

export const AMPHORA_STATUSES = ['PENDING_CREATE', 'BOOTING', 'ALLOCATED', 'READY', 'PENDING_DELETE', 'DELETED', 'ERROR', 'FAILOVER_STOPPED'] as const;
export type AmphoraStatus = (typeof AMPHORA_STATUSES)[number];

export const AMPHORA_ROLES = ['MASTER', 'BACKUP', 'STANDALONE'] as const;
export type AmphoraRole = (typeof AMPHORA_ROLES)[number];

export const TOPOLOGIES = ['SINGLE', 'ACTIVE_STANDBY'] as const;
export type Topology = (typeof TOPOLOGIES)[number];

export const LISTENER_PROTOCOLS = ['TCP', 'HTTP', 'HTTPS', 'TERMINATED_HTTPS', 'UDP', 'SCTP', 'PROMETHEUS'] as const;
export type ListenerProtocol = (typeof LISTENER_PROTOCOLS)[number];

export const POOL_PROTOCOLS = ['TCP', 'HTTP', 'HTTPS', 'PROXY', 'PROXYV2', 'UDP', 'SCTP'] as const;
export type PoolProtocol = (typeof POOL_PROTOCOLS)[number];

export const LB_ALGORITHMS = ['ROUND_ROBIN', 'LEAST_CONNECTIONS', 'SOURCE_IP', 'SOURCE_IP_PORT'] as const;
export type LbAlgorithm = (typeof LB_ALGORITHMS)[number];

export const SESSION_PERSISTENCE_TYPES = ['SOURCE_IP', 'HTTP_COOKIE', 'APP_COOKIE'] as const;
export type SessionPersistenceType = (typeof SESSION_PERSISTENCE_TYPES)[number];

export const HEALTH_MONITOR_TYPES = ['HTTP', 'HTTPS', 'PING', 'TCP', 'TLS-HELLO', 'UDP-CONNECT', 'SCTP'] as const;
export type HealthMonitorType = (typeof HEALTH_MONITOR_TYPES)[number];

export const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'OPTIONS', 'CONNECT', 'PATCH'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

export const L7POLICY_ACTIONS = ['REJECT', 'REDIRECT_TO_POOL', 'REDIRECT_TO_URL', 'REDIRECT_PREFIX'] as const;
export type L7PolicyAction = (typeof L7POLICY_ACTIONS)[number];

export const L7RULE_TYPES = ['HOST_NAME', 'PATH', 'FILE_TYPE', 'HEADER', 'COOKIE', 'SSL_CONN_HAS_CERT', 'SSL_VERIFY_RESULT', 'SSL_DN_FIELD'] as const;
export type L7RuleType = (typeof L7RULE_TYPES)[number];

export const L7RULE_COMPARE_TYPES = ['REGEX', 'STARTS_WITH', 'ENDS_WITH', 'CONTAINS', 'EQUAL_TO'] as const;
export type L7RuleCompareType = (typeof L7RULE_COMPARE_TYPES)[number];

export const CLIENT_AUTHENTICATION_MODES = ['NONE', 'OPTIONAL', 'MANDATORY'] as const;
export type ClientAuthenticationMode = (typeof CLIENT_AUTHENTICATION_MODES)[number];

export const TLS_VERSIONS = ['SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

export const ALPN_PROTOCOLS = ['h2', 'http/1.1', 'http/1.0'] as const;
export type AlpnProtocol = (typeof ALPN_PROTOCOLS)[number];

export const VNIC_TYPES = ['normal', 'direct'] as const;
export type VnicType = (typeof VNIC_TYPES)[number];

/** The all-zero id of placeholder rows (contracts: quirk 18). */
export const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** `failover` replaces each amphora, which boots the present image; `configure` pushes the agent's configuration anew. */
export const ROLLOUT_KINDS = ['failover', 'configure'] as const;
export type RolloutKind = (typeof ROLLOUT_KINDS)[number];

/** `halted`: a step failed; `paused`: somebody asked. Both go on with `resume`. */
export const ROLLOUT_STATES = ['running', 'paused', 'halted', 'aborted', 'done'] as const;
export type RolloutState = (typeof ROLLOUT_STATES)[number];
