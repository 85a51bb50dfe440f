import { VNIC_TYPES } from '../enums.ts';
import * as common from './common-fields.ts';
import { boolean, defineResource, integer, ipAddress, oneOf, uuid } from './resource.ts';

export const member = defineResource({
  root: 'member', collection: 'members', label: 'Member', policy: 'member', table: 'member',
  extraFilters: { pool_id: 'pool_id' },
  fields: {
    id: common.id,
    name: common.name,
    operating_status: common.operatingStatus,
    provisioning_status: common.provisioningStatus,
    admin_state_up: common.adminStateUp,
    address: { type: ipAddress(), description: 'Address of the backend server.', create: 'mandatory', column: 'ip_address' },
    protocol_port: { type: integer({ min: 1, max: 65535 }), description: 'Port of the backend server.', create: 'mandatory' },
    weight: { type: integer({ min: 0, max: 256 }), description: 'Share of the traffic; 0 drains.', create: 'optional', update: 'optional', default: 1, onNull: { becomes: 1 } },
    backup: { type: boolean(), description: 'Used only when all others are down.', since: '2.1', create: 'optional', update: 'optional', default: false, onNull: { becomes: false } },
    subnet_id: { type: uuid(), description: 'Subnet through which the member is reached.', create: 'optional' },
    project_id: common.projectId,
    created_at: common.createdAt,
    updated_at: common.updatedAt,
    monitor_address: { type: ipAddress(), description: 'Address to check instead of the member\'s own.', create: 'optional', update: 'optional' },
    monitor_port: { type: integer({ min: 1, max: 65535 }), description: 'Port to check instead of the member\'s own.', create: 'optional', update: 'optional' },
    tags: common.tags,
    vnic_type: { type: oneOf(VNIC_TYPES), description: '`direct` when reached through an SR-IOV port.', since: '2.30' },
    request_sriov: { type: boolean(), description: 'Asks for an SR-IOV port; the flavor must allow it.', since: '2.30', create: 'optional', default: false, shown: false, column: null },
  },
});
