import { CLIENT_AUTHENTICATION_MODES, LISTENER_PROTOCOLS } from '../enums.ts';
import * as common from './common-fields.ts';
import { l7policy } from './l7policy.ts';
import { pool } from './pool.ts';
import { boolean, cidr, defineResource, idReference, integer, listOf, mapOf, nested, oneOf, text, uuid } from './resource.ts';

/** 24 days in milliseconds. */
const MAX_TIMEOUT_MS = 2_073_600_000;
const timeout = (description: string) => ({ type: integer({ min: 0, max: MAX_TIMEOUT_MS }), description, since: '2.1', create: 'optional', update: 'optional' }) as const;
const reference = (description: string, column: string, since = '2.0') => ({ type: text({ maxLength: 255 }), description, since, create: 'optional', update: 'optional', column }) as const;

export const listener = defineResource({
  root: 'listener', collection: 'listeners', label: 'Listener', policy: 'listener', table: 'listener',
  extraFilters: { load_balancer_id: 'load_balancer_id', loadbalancer_id: 'load_balancer_id', peer_port: 'peer_port' },
  fields: {
    id: common.id,
    name: common.name,
    description: common.description,
    provisioning_status: common.provisioningStatus,
    operating_status: common.operatingStatus,
    admin_state_up: common.adminStateUp,
    protocol: { type: oneOf(LISTENER_PROTOCOLS), description: 'Protocol towards clients.', create: 'mandatory' },
    protocol_port: { type: integer({ min: 1, max: 65535 }), description: 'Port on the VIP.', create: 'mandatory' },
    connection_limit: { type: integer({ min: -1 }), description: 'Most connections at a time; -1: no own limit.', create: 'optional', update: 'optional', default: -1, onNull: { becomes: -1 } },
    default_tls_container_ref: reference('Certificate to terminate TLS with.', 'tls_certificate_id'),
    sni_container_refs: { type: listOf(text({ maxLength: 255 })), description: 'More certificates, chosen by server name.', create: 'optional', update: 'optional', onNull: { becomes: [] }, column: null },
    project_id: common.projectId,
    default_pool_id: { type: uuid(), description: 'Pool for requests that no policy takes.', create: 'optional', update: 'optional' },
    l7policies: { type: listOf(nested(l7policy)), description: 'The policies: ids in answers, objects in a fully populated create.', create: 'optional', column: null },
    insert_headers: { type: mapOf(text({ maxLength: 255 })), description: 'Headers to add to requests, by name: "true".', create: 'optional', update: 'optional', onNull: { becomes: {} }, storedAs: 'python-dict' },
    created_at: common.createdAt,
    updated_at: common.updatedAt,
    loadbalancers: { type: listOf(idReference()), description: 'The load balancer.', column: null },
    timeout_client_data: timeout('Client inactivity, milliseconds.'),
    timeout_member_connect: timeout('Connecting to a member, milliseconds.'),
    timeout_member_data: timeout('Member inactivity, milliseconds.'),
    timeout_tcp_inspect: timeout('Waiting for more data to inspect, milliseconds.'),
    tags: common.tags,
    client_ca_tls_container_ref: reference('CA that client certificates must chain to.', 'client_ca_tls_certificate_id', '2.8'),
    client_authentication: { type: oneOf(CLIENT_AUTHENTICATION_MODES), description: 'Whether clients must show a certificate.', since: '2.8', create: 'optional', update: 'optional', default: 'NONE', onNull: { becomes: 'NONE' } },
    client_crl_container_ref: reference('Revocation list of the client CA.', 'client_crl_container_id', '2.8'),
    allowed_cidrs: { type: listOf(cidr()), description: 'Sources that may connect; null: all.', since: '2.12', create: 'optional', update: 'optional', onNull: { becomes: [] }, column: null },
    tls_ciphers: { type: text({ maxLength: 2048 }), description: 'OpenSSL cipher list.', since: '2.15', create: 'optional', update: 'optional' },
    tls_versions: { type: listOf(text({ maxLength: 32 })), description: 'TLS versions offered.', since: '2.17', create: 'optional', update: 'optional', storedAs: 'comma-list' },
    alpn_protocols: { type: listOf(common.alpnProtocol), description: 'ALPN protocols offered.', since: '2.20', create: 'optional', update: 'optional', storedAs: 'comma-list' },
    hsts_max_age: { type: integer({ min: 0 }), description: 'Seconds of Strict-Transport-Security; null: none.', since: '2.27', create: 'optional', update: 'optional' },
    hsts_include_subdomains: { type: boolean(), description: 'includeSubDomains of HSTS.', since: '2.27', create: 'optional', update: 'optional', default: false, onNull: { becomes: false }, nullAs: false },
    hsts_preload: { type: boolean(), description: 'preload of HSTS.', since: '2.27', create: 'optional', update: 'optional', default: false, onNull: { becomes: false }, nullAs: false },
    loadbalancer_id: { type: uuid(), description: 'The load balancer.', create: 'mandatory', nested: 'none', shown: false, column: 'load_balancer_id' },
    default_pool: { type: nested(pool), description: 'Default pool to create along, or the name of one.', create: 'optional', shown: false, column: null },
  },
});
