import { VNIC_TYPES } from '../enums.ts';
import * as common from './common-fields.ts';
import { listener } from './listener.ts';
import { pool } from './pool.ts';
import { defineResource, ipAddress, listOf, nested, oneOf, structure, text, uuid } from './resource.ts';

const additionalVip = structure({
  subnet_id: { type: uuid(), description: 'Subnet of the address.', create: 'mandatory' },
  ip_address: { type: ipAddress(), description: 'The address; chosen when left out.', create: 'optional' },
  port_id: { type: uuid(), description: 'The VIP port.', create: 'optional' },
});

export const loadBalancer = defineResource({
  root: 'loadbalancer', collection: 'loadbalancers', label: 'Load Balancer', policy: 'loadbalancer', table: 'load_balancer', argument: 'load_balancer',
  joins: [{ table: 'vip', key: 'load_balancer_id' }],
  extraFilters: { topology: 'topology', server_group_id: 'server_group_id' },
  fields: {
    id: common.id,
    name: common.name,
    description: common.description,
    provisioning_status: common.provisioningStatus,
    operating_status: common.operatingStatus,
    admin_state_up: common.adminStateUp,
    project_id: common.projectId,
    created_at: common.createdAt,
    updated_at: common.updatedAt,
    vip_address: { type: ipAddress(), description: 'Virtual address.', create: 'optional', column: 'vip.ip_address' },
    vip_port_id: { type: uuid(), description: 'Port of the virtual address.', create: 'optional', column: 'vip.port_id' },
    vip_subnet_id: { type: uuid(), description: 'Subnet of the virtual address.', create: 'optional', column: 'vip.subnet_id' },
    vip_network_id: { type: uuid(), description: 'Network of the virtual address.', create: 'optional', column: 'vip.network_id' },
    vip_sg_ids: { type: listOf(uuid()), description: 'Security groups of the VIP port instead of the service\'s own.', since: '2.29', create: 'optional', update: 'optional', onNull: { becomes: [] }, column: null },
    additional_vips: { type: listOf(additionalVip), description: 'More virtual addresses, one per subnet of the network.', since: '2.26', create: 'optional', column: null },
    listeners: { type: listOf(nested(listener)), description: 'The listeners: ids in answers, objects in a fully populated create.', create: 'optional', column: null },
    pools: { type: listOf(nested(pool)), description: 'The pools: ids in answers, objects in a fully populated create.', create: 'optional', column: null },
    provider: { type: text({ maxLength: 64 }), description: 'Provider driver.', create: 'optional', nullAs: 'octavia' },
    flavor_id: { type: uuid(), description: 'The flavor.', since: '2.6', create: 'optional', nilAsNull: true },
    vip_qos_policy_id: { type: uuid(), description: 'QoS policy of the VIP port.', create: 'optional', update: 'optional', column: 'vip.qos_policy_id' },
    tags: common.tags,
    availability_zone: { type: text({ maxLength: 255 }), description: 'Availability zone by name.', since: '2.14', create: 'optional', nilAsNull: true },
    vip_vnic_type: { type: oneOf(VNIC_TYPES), description: '`direct` when the flavor asks for SR-IOV.', since: '2.28', column: 'vip.vnic_type' },
  },
});
