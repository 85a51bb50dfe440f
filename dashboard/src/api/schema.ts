// Generated from docs/openapi.json by dashboard/scripts/write-api-types.ts: do not edit.
// oxlint-disable max-lines

export interface Loadbalancer {
  /** The id. */
  readonly id: string;
  /** Name for people; need not be unique. */
  readonly name: string;
  /** Free text. */
  readonly description: string;
  /** Whether a change is under way. */
  readonly provisioning_status: "ACTIVE" | "PENDING_CREATE" | "PENDING_UPDATE" | "PENDING_DELETE" | "ERROR" | "DELETED";
  /** What the data plane reports. */
  readonly operating_status: "ONLINE" | "OFFLINE" | "DEGRADED" | "ERROR" | "NO_MONITOR" | "DRAINING";
  /** False takes the object out of service. */
  readonly admin_state_up: boolean;
  /** The owning project. */
  readonly project_id: string;
  /** UTC time of creation. */
  readonly created_at: string;
  /** UTC time of the last update, null before the first. */
  readonly updated_at: string | null;
  /** Virtual address. */
  readonly vip_address: string | null;
  /** Port of the virtual address. */
  readonly vip_port_id: string | null;
  /** Subnet of the virtual address. */
  readonly vip_subnet_id: string | null;
  /** Network of the virtual address. */
  readonly vip_network_id: string | null;
  /** Security groups of the VIP port instead of the service's own. */
  readonly vip_sg_ids: readonly string[] | null;
  /** More virtual addresses, one per subnet of the network. */
  readonly additional_vips: readonly ({ readonly subnet_id?: string | null; readonly ip_address?: string | null; readonly port_id?: string | null })[] | null;
  /** The listeners: ids in answers, objects in a fully populated create. */
  readonly listeners: readonly { readonly id: string }[];
  /** The pools: ids in answers, objects in a fully populated create. */
  readonly pools: readonly { readonly id: string }[];
  /** Provider driver. */
  readonly provider: string | null;
  /** The flavor. */
  readonly flavor_id: string | null;
  /** QoS policy of the VIP port. */
  readonly vip_qos_policy_id: string | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags: readonly string[];
  /** Availability zone by name. */
  readonly availability_zone: string | null;
  /** `direct` when the flavor asks for SR-IOV. */
  readonly vip_vnic_type: "normal" | "direct" | null;
  /** The same as project_id. */
  readonly tenant_id: string | null;
}

export interface LoadbalancerCreate {
  /** Name for people; need not be unique. */
  readonly name?: string | null;
  /** Free text. */
  readonly description?: string | null;
  /** False takes the object out of service. */
  readonly admin_state_up?: boolean | null;
  /** The owning project. */
  readonly project_id?: string | null;
  /** Virtual address. */
  readonly vip_address?: string | null;
  /** Port of the virtual address. */
  readonly vip_port_id?: string | null;
  /** Subnet of the virtual address. */
  readonly vip_subnet_id?: string | null;
  /** Network of the virtual address. */
  readonly vip_network_id?: string | null;
  /** Security groups of the VIP port instead of the service's own. */
  readonly vip_sg_ids?: readonly string[] | null;
  /** More virtual addresses, one per subnet of the network. */
  readonly additional_vips?: readonly ({ readonly subnet_id: string; readonly ip_address?: string | null; readonly port_id?: string | null })[] | null;
  /** The listeners: ids in answers, objects in a fully populated create. */
  readonly listeners?: readonly ({ readonly name?: string | null; readonly description?: string | null; readonly admin_state_up?: boolean | null; readonly protocol: "TCP" | "HTTP" | "HTTPS" | "TERMINATED_HTTPS" | "UDP" | "SCTP" | "PROMETHEUS"; readonly protocol_port: number; readonly connection_limit?: number | null; readonly default_tls_container_ref?: string | null; readonly sni_container_refs?: readonly string[] | null; readonly default_pool_id?: string | null; readonly l7policies?: readonly ({ readonly name?: string | null; readonly description?: string | null; readonly admin_state_up?: boolean | null; readonly action: "REJECT" | "REDIRECT_TO_POOL" | "REDIRECT_TO_URL" | "REDIRECT_PREFIX"; readonly redirect_url?: string | null; readonly redirect_prefix?: string | null; readonly position?: number | null; readonly rules?: readonly ({ readonly type: "HOST_NAME" | "PATH" | "FILE_TYPE" | "HEADER" | "COOKIE" | "SSL_CONN_HAS_CERT" | "SSL_VERIFY_RESULT" | "SSL_DN_FIELD"; readonly compare_type: "REGEX" | "STARTS_WITH" | "ENDS_WITH" | "CONTAINS" | "EQUAL_TO"; readonly key?: string | null; readonly value: string; readonly invert?: boolean | null; readonly admin_state_up?: boolean | null; readonly tags?: readonly string[] | null })[] | null; readonly tags?: readonly string[] | null; readonly redirect_http_code?: 301 | 302 | 303 | 307 | 308 | null; readonly redirect_pool?: { readonly name?: string | null; readonly description?: string | null; readonly admin_state_up?: boolean | null; readonly protocol?: "TCP" | "HTTP" | "HTTPS" | "PROXY" | "PROXYV2" | "UDP" | "SCTP" | null; readonly lb_algorithm?: "ROUND_ROBIN" | "LEAST_CONNECTIONS" | "SOURCE_IP" | "SOURCE_IP_PORT" | null; readonly session_persistence?: { readonly type: "SOURCE_IP" | "HTTP_COOKIE" | "APP_COOKIE"; readonly cookie_name?: string | null; readonly persistence_timeout?: number | null; readonly persistence_granularity?: string | null } | null; readonly members?: readonly ({ readonly name?: string | null; readonly admin_state_up?: boolean | null; readonly address: string; readonly protocol_port: number; readonly weight?: number | null; readonly backup?: boolean | null; readonly subnet_id?: string | null; readonly monitor_address?: string | null; readonly monitor_port?: number | null; readonly tags?: readonly string[] | null; readonly request_sriov?: boolean | null })[] | null; readonly tags?: readonly string[] | null; readonly tls_container_ref?: string | null; readonly ca_tls_container_ref?: string | null; readonly crl_container_ref?: string | null; readonly tls_enabled?: boolean | null; readonly tls_ciphers?: string | null; readonly tls_versions?: readonly string[] | null; readonly alpn_protocols?: readonly ("h2" | "http/1.1" | "http/1.0")[] | null; readonly healthmonitor?: { readonly name?: string | null; readonly type: "HTTP" | "HTTPS" | "PING" | "TCP" | "TLS-HELLO" | "UDP-CONNECT" | "SCTP"; readonly delay: number; readonly timeout: number; readonly max_retries: number; readonly max_retries_down?: number | null; readonly http_method?: "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "TRACE" | "OPTIONS" | "CONNECT" | "PATCH" | null; readonly url_path?: string | null; readonly expected_codes?: string | null; readonly admin_state_up?: boolean | null; readonly tags?: readonly string[] | null; readonly http_version?: 1 | 1.1 | null; readonly domain_name?: string | null } | null } | null })[] | null; readonly insert_headers?: Readonly<Record<string, string>> | null; readonly timeout_client_data?: number | null; readonly timeout_member_connect?: number | null; readonly timeout_member_data?: number | null; readonly timeout_tcp_inspect?: number | null; readonly tags?: readonly string[] | null; readonly client_ca_tls_container_ref?: string | null; readonly client_authentication?: "NONE" | "OPTIONAL" | "MANDATORY" | null; readonly client_crl_container_ref?: string | null; readonly allowed_cidrs?: readonly string[] | null; readonly tls_ciphers?: string | null; readonly tls_versions?: readonly string[] | null; readonly alpn_protocols?: readonly ("h2" | "http/1.1" | "http/1.0")[] | null; readonly hsts_max_age?: number | null; readonly hsts_include_subdomains?: boolean | null; readonly hsts_preload?: boolean | null; readonly default_pool?: { readonly name?: string | null; readonly description?: string | null; readonly admin_state_up?: boolean | null; readonly protocol?: "TCP" | "HTTP" | "HTTPS" | "PROXY" | "PROXYV2" | "UDP" | "SCTP" | null; readonly lb_algorithm?: "ROUND_ROBIN" | "LEAST_CONNECTIONS" | "SOURCE_IP" | "SOURCE_IP_PORT" | null; readonly session_persistence?: { readonly type: "SOURCE_IP" | "HTTP_COOKIE" | "APP_COOKIE"; readonly cookie_name?: string | null; readonly persistence_timeout?: number | null; readonly persistence_granularity?: string | null } | null; readonly members?: readonly ({ readonly name?: string | null; readonly admin_state_up?: boolean | null; readonly address: string; readonly protocol_port: number; readonly weight?: number | null; readonly backup?: boolean | null; readonly subnet_id?: string | null; readonly monitor_address?: string | null; readonly monitor_port?: number | null; readonly tags?: readonly string[] | null; readonly request_sriov?: boolean | null })[] | null; readonly tags?: readonly string[] | null; readonly tls_container_ref?: string | null; readonly ca_tls_container_ref?: string | null; readonly crl_container_ref?: string | null; readonly tls_enabled?: boolean | null; readonly tls_ciphers?: string | null; readonly tls_versions?: readonly string[] | null; readonly alpn_protocols?: readonly ("h2" | "http/1.1" | "http/1.0")[] | null; readonly healthmonitor?: { readonly name?: string | null; readonly type: "HTTP" | "HTTPS" | "PING" | "TCP" | "TLS-HELLO" | "UDP-CONNECT" | "SCTP"; readonly delay: number; readonly timeout: number; readonly max_retries: number; readonly max_retries_down?: number | null; readonly http_method?: "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "TRACE" | "OPTIONS" | "CONNECT" | "PATCH" | null; readonly url_path?: string | null; readonly expected_codes?: string | null; readonly admin_state_up?: boolean | null; readonly tags?: readonly string[] | null; readonly http_version?: 1 | 1.1 | null; readonly domain_name?: string | null } | null } | null })[] | null;
  /** The pools: ids in answers, objects in a fully populated create. */
  readonly pools?: readonly ({ readonly name?: string | null; readonly description?: string | null; readonly admin_state_up?: boolean | null; readonly protocol?: "TCP" | "HTTP" | "HTTPS" | "PROXY" | "PROXYV2" | "UDP" | "SCTP" | null; readonly lb_algorithm?: "ROUND_ROBIN" | "LEAST_CONNECTIONS" | "SOURCE_IP" | "SOURCE_IP_PORT" | null; readonly session_persistence?: { readonly type: "SOURCE_IP" | "HTTP_COOKIE" | "APP_COOKIE"; readonly cookie_name?: string | null; readonly persistence_timeout?: number | null; readonly persistence_granularity?: string | null } | null; readonly members?: readonly ({ readonly name?: string | null; readonly admin_state_up?: boolean | null; readonly address: string; readonly protocol_port: number; readonly weight?: number | null; readonly backup?: boolean | null; readonly subnet_id?: string | null; readonly monitor_address?: string | null; readonly monitor_port?: number | null; readonly tags?: readonly string[] | null; readonly request_sriov?: boolean | null })[] | null; readonly tags?: readonly string[] | null; readonly tls_container_ref?: string | null; readonly ca_tls_container_ref?: string | null; readonly crl_container_ref?: string | null; readonly tls_enabled?: boolean | null; readonly tls_ciphers?: string | null; readonly tls_versions?: readonly string[] | null; readonly alpn_protocols?: readonly ("h2" | "http/1.1" | "http/1.0")[] | null; readonly healthmonitor?: { readonly name?: string | null; readonly type: "HTTP" | "HTTPS" | "PING" | "TCP" | "TLS-HELLO" | "UDP-CONNECT" | "SCTP"; readonly delay: number; readonly timeout: number; readonly max_retries: number; readonly max_retries_down?: number | null; readonly http_method?: "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "TRACE" | "OPTIONS" | "CONNECT" | "PATCH" | null; readonly url_path?: string | null; readonly expected_codes?: string | null; readonly admin_state_up?: boolean | null; readonly tags?: readonly string[] | null; readonly http_version?: 1 | 1.1 | null; readonly domain_name?: string | null } | null })[] | null;
  /** Provider driver. */
  readonly provider?: string | null;
  /** The flavor. */
  readonly flavor_id?: string | null;
  /** QoS policy of the VIP port. */
  readonly vip_qos_policy_id?: string | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags?: readonly string[] | null;
  /** Availability zone by name. */
  readonly availability_zone?: string | null;
  /** The same as project_id. */
  readonly tenant_id?: string | null;
}

export interface LoadbalancerUpdate {
  /** Name for people; need not be unique. */
  readonly name?: string | null;
  /** Free text. */
  readonly description?: string | null;
  /** False takes the object out of service. */
  readonly admin_state_up?: boolean | null;
  /** Security groups of the VIP port instead of the service's own. */
  readonly vip_sg_ids?: readonly string[] | null;
  /** QoS policy of the VIP port. */
  readonly vip_qos_policy_id?: string | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags?: readonly string[] | null;
}

export interface Listener {
  /** The id. */
  readonly id: string;
  /** Name for people; need not be unique. */
  readonly name: string;
  /** Free text. */
  readonly description: string;
  /** Whether a change is under way. */
  readonly provisioning_status: "ACTIVE" | "PENDING_CREATE" | "PENDING_UPDATE" | "PENDING_DELETE" | "ERROR" | "DELETED";
  /** What the data plane reports. */
  readonly operating_status: "ONLINE" | "OFFLINE" | "DEGRADED" | "ERROR" | "NO_MONITOR" | "DRAINING";
  /** False takes the object out of service. */
  readonly admin_state_up: boolean;
  /** Protocol towards clients. */
  readonly protocol: "TCP" | "HTTP" | "HTTPS" | "TERMINATED_HTTPS" | "UDP" | "SCTP" | "PROMETHEUS";
  /** Port on the VIP. */
  readonly protocol_port: number;
  /** Most connections at a time; -1: no own limit. */
  readonly connection_limit: number;
  /** Certificate to terminate TLS with. */
  readonly default_tls_container_ref: string | null;
  /** More certificates, chosen by server name. */
  readonly sni_container_refs: readonly string[] | null;
  /** The owning project. */
  readonly project_id: string;
  /** Pool for requests that no policy takes. */
  readonly default_pool_id: string | null;
  /** The policies: ids in answers, objects in a fully populated create. */
  readonly l7policies: readonly { readonly id: string }[];
  /** Headers to add to requests, by name: "true". */
  readonly insert_headers: Readonly<Record<string, string>> | null;
  /** UTC time of creation. */
  readonly created_at: string;
  /** UTC time of the last update, null before the first. */
  readonly updated_at: string | null;
  /** The load balancer. */
  readonly loadbalancers: readonly ({ readonly id?: string | null })[];
  /** Client inactivity, milliseconds. */
  readonly timeout_client_data: number | null;
  /** Connecting to a member, milliseconds. */
  readonly timeout_member_connect: number | null;
  /** Member inactivity, milliseconds. */
  readonly timeout_member_data: number | null;
  /** Waiting for more data to inspect, milliseconds. */
  readonly timeout_tcp_inspect: number | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags: readonly string[];
  /** CA that client certificates must chain to. */
  readonly client_ca_tls_container_ref: string | null;
  /** Whether clients must show a certificate. */
  readonly client_authentication: "NONE" | "OPTIONAL" | "MANDATORY" | null;
  /** Revocation list of the client CA. */
  readonly client_crl_container_ref: string | null;
  /** Sources that may connect; null: all. */
  readonly allowed_cidrs: readonly string[] | null;
  /** OpenSSL cipher list. */
  readonly tls_ciphers: string | null;
  /** TLS versions offered. */
  readonly tls_versions: readonly string[] | null;
  /** ALPN protocols offered. */
  readonly alpn_protocols: readonly ("h2" | "http/1.1" | "http/1.0")[] | null;
  /** Seconds of Strict-Transport-Security; null: none. */
  readonly hsts_max_age: number | null;
  /** includeSubDomains of HSTS. */
  readonly hsts_include_subdomains: boolean | null;
  /** preload of HSTS. */
  readonly hsts_preload: boolean | null;
  /** The same as project_id. */
  readonly tenant_id: string | null;
}

export interface ListenerCreate {
  /** Name for people; need not be unique. */
  readonly name?: string | null;
  /** Free text. */
  readonly description?: string | null;
  /** False takes the object out of service. */
  readonly admin_state_up?: boolean | null;
  /** Protocol towards clients. */
  readonly protocol: "TCP" | "HTTP" | "HTTPS" | "TERMINATED_HTTPS" | "UDP" | "SCTP" | "PROMETHEUS";
  /** Port on the VIP. */
  readonly protocol_port: number;
  /** Most connections at a time; -1: no own limit. */
  readonly connection_limit?: number | null;
  /** Certificate to terminate TLS with. */
  readonly default_tls_container_ref?: string | null;
  /** More certificates, chosen by server name. */
  readonly sni_container_refs?: readonly string[] | null;
  /** The owning project. */
  readonly project_id?: string | null;
  /** Pool for requests that no policy takes. */
  readonly default_pool_id?: string | null;
  /** The policies: ids in answers, objects in a fully populated create. */
  readonly l7policies?: readonly ({ readonly name?: string | null; readonly description?: string | null; readonly admin_state_up?: boolean | null; readonly action: "REJECT" | "REDIRECT_TO_POOL" | "REDIRECT_TO_URL" | "REDIRECT_PREFIX"; readonly redirect_url?: string | null; readonly redirect_prefix?: string | null; readonly position?: number | null; readonly rules?: readonly ({ readonly type: "HOST_NAME" | "PATH" | "FILE_TYPE" | "HEADER" | "COOKIE" | "SSL_CONN_HAS_CERT" | "SSL_VERIFY_RESULT" | "SSL_DN_FIELD"; readonly compare_type: "REGEX" | "STARTS_WITH" | "ENDS_WITH" | "CONTAINS" | "EQUAL_TO"; readonly key?: string | null; readonly value: string; readonly invert?: boolean | null; readonly admin_state_up?: boolean | null; readonly tags?: readonly string[] | null })[] | null; readonly tags?: readonly string[] | null; readonly redirect_http_code?: 301 | 302 | 303 | 307 | 308 | null; readonly redirect_pool?: { readonly name?: string | null; readonly description?: string | null; readonly admin_state_up?: boolean | null; readonly protocol?: "TCP" | "HTTP" | "HTTPS" | "PROXY" | "PROXYV2" | "UDP" | "SCTP" | null; readonly lb_algorithm?: "ROUND_ROBIN" | "LEAST_CONNECTIONS" | "SOURCE_IP" | "SOURCE_IP_PORT" | null; readonly session_persistence?: { readonly type: "SOURCE_IP" | "HTTP_COOKIE" | "APP_COOKIE"; readonly cookie_name?: string | null; readonly persistence_timeout?: number | null; readonly persistence_granularity?: string | null } | null; readonly members?: readonly ({ readonly name?: string | null; readonly admin_state_up?: boolean | null; readonly address: string; readonly protocol_port: number; readonly weight?: number | null; readonly backup?: boolean | null; readonly subnet_id?: string | null; readonly monitor_address?: string | null; readonly monitor_port?: number | null; readonly tags?: readonly string[] | null; readonly request_sriov?: boolean | null })[] | null; readonly tags?: readonly string[] | null; readonly tls_container_ref?: string | null; readonly ca_tls_container_ref?: string | null; readonly crl_container_ref?: string | null; readonly tls_enabled?: boolean | null; readonly tls_ciphers?: string | null; readonly tls_versions?: readonly string[] | null; readonly alpn_protocols?: readonly ("h2" | "http/1.1" | "http/1.0")[] | null; readonly healthmonitor?: { readonly name?: string | null; readonly type: "HTTP" | "HTTPS" | "PING" | "TCP" | "TLS-HELLO" | "UDP-CONNECT" | "SCTP"; readonly delay: number; readonly timeout: number; readonly max_retries: number; readonly max_retries_down?: number | null; readonly http_method?: "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "TRACE" | "OPTIONS" | "CONNECT" | "PATCH" | null; readonly url_path?: string | null; readonly expected_codes?: string | null; readonly admin_state_up?: boolean | null; readonly tags?: readonly string[] | null; readonly http_version?: 1 | 1.1 | null; readonly domain_name?: string | null } | null } | null })[] | null;
  /** Headers to add to requests, by name: "true". */
  readonly insert_headers?: Readonly<Record<string, string>> | null;
  /** Client inactivity, milliseconds. */
  readonly timeout_client_data?: number | null;
  /** Connecting to a member, milliseconds. */
  readonly timeout_member_connect?: number | null;
  /** Member inactivity, milliseconds. */
  readonly timeout_member_data?: number | null;
  /** Waiting for more data to inspect, milliseconds. */
  readonly timeout_tcp_inspect?: number | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags?: readonly string[] | null;
  /** CA that client certificates must chain to. */
  readonly client_ca_tls_container_ref?: string | null;
  /** Whether clients must show a certificate. */
  readonly client_authentication?: "NONE" | "OPTIONAL" | "MANDATORY" | null;
  /** Revocation list of the client CA. */
  readonly client_crl_container_ref?: string | null;
  /** Sources that may connect; null: all. */
  readonly allowed_cidrs?: readonly string[] | null;
  /** OpenSSL cipher list. */
  readonly tls_ciphers?: string | null;
  /** TLS versions offered. */
  readonly tls_versions?: readonly string[] | null;
  /** ALPN protocols offered. */
  readonly alpn_protocols?: readonly ("h2" | "http/1.1" | "http/1.0")[] | null;
  /** Seconds of Strict-Transport-Security; null: none. */
  readonly hsts_max_age?: number | null;
  /** includeSubDomains of HSTS. */
  readonly hsts_include_subdomains?: boolean | null;
  /** preload of HSTS. */
  readonly hsts_preload?: boolean | null;
  /** The load balancer. */
  readonly loadbalancer_id: string;
  /** Default pool to create along, or the name of one. */
  readonly default_pool?: { readonly name?: string | null; readonly description?: string | null; readonly admin_state_up?: boolean | null; readonly protocol?: "TCP" | "HTTP" | "HTTPS" | "PROXY" | "PROXYV2" | "UDP" | "SCTP" | null; readonly lb_algorithm?: "ROUND_ROBIN" | "LEAST_CONNECTIONS" | "SOURCE_IP" | "SOURCE_IP_PORT" | null; readonly session_persistence?: { readonly type: "SOURCE_IP" | "HTTP_COOKIE" | "APP_COOKIE"; readonly cookie_name?: string | null; readonly persistence_timeout?: number | null; readonly persistence_granularity?: string | null } | null; readonly members?: readonly ({ readonly name?: string | null; readonly admin_state_up?: boolean | null; readonly address: string; readonly protocol_port: number; readonly weight?: number | null; readonly backup?: boolean | null; readonly subnet_id?: string | null; readonly monitor_address?: string | null; readonly monitor_port?: number | null; readonly tags?: readonly string[] | null; readonly request_sriov?: boolean | null })[] | null; readonly tags?: readonly string[] | null; readonly tls_container_ref?: string | null; readonly ca_tls_container_ref?: string | null; readonly crl_container_ref?: string | null; readonly tls_enabled?: boolean | null; readonly tls_ciphers?: string | null; readonly tls_versions?: readonly string[] | null; readonly alpn_protocols?: readonly ("h2" | "http/1.1" | "http/1.0")[] | null; readonly healthmonitor?: { readonly name?: string | null; readonly type: "HTTP" | "HTTPS" | "PING" | "TCP" | "TLS-HELLO" | "UDP-CONNECT" | "SCTP"; readonly delay: number; readonly timeout: number; readonly max_retries: number; readonly max_retries_down?: number | null; readonly http_method?: "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "TRACE" | "OPTIONS" | "CONNECT" | "PATCH" | null; readonly url_path?: string | null; readonly expected_codes?: string | null; readonly admin_state_up?: boolean | null; readonly tags?: readonly string[] | null; readonly http_version?: 1 | 1.1 | null; readonly domain_name?: string | null } | null } | null;
  /** The same as project_id. */
  readonly tenant_id?: string | null;
}

export interface ListenerUpdate {
  /** Name for people; need not be unique. */
  readonly name?: string | null;
  /** Free text. */
  readonly description?: string | null;
  /** False takes the object out of service. */
  readonly admin_state_up?: boolean | null;
  /** Most connections at a time; -1: no own limit. */
  readonly connection_limit?: number | null;
  /** Certificate to terminate TLS with. */
  readonly default_tls_container_ref?: string | null;
  /** More certificates, chosen by server name. */
  readonly sni_container_refs?: readonly string[] | null;
  /** Pool for requests that no policy takes. */
  readonly default_pool_id?: string | null;
  /** Headers to add to requests, by name: "true". */
  readonly insert_headers?: Readonly<Record<string, string>> | null;
  /** Client inactivity, milliseconds. */
  readonly timeout_client_data?: number | null;
  /** Connecting to a member, milliseconds. */
  readonly timeout_member_connect?: number | null;
  /** Member inactivity, milliseconds. */
  readonly timeout_member_data?: number | null;
  /** Waiting for more data to inspect, milliseconds. */
  readonly timeout_tcp_inspect?: number | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags?: readonly string[] | null;
  /** CA that client certificates must chain to. */
  readonly client_ca_tls_container_ref?: string | null;
  /** Whether clients must show a certificate. */
  readonly client_authentication?: "NONE" | "OPTIONAL" | "MANDATORY" | null;
  /** Revocation list of the client CA. */
  readonly client_crl_container_ref?: string | null;
  /** Sources that may connect; null: all. */
  readonly allowed_cidrs?: readonly string[] | null;
  /** OpenSSL cipher list. */
  readonly tls_ciphers?: string | null;
  /** TLS versions offered. */
  readonly tls_versions?: readonly string[] | null;
  /** ALPN protocols offered. */
  readonly alpn_protocols?: readonly ("h2" | "http/1.1" | "http/1.0")[] | null;
  /** Seconds of Strict-Transport-Security; null: none. */
  readonly hsts_max_age?: number | null;
  /** includeSubDomains of HSTS. */
  readonly hsts_include_subdomains?: boolean | null;
  /** preload of HSTS. */
  readonly hsts_preload?: boolean | null;
}

export interface Pool {
  /** The id. */
  readonly id: string;
  /** Name for people; need not be unique. */
  readonly name: string;
  /** Free text. */
  readonly description: string;
  /** Whether a change is under way. */
  readonly provisioning_status: "ACTIVE" | "PENDING_CREATE" | "PENDING_UPDATE" | "PENDING_DELETE" | "ERROR" | "DELETED";
  /** What the data plane reports. */
  readonly operating_status: "ONLINE" | "OFFLINE" | "DEGRADED" | "ERROR" | "NO_MONITOR" | "DRAINING";
  /** False takes the object out of service. */
  readonly admin_state_up: boolean;
  /** Protocol towards the members. */
  readonly protocol: "TCP" | "HTTP" | "HTTPS" | "PROXY" | "PROXYV2" | "UDP" | "SCTP";
  /** How members are chosen. */
  readonly lb_algorithm: "ROUND_ROBIN" | "LEAST_CONNECTIONS" | "SOURCE_IP" | "SOURCE_IP_PORT";
  /** Ties clients to members; null turns it off. */
  readonly session_persistence: { readonly type?: "SOURCE_IP" | "HTTP_COOKIE" | "APP_COOKIE" | null; readonly cookie_name?: string | null; readonly persistence_timeout?: number | null; readonly persistence_granularity?: string | null } | null;
  /** The owning project. */
  readonly project_id: string;
  /** The load balancer. */
  readonly loadbalancers: readonly ({ readonly id?: string | null })[];
  /** Listeners that send traffic here. */
  readonly listeners: readonly ({ readonly id?: string | null })[];
  /** UTC time of creation. */
  readonly created_at: string;
  /** UTC time of the last update, null before the first. */
  readonly updated_at: string | null;
  /** The health monitor; left out when there is none. */
  readonly healthmonitor_id?: string | null;
  /** The members: ids in answers, objects in a fully populated create. */
  readonly members: readonly { readonly id: string }[];
  /** Simple text tags; a given list replaces the old one. */
  readonly tags: readonly string[];
  /** Client certificate shown to members. */
  readonly tls_container_ref: string | null;
  /** CA that member certificates must chain to. */
  readonly ca_tls_container_ref: string | null;
  /** Revocation list of that CA. */
  readonly crl_container_ref: string | null;
  /** Encrypt towards the members. */
  readonly tls_enabled: boolean;
  /** OpenSSL cipher list towards members. */
  readonly tls_ciphers: string | null;
  /** TLS versions towards members. */
  readonly tls_versions: readonly string[] | null;
  /** ALPN protocols towards members. */
  readonly alpn_protocols: readonly ("h2" | "http/1.1" | "http/1.0")[] | null;
  /** The same as project_id. */
  readonly tenant_id: string | null;
}

export interface PoolCreate {
  /** Name for people; need not be unique. */
  readonly name?: string | null;
  /** Free text. */
  readonly description?: string | null;
  /** False takes the object out of service. */
  readonly admin_state_up?: boolean | null;
  /** Protocol towards the members. */
  readonly protocol: "TCP" | "HTTP" | "HTTPS" | "PROXY" | "PROXYV2" | "UDP" | "SCTP";
  /** How members are chosen. */
  readonly lb_algorithm: "ROUND_ROBIN" | "LEAST_CONNECTIONS" | "SOURCE_IP" | "SOURCE_IP_PORT";
  /** Ties clients to members; null turns it off. */
  readonly session_persistence?: { readonly type: "SOURCE_IP" | "HTTP_COOKIE" | "APP_COOKIE"; readonly cookie_name?: string | null; readonly persistence_timeout?: number | null; readonly persistence_granularity?: string | null } | null;
  /** The owning project. */
  readonly project_id?: string | null;
  /** The members: ids in answers, objects in a fully populated create. */
  readonly members?: readonly ({ readonly name?: string | null; readonly admin_state_up?: boolean | null; readonly address: string; readonly protocol_port: number; readonly weight?: number | null; readonly backup?: boolean | null; readonly subnet_id?: string | null; readonly monitor_address?: string | null; readonly monitor_port?: number | null; readonly tags?: readonly string[] | null; readonly request_sriov?: boolean | null })[] | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags?: readonly string[] | null;
  /** Client certificate shown to members. */
  readonly tls_container_ref?: string | null;
  /** CA that member certificates must chain to. */
  readonly ca_tls_container_ref?: string | null;
  /** Revocation list of that CA. */
  readonly crl_container_ref?: string | null;
  /** Encrypt towards the members. */
  readonly tls_enabled?: boolean | null;
  /** OpenSSL cipher list towards members. */
  readonly tls_ciphers?: string | null;
  /** TLS versions towards members. */
  readonly tls_versions?: readonly string[] | null;
  /** ALPN protocols towards members. */
  readonly alpn_protocols?: readonly ("h2" | "http/1.1" | "http/1.0")[] | null;
  /** Listener whose default pool this becomes. */
  readonly listener_id?: string | null;
  /** The load balancer. */
  readonly loadbalancer_id?: string | null;
  /** Health monitor to create along. */
  readonly healthmonitor?: { readonly name?: string | null; readonly type: "HTTP" | "HTTPS" | "PING" | "TCP" | "TLS-HELLO" | "UDP-CONNECT" | "SCTP"; readonly delay: number; readonly timeout: number; readonly max_retries: number; readonly max_retries_down?: number | null; readonly http_method?: "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "TRACE" | "OPTIONS" | "CONNECT" | "PATCH" | null; readonly url_path?: string | null; readonly expected_codes?: string | null; readonly admin_state_up?: boolean | null; readonly tags?: readonly string[] | null; readonly http_version?: 1 | 1.1 | null; readonly domain_name?: string | null } | null;
  /** The same as project_id. */
  readonly tenant_id?: string | null;
}

export interface PoolUpdate {
  /** Name for people; need not be unique. */
  readonly name?: string | null;
  /** Free text. */
  readonly description?: string | null;
  /** False takes the object out of service. */
  readonly admin_state_up?: boolean | null;
  /** How members are chosen. */
  readonly lb_algorithm?: "ROUND_ROBIN" | "LEAST_CONNECTIONS" | "SOURCE_IP" | "SOURCE_IP_PORT" | null;
  /** Ties clients to members; null turns it off. */
  readonly session_persistence?: { readonly type?: "SOURCE_IP" | "HTTP_COOKIE" | "APP_COOKIE" | null; readonly cookie_name?: string | null; readonly persistence_timeout?: number | null; readonly persistence_granularity?: string | null } | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags?: readonly string[] | null;
  /** Client certificate shown to members. */
  readonly tls_container_ref?: string | null;
  /** CA that member certificates must chain to. */
  readonly ca_tls_container_ref?: string | null;
  /** Revocation list of that CA. */
  readonly crl_container_ref?: string | null;
  /** Encrypt towards the members. */
  readonly tls_enabled?: boolean | null;
  /** OpenSSL cipher list towards members. */
  readonly tls_ciphers?: string | null;
  /** TLS versions towards members. */
  readonly tls_versions?: readonly string[] | null;
  /** ALPN protocols towards members. */
  readonly alpn_protocols?: readonly ("h2" | "http/1.1" | "http/1.0")[] | null;
}

export interface Member {
  /** The id. */
  readonly id: string;
  /** Name for people; need not be unique. */
  readonly name: string;
  /** What the data plane reports. */
  readonly operating_status: "ONLINE" | "OFFLINE" | "DEGRADED" | "ERROR" | "NO_MONITOR" | "DRAINING";
  /** Whether a change is under way. */
  readonly provisioning_status: "ACTIVE" | "PENDING_CREATE" | "PENDING_UPDATE" | "PENDING_DELETE" | "ERROR" | "DELETED";
  /** False takes the object out of service. */
  readonly admin_state_up: boolean;
  /** Address of the backend server. */
  readonly address: string;
  /** Port of the backend server. */
  readonly protocol_port: number;
  /** Share of the traffic; 0 drains. */
  readonly weight: number;
  /** Used only when all others are down. */
  readonly backup: boolean;
  /** Subnet through which the member is reached. */
  readonly subnet_id: string | null;
  /** The owning project. */
  readonly project_id: string;
  /** UTC time of creation. */
  readonly created_at: string;
  /** UTC time of the last update, null before the first. */
  readonly updated_at: string | null;
  /** Address to check instead of the member's own. */
  readonly monitor_address: string | null;
  /** Port to check instead of the member's own. */
  readonly monitor_port: number | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags: readonly string[];
  /** `direct` when reached through an SR-IOV port. */
  readonly vnic_type: "normal" | "direct" | null;
  /** The same as project_id. */
  readonly tenant_id: string | null;
}

export interface MemberCreate {
  /** Name for people; need not be unique. */
  readonly name?: string | null;
  /** False takes the object out of service. */
  readonly admin_state_up?: boolean | null;
  /** Address of the backend server. */
  readonly address: string;
  /** Port of the backend server. */
  readonly protocol_port: number;
  /** Share of the traffic; 0 drains. */
  readonly weight?: number | null;
  /** Used only when all others are down. */
  readonly backup?: boolean | null;
  /** Subnet through which the member is reached. */
  readonly subnet_id?: string | null;
  /** The owning project. */
  readonly project_id?: string | null;
  /** Address to check instead of the member's own. */
  readonly monitor_address?: string | null;
  /** Port to check instead of the member's own. */
  readonly monitor_port?: number | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags?: readonly string[] | null;
  /** Asks for an SR-IOV port; the flavor must allow it. */
  readonly request_sriov?: boolean | null;
  /** The same as project_id. */
  readonly tenant_id?: string | null;
}

export interface MemberUpdate {
  /** Name for people; need not be unique. */
  readonly name?: string | null;
  /** False takes the object out of service. */
  readonly admin_state_up?: boolean | null;
  /** Share of the traffic; 0 drains. */
  readonly weight?: number | null;
  /** Used only when all others are down. */
  readonly backup?: boolean | null;
  /** Address to check instead of the member's own. */
  readonly monitor_address?: string | null;
  /** Port to check instead of the member's own. */
  readonly monitor_port?: number | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags?: readonly string[] | null;
}

export interface Healthmonitor {
  /** The id. */
  readonly id: string;
  /** Name for people; need not be unique. */
  readonly name: string;
  /** Kind of check. */
  readonly type: "HTTP" | "HTTPS" | "PING" | "TCP" | "TLS-HELLO" | "UDP-CONNECT" | "SCTP";
  /** Seconds between two checks. */
  readonly delay: number;
  /** Seconds until a check without answer has failed. */
  readonly timeout: number;
  /** Successes until a member counts as up. */
  readonly max_retries: number;
  /** Failures until a member counts as down. */
  readonly max_retries_down: number;
  /** Method of HTTP checks. */
  readonly http_method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "TRACE" | "OPTIONS" | "CONNECT" | "PATCH" | null;
  /** Path of HTTP checks. */
  readonly url_path: string | null;
  /** Good status codes: one, a list, or a range. */
  readonly expected_codes: string | null;
  /** False takes the object out of service. */
  readonly admin_state_up: boolean;
  /** The owning project. */
  readonly project_id: string;
  /** The pool. */
  readonly pools: readonly ({ readonly id?: string | null })[];
  /** Whether a change is under way. */
  readonly provisioning_status: "ACTIVE" | "PENDING_CREATE" | "PENDING_UPDATE" | "PENDING_DELETE" | "ERROR" | "DELETED";
  /** What the data plane reports. */
  readonly operating_status: "ONLINE" | "OFFLINE" | "DEGRADED" | "ERROR" | "NO_MONITOR" | "DRAINING";
  /** UTC time of creation. */
  readonly created_at: string;
  /** UTC time of the last update, null before the first. */
  readonly updated_at: string | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags: readonly string[];
  /** HTTP version of checks. */
  readonly http_version: 1 | 1.1 | null;
  /** Host header of HTTP 1.1 checks. */
  readonly domain_name: string | null;
  /** The same as project_id. */
  readonly tenant_id: string | null;
}

export interface HealthmonitorCreate {
  /** Name for people; need not be unique. */
  readonly name?: string | null;
  /** Kind of check. */
  readonly type: "HTTP" | "HTTPS" | "PING" | "TCP" | "TLS-HELLO" | "UDP-CONNECT" | "SCTP";
  /** Seconds between two checks. */
  readonly delay: number;
  /** Seconds until a check without answer has failed. */
  readonly timeout: number;
  /** Successes until a member counts as up. */
  readonly max_retries: number;
  /** Failures until a member counts as down. */
  readonly max_retries_down?: number | null;
  /** Method of HTTP checks. */
  readonly http_method?: "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "TRACE" | "OPTIONS" | "CONNECT" | "PATCH" | null;
  /** Path of HTTP checks. */
  readonly url_path?: string | null;
  /** Good status codes: one, a list, or a range. */
  readonly expected_codes?: string | null;
  /** False takes the object out of service. */
  readonly admin_state_up?: boolean | null;
  /** The owning project. */
  readonly project_id?: string | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags?: readonly string[] | null;
  /** HTTP version of checks. */
  readonly http_version?: 1 | 1.1 | null;
  /** Host header of HTTP 1.1 checks. */
  readonly domain_name?: string | null;
  /** The pool to monitor. */
  readonly pool_id: string;
  /** The same as project_id. */
  readonly tenant_id?: string | null;
}

export interface HealthmonitorUpdate {
  /** Name for people; need not be unique. */
  readonly name?: string | null;
  /** Seconds between two checks. */
  readonly delay?: number | null;
  /** Seconds until a check without answer has failed. */
  readonly timeout?: number | null;
  /** Successes until a member counts as up. */
  readonly max_retries?: number | null;
  /** Failures until a member counts as down. */
  readonly max_retries_down?: number | null;
  /** Method of HTTP checks. */
  readonly http_method?: "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "TRACE" | "OPTIONS" | "CONNECT" | "PATCH" | null;
  /** Path of HTTP checks. */
  readonly url_path?: string | null;
  /** Good status codes: one, a list, or a range. */
  readonly expected_codes?: string | null;
  /** False takes the object out of service. */
  readonly admin_state_up?: boolean | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags?: readonly string[] | null;
  /** HTTP version of checks. */
  readonly http_version?: 1 | 1.1 | null;
  /** Host header of HTTP 1.1 checks. */
  readonly domain_name?: string | null;
}

export interface L7policy {
  /** The id. */
  readonly id: string;
  /** Name for people; need not be unique. */
  readonly name: string;
  /** Free text. */
  readonly description: string;
  /** Whether a change is under way. */
  readonly provisioning_status: "ACTIVE" | "PENDING_CREATE" | "PENDING_UPDATE" | "PENDING_DELETE" | "ERROR" | "DELETED";
  /** What the data plane reports. */
  readonly operating_status: "ONLINE" | "OFFLINE" | "DEGRADED" | "ERROR" | "NO_MONITOR" | "DRAINING";
  /** False takes the object out of service. */
  readonly admin_state_up: boolean;
  /** The owning project. */
  readonly project_id: string;
  /** What happens to requests that match all rules. */
  readonly action: "REJECT" | "REDIRECT_TO_POOL" | "REDIRECT_TO_URL" | "REDIRECT_PREFIX";
  /** The listener. */
  readonly listener_id: string;
  /** Pool of REDIRECT_TO_POOL. */
  readonly redirect_pool_id: string | null;
  /** Target of REDIRECT_TO_URL. */
  readonly redirect_url: string | null;
  /** Prefix of REDIRECT_PREFIX. */
  readonly redirect_prefix: string | null;
  /** Place among the listener's policies, from 1. */
  readonly position: number;
  /** The rules: ids in answers, objects in a fully populated create. */
  readonly rules: readonly { readonly id: string }[];
  /** UTC time of creation. */
  readonly created_at: string;
  /** UTC time of the last update, null before the first. */
  readonly updated_at: string | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags: readonly string[];
  /** Status code of redirects. */
  readonly redirect_http_code: 301 | 302 | 303 | 307 | 308 | null;
  /** The same as project_id. */
  readonly tenant_id: string | null;
}

export interface L7policyCreate {
  /** Name for people; need not be unique. */
  readonly name?: string | null;
  /** Free text. */
  readonly description?: string | null;
  /** False takes the object out of service. */
  readonly admin_state_up?: boolean | null;
  /** The owning project. */
  readonly project_id?: string | null;
  /** What happens to requests that match all rules. */
  readonly action: "REJECT" | "REDIRECT_TO_POOL" | "REDIRECT_TO_URL" | "REDIRECT_PREFIX";
  /** The listener. */
  readonly listener_id: string;
  /** Pool of REDIRECT_TO_POOL. */
  readonly redirect_pool_id?: string | null;
  /** Target of REDIRECT_TO_URL. */
  readonly redirect_url?: string | null;
  /** Prefix of REDIRECT_PREFIX. */
  readonly redirect_prefix?: string | null;
  /** Place among the listener's policies, from 1. */
  readonly position?: number | null;
  /** The rules: ids in answers, objects in a fully populated create. */
  readonly rules?: readonly ({ readonly type: "HOST_NAME" | "PATH" | "FILE_TYPE" | "HEADER" | "COOKIE" | "SSL_CONN_HAS_CERT" | "SSL_VERIFY_RESULT" | "SSL_DN_FIELD"; readonly compare_type: "REGEX" | "STARTS_WITH" | "ENDS_WITH" | "CONTAINS" | "EQUAL_TO"; readonly key?: string | null; readonly value: string; readonly invert?: boolean | null; readonly admin_state_up?: boolean | null; readonly tags?: readonly string[] | null })[] | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags?: readonly string[] | null;
  /** Status code of redirects. */
  readonly redirect_http_code?: 301 | 302 | 303 | 307 | 308 | null;
  /** The same as project_id. */
  readonly tenant_id?: string | null;
}

export interface L7policyUpdate {
  /** Name for people; need not be unique. */
  readonly name?: string | null;
  /** Free text. */
  readonly description?: string | null;
  /** False takes the object out of service. */
  readonly admin_state_up?: boolean | null;
  /** What happens to requests that match all rules. */
  readonly action?: "REJECT" | "REDIRECT_TO_POOL" | "REDIRECT_TO_URL" | "REDIRECT_PREFIX" | null;
  /** Pool of REDIRECT_TO_POOL. */
  readonly redirect_pool_id?: string | null;
  /** Target of REDIRECT_TO_URL. */
  readonly redirect_url?: string | null;
  /** Prefix of REDIRECT_PREFIX. */
  readonly redirect_prefix?: string | null;
  /** Place among the listener's policies, from 1. */
  readonly position?: number | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags?: readonly string[] | null;
  /** Status code of redirects. */
  readonly redirect_http_code?: 301 | 302 | 303 | 307 | 308 | null;
}

export interface Rule {
  /** The id. */
  readonly id: string;
  /** What is compared. */
  readonly type: "HOST_NAME" | "PATH" | "FILE_TYPE" | "HEADER" | "COOKIE" | "SSL_CONN_HAS_CERT" | "SSL_VERIFY_RESULT" | "SSL_DN_FIELD";
  /** How it is compared. */
  readonly compare_type: "REGEX" | "STARTS_WITH" | "ENDS_WITH" | "CONTAINS" | "EQUAL_TO";
  /** Header, cookie or distinguished-name field. */
  readonly key: string | null;
  /** What it is compared with. */
  readonly value: string;
  /** True when the rule holds where the comparison does not. */
  readonly invert: boolean;
  /** Whether a change is under way. */
  readonly provisioning_status: "ACTIVE" | "PENDING_CREATE" | "PENDING_UPDATE" | "PENDING_DELETE" | "ERROR" | "DELETED";
  /** What the data plane reports. */
  readonly operating_status: "ONLINE" | "OFFLINE" | "DEGRADED" | "ERROR" | "NO_MONITOR" | "DRAINING";
  /** UTC time of creation. */
  readonly created_at: string;
  /** UTC time of the last update, null before the first. */
  readonly updated_at: string | null;
  /** The owning project. */
  readonly project_id: string;
  /** False takes the object out of service. */
  readonly admin_state_up: boolean;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags: readonly string[];
  /** The same as project_id. */
  readonly tenant_id: string | null;
}

export interface RuleCreate {
  /** What is compared. */
  readonly type: "HOST_NAME" | "PATH" | "FILE_TYPE" | "HEADER" | "COOKIE" | "SSL_CONN_HAS_CERT" | "SSL_VERIFY_RESULT" | "SSL_DN_FIELD";
  /** How it is compared. */
  readonly compare_type: "REGEX" | "STARTS_WITH" | "ENDS_WITH" | "CONTAINS" | "EQUAL_TO";
  /** Header, cookie or distinguished-name field. */
  readonly key?: string | null;
  /** What it is compared with. */
  readonly value: string;
  /** True when the rule holds where the comparison does not. */
  readonly invert?: boolean | null;
  /** The owning project. */
  readonly project_id?: string | null;
  /** False takes the object out of service. */
  readonly admin_state_up?: boolean | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags?: readonly string[] | null;
  /** The same as project_id. */
  readonly tenant_id?: string | null;
}

export interface RuleUpdate {
  /** What is compared. */
  readonly type?: "HOST_NAME" | "PATH" | "FILE_TYPE" | "HEADER" | "COOKIE" | "SSL_CONN_HAS_CERT" | "SSL_VERIFY_RESULT" | "SSL_DN_FIELD" | null;
  /** How it is compared. */
  readonly compare_type?: "REGEX" | "STARTS_WITH" | "ENDS_WITH" | "CONTAINS" | "EQUAL_TO" | null;
  /** Header, cookie or distinguished-name field. */
  readonly key?: string | null;
  /** What it is compared with. */
  readonly value?: string | null;
  /** True when the rule holds where the comparison does not. */
  readonly invert?: boolean | null;
  /** False takes the object out of service. */
  readonly admin_state_up?: boolean | null;
  /** Simple text tags; a given list replaces the old one. */
  readonly tags?: readonly string[] | null;
}

export interface Quota {
  /** The project. */
  readonly project_id: string;
  /** Most load balancers of the project; -1 is unlimited. */
  readonly loadbalancer: number | null;
  /** Most load balancers of the project; -1 is unlimited. */
  readonly load_balancer: number | null;
  /** Most listeners of the project; -1 is unlimited. */
  readonly listener: number | null;
  /** Most members of the project; -1 is unlimited. */
  readonly member: number | null;
  /** Most pools of the project; -1 is unlimited. */
  readonly pool: number | null;
  /** Most health monitors of the project; -1 is unlimited. */
  readonly healthmonitor: number | null;
  /** Most health monitors of the project; -1 is unlimited. */
  readonly health_monitor: number | null;
  /** Most L7 policies of the project; -1 is unlimited. */
  readonly l7policy: number | null;
  /** Most L7 rules of the project; -1 is unlimited. */
  readonly l7rule: number | null;
  /** The same as project_id. */
  readonly tenant_id: string | null;
}

export interface QuotaCreate {

}

export interface QuotaUpdate {
  /** Most load balancers of the project; -1 is unlimited. */
  readonly loadbalancer?: number | null;
  /** Most load balancers of the project; -1 is unlimited. */
  readonly load_balancer?: number | null;
  /** Most listeners of the project; -1 is unlimited. */
  readonly listener?: number | null;
  /** Most members of the project; -1 is unlimited. */
  readonly member?: number | null;
  /** Most pools of the project; -1 is unlimited. */
  readonly pool?: number | null;
  /** Most health monitors of the project; -1 is unlimited. */
  readonly healthmonitor?: number | null;
  /** Most health monitors of the project; -1 is unlimited. */
  readonly health_monitor?: number | null;
  /** Most L7 policies of the project; -1 is unlimited. */
  readonly l7policy?: number | null;
  /** Most L7 rules of the project; -1 is unlimited. */
  readonly l7rule?: number | null;
}

export interface Flavor {
  /** The id. */
  readonly id: string;
  /** Unique name. */
  readonly name: string;
  /** Free text. */
  readonly description: string;
  /** Whether new load balancers may use it. */
  readonly enabled: boolean;
  /** The profile with its settings. */
  readonly flavor_profile_id: string | null;
}

export interface FlavorCreate {
  /** Unique name. */
  readonly name: string;
  /** Free text. */
  readonly description?: string | null;
  /** Whether new load balancers may use it. */
  readonly enabled?: boolean | null;
  /** The profile with its settings. */
  readonly flavor_profile_id: string;
}

export interface FlavorUpdate {
  /** Unique name. */
  readonly name?: string | null;
  /** Free text. */
  readonly description?: string | null;
  /** Whether new load balancers may use it. */
  readonly enabled?: boolean | null;
}

export interface Flavorprofile {
  /** The id. */
  readonly id: string;
  /** Name for people. */
  readonly name: string;
  /** Provider that understands the data. */
  readonly provider_name: string;
  /** JSON object of settings, as text. */
  readonly flavor_data: string;
}

export interface FlavorprofileCreate {
  /** Name for people. */
  readonly name: string;
  /** Provider that understands the data. */
  readonly provider_name: string;
  /** JSON object of settings, as text. */
  readonly flavor_data: string;
}

export interface FlavorprofileUpdate {
  /** Name for people. */
  readonly name?: string | null;
  /** Provider that understands the data. */
  readonly provider_name?: string | null;
  /** JSON object of settings, as text. */
  readonly flavor_data?: string | null;
}

export interface AvailabilityZone {
  /** Unique name. */
  readonly name: string;
  /** Free text. */
  readonly description: string;
  /** Whether new load balancers may use it. */
  readonly enabled: boolean;
  /** The profile with its settings. */
  readonly availability_zone_profile_id: string | null;
}

export interface AvailabilityZoneCreate {
  /** Unique name. */
  readonly name: string;
  /** Free text. */
  readonly description?: string | null;
  /** Whether new load balancers may use it. */
  readonly enabled?: boolean | null;
  /** The profile with its settings. */
  readonly availability_zone_profile_id: string;
}

export interface AvailabilityZoneUpdate {
  /** Free text. */
  readonly description?: string | null;
  /** Whether new load balancers may use it. */
  readonly enabled?: boolean | null;
}

export interface AvailabilityZoneProfile {
  /** The id. */
  readonly id: string;
  /** Name for people. */
  readonly name: string;
  /** Provider that understands the data. */
  readonly provider_name: string;
  /** JSON object of settings, as text. */
  readonly availability_zone_data: string;
}

export interface AvailabilityZoneProfileCreate {
  /** Name for people. */
  readonly name: string;
  /** Provider that understands the data. */
  readonly provider_name: string;
  /** JSON object of settings, as text. */
  readonly availability_zone_data: string;
}

export interface AvailabilityZoneProfileUpdate {
  /** Name for people. */
  readonly name?: string | null;
  /** Provider that understands the data. */
  readonly provider_name?: string | null;
  /** JSON object of settings, as text. */
  readonly availability_zone_data?: string | null;
}

export interface Amphora {
  /** The id. */
  readonly id: string;
  /** The load balancer it serves. */
  readonly loadbalancer_id: string | null;
  /** Its machine. */
  readonly compute_id: string | null;
  /** Management address. */
  readonly lb_network_ip: string | null;
  /** Own address on the VIP network. */
  readonly vrrp_ip: string | null;
  /** The virtual address. */
  readonly ha_ip: string | null;
  /** Port of its own address. */
  readonly vrrp_port_id: string | null;
  /** Port of the virtual address. */
  readonly ha_port_id: string | null;
  /** End of its agent certificate. */
  readonly cert_expiration: string | null;
  /** Whether its certificate is being replaced. */
  readonly cert_busy: boolean | null;
  /** Its part in the pair. */
  readonly role: "MASTER" | "BACKUP" | "STANDALONE" | null;
  /** Where it is in its life. */
  readonly status: "PENDING_CREATE" | "BOOTING" | "ALLOCATED" | "READY" | "PENDING_DELETE" | "DELETED" | "ERROR" | "FAILOVER_STOPPED";
  /** Interface that carries VRRP. */
  readonly vrrp_interface: string | null;
  /** VRRP router id. */
  readonly vrrp_id: number | null;
  /** VRRP priority. */
  readonly vrrp_priority: number | null;
  /** Compute zone it runs in. */
  readonly cached_zone: string | null;
  /** UTC time of creation. */
  readonly created_at: string;
  /** UTC time of the last update, null before the first. */
  readonly updated_at: string | null;
  /** Image it was made from. */
  readonly image_id: string | null;
  /** Compute flavor of its machine. */
  readonly compute_flavor: string | null;
}

export interface AmphoraCreate {

}

export interface AmphoraUpdate {

}

export interface Rollout {
  /** The id. */
  readonly id: string;
  /** Replace each amphora, or push the configuration of its agent. */
  readonly kind: "failover" | "configure";
  /** Halted when a step failed, paused when somebody asked. */
  readonly state: "running" | "paused" | "halted" | "aborted" | "done";
  /** Amphorae of this image are left alone, and new ones must have it. */
  readonly image_id: string | null;
  /** So many amphorae go first; the rest waits until they did well. */
  readonly canary: number;
  /** Amphorae begun per minute. */
  readonly per_minute: number;
  /** Amphorae under way at the same time. */
  readonly parallel: number;
  /** How long each load balancer is watched afterwards. */
  readonly soak_seconds: number;
  /** Why it halted. */
  readonly reason: string | null;
  /** UTC time of creation. */
  readonly created_at: string;
  /** UTC time of the last update, null before the first. */
  readonly updated_at: string | null;
}

export interface RolloutCreate {
  /** Replace each amphora, or push the configuration of its agent. */
  readonly kind?: "failover" | "configure" | null;
  /** Amphorae of this image are left alone, and new ones must have it. */
  readonly image_id?: string | null;
  /** So many amphorae go first; the rest waits until they did well. */
  readonly canary?: number | null;
  /** Amphorae begun per minute. */
  readonly per_minute?: number | null;
  /** Amphorae under way at the same time. */
  readonly parallel?: number | null;
  /** How long each load balancer is watched afterwards. */
  readonly soak_seconds?: number | null;
}

export interface RolloutUpdate {

}

export interface Link {
  readonly rel: "next" | "previous";
  readonly href: string;
}

export interface Fault {
  readonly faultcode: "Client" | "Server";
  readonly faultstring: string;
  readonly debuginfo: null;
}
