import { AMPHORA_ROLES, AMPHORA_STATUSES } from '../enums.ts';
import * as common from './common-fields.ts';
import { boolean, datetime, defineResource, integer, ipAddress, oneOf, text, uuid, type Fields } from './resource.ts';

export const amphora = defineResource({
  root: 'amphora', collection: 'amphorae', label: 'Amphora', policy: 'amphora', table: 'amphora', deletedIn: 'status',
  fields: {
    id: common.id,
    loadbalancer_id: { type: uuid(), description: 'The load balancer it serves.', column: 'load_balancer_id' },
    compute_id: { type: uuid(), description: 'Its machine.' },
    lb_network_ip: { type: ipAddress(), description: 'Management address.' },
    vrrp_ip: { type: ipAddress(), description: 'Own address on the VIP network.' },
    ha_ip: { type: ipAddress(), description: 'The virtual address.' },
    vrrp_port_id: { type: uuid(), description: 'Port of its own address.' },
    ha_port_id: { type: uuid(), description: 'Port of the virtual address.' },
    cert_expiration: { type: datetime(), description: 'End of its agent certificate.' },
    cert_busy: { type: boolean(), description: 'Whether its certificate is being replaced.' },
    role: { type: oneOf(AMPHORA_ROLES), description: 'Its part in the pair.' },
    status: { type: oneOf(AMPHORA_STATUSES), description: 'Where it is in its life.' },
    vrrp_interface: { type: text(), description: 'Interface that carries VRRP.' },
    vrrp_id: { type: integer(), description: 'VRRP router id.' },
    vrrp_priority: { type: integer(), description: 'VRRP priority.' },
    cached_zone: { type: text(), description: 'Compute zone it runs in.' },
    created_at: common.createdAt,
    updated_at: common.updatedAt,
    image_id: { type: uuid(), description: 'Image it was made from.', since: '2.1' },
    compute_flavor: { type: text(), description: 'Compute flavor of its machine.', since: '2.3' },
  },
});

/** One entry of `amphora_stats`. */
export const amphoraStatisticsFields = {
  active_connections: { type: integer(), description: 'Connections now.', since: '2.4' },
  bytes_in: { type: integer(), description: 'Bytes from clients.', since: '2.4' },
  bytes_out: { type: integer(), description: 'Bytes to clients.', since: '2.4' },
  id: { type: uuid(), description: 'The amphora.', since: '2.4' },
  listener_id: { type: uuid(), description: 'The listener.', since: '2.4' },
  loadbalancer_id: { type: uuid(), description: 'The load balancer.', since: '2.4' },
  request_errors: { type: integer(), description: 'Requests that failed.', since: '2.4' },
  total_connections: { type: integer(), description: 'Connections so far.', since: '2.4' },
} as const satisfies Fields;
