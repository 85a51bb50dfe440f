import { LB_ALGORITHMS, POOL_PROTOCOLS, SESSION_PERSISTENCE_TYPES } from '../enums.ts';
import * as common from './common-fields.ts';
import { healthMonitor } from './health-monitor.ts';
import { member } from './member.ts';
import { boolean, defineResource, idReference, integer, ipAddress, listOf, nested, oneOf, structure, text, uuid } from './resource.ts';

/** Cookie name and the UDP settings fall back to null whenever a session_persistence object is given. */
export const sessionPersistence = structure({
  type: { type: oneOf(SESSION_PERSISTENCE_TYPES), description: 'What ties a client to a member.', create: 'mandatory', update: 'optional' },
  cookie_name: { type: text({ maxLength: 255, pattern: /^[^\s,;\\]+$/ }), description: 'Name of the application\'s cookie.', create: 'optional', update: 'optional' },
  persistence_timeout: { type: integer(), description: 'Seconds, UDP and SCTP only.', since: '2.2', create: 'optional', update: 'optional' },
  persistence_granularity: { type: ipAddress(), description: 'Netmask of clients that count as one, UDP and SCTP only.', since: '2.2', create: 'optional', update: 'optional' },
});

export const pool = defineResource({
  root: 'pool', collection: 'pools', label: 'Pool', policy: 'pool', table: 'pool',
  joins: [{ table: 'session_persistence', key: 'pool_id' }, { table: 'health_monitor', key: 'pool_id' }],
  extraFilters: { load_balancer_id: 'load_balancer_id', loadbalancer_id: 'load_balancer_id' },
  fields: {
    id: common.id,
    name: common.name,
    description: common.description,
    provisioning_status: common.provisioningStatus,
    operating_status: common.operatingStatus,
    admin_state_up: common.adminStateUp,
    protocol: { type: oneOf(POOL_PROTOCOLS), description: 'Protocol towards the members.', create: 'mandatory', nested: 'optional' },
    lb_algorithm: { type: oneOf(LB_ALGORITHMS), description: 'How members are chosen.', create: 'mandatory', nested: 'optional', update: 'optional', onNull: 'refused' },
    session_persistence: { type: sessionPersistence, description: 'Ties clients to members; null turns it off.', create: 'optional', update: 'optional', column: null },
    project_id: common.projectId,
    loadbalancers: { type: listOf(idReference()), description: 'The load balancer.', column: null },
    listeners: { type: listOf(idReference()), description: 'Listeners that send traffic here.', column: null },
    created_at: common.createdAt,
    updated_at: common.updatedAt,
    healthmonitor_id: { type: uuid(), description: 'The health monitor; left out when there is none.', column: 'health_monitor.id' },
    members: { type: listOf(nested(member)), description: 'The members: ids in answers, objects in a fully populated create.', create: 'optional', column: null },
    tags: common.tags,
    tls_container_ref: { type: text({ maxLength: 255 }), description: 'Client certificate shown to members.', since: '2.8', create: 'optional', update: 'optional', column: 'tls_certificate_id' },
    ca_tls_container_ref: { type: text({ maxLength: 255 }), description: 'CA that member certificates must chain to.', since: '2.8', create: 'optional', update: 'optional', column: 'ca_tls_certificate_id' },
    crl_container_ref: { type: text({ maxLength: 255 }), description: 'Revocation list of that CA.', since: '2.8', create: 'optional', update: 'optional', column: 'crl_container_id' },
    tls_enabled: { type: boolean(), description: 'Encrypt towards the members.', since: '2.8', create: 'optional', update: 'optional', default: false, onNull: 'refused' },
    tls_ciphers: { type: text({ maxLength: 2048 }), description: 'OpenSSL cipher list towards members.', since: '2.15', create: 'optional', update: 'optional' },
    tls_versions: { type: listOf(text({ maxLength: 32 })), description: 'TLS versions towards members.', since: '2.17', create: 'optional', update: 'optional', storedAs: 'comma-list' },
    alpn_protocols: { type: listOf(common.alpnProtocol), description: 'ALPN protocols towards members.', since: '2.24', create: 'optional', update: 'optional', storedAs: 'comma-list' },
    listener_id: { type: uuid(), description: 'Listener whose default pool this becomes.', create: 'optional', nested: 'none', shown: false, column: null },
    loadbalancer_id: { type: uuid(), description: 'The load balancer.', create: 'optional', nested: 'none', shown: false, column: null },
    healthmonitor: { type: nested(healthMonitor), description: 'Health monitor to create along.', create: 'optional', shown: false, column: null },
  },
});
