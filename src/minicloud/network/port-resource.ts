import { notFound } from '../../drivers/network/local/network-faults.ts';
import type { PortRecord } from '../../drivers/network/local/network-records.ts';
import { requireNetwork } from '../../drivers/network/local/networks.ts';
import { createPort, deletePort, updatePort, type FixedIpRequest } from '../../drivers/network/local/ports.ts';
import { isVisible } from '../../drivers/network/local/visibility.ts';
import { present, type Fields } from '../http/fields.ts';
import { malformed } from './network-fault-style.ts';
import { forbidden, ownerOf, type NetworkApiCaller } from './network-caller.ts';
import type { NetworkResource, NetworkService } from './resource-routes.ts';
import { portView } from './views.ts';
import { requireVisibleReferences } from './visible-references.ts';

export function portResource({ records }: NetworkService): NetworkResource<PortRecord> {
  return {
    path: 'ports', singular: 'port', plural: 'ports', collection: records.ports, notFound: (id) => notFound('port', id), view: portView,
    // The owner of a network sees every port on it.
    isVisible: (port, caller) => isVisible(port, caller) || (caller.projectId !== null && records.networks.get(port.networkId)?.projectId === caller.projectId),
    create: (fields, caller) => {
      const networkId = fields.requiredText('network_id');
      if (!isVisible(requireNetwork(records, networkId), caller)) throw notFound('network', networkId);
      const wanted = changes(fields, caller, 'create_port');
      requireVisibleReferences(records, wanted, caller);
      return createPort(records, { ...wanted, networkId, projectId: ownerOf(fields, caller, 'create_port') });
    },
    update: (port, fields, caller) => {
      const change = changes(fields, caller, 'update_port');
      requireVisibleReferences(records, change, caller, port);
      return updatePort(records, port.id, change);
    },
    remove: (port) => deletePort(records, port.id),
  };
}

function changes(fields: Fields, caller: NetworkApiCaller, action: string) {
  const deviceOwner = fields.text('device_owner');
  if (deviceOwner?.startsWith('network:') && !caller.isAdmin) throw forbidden(`${action}:device_owner`);
  return present({
    name: fields.text('name'), description: fields.text('description'), macAddress: fields.text('mac_address'), adminStateUp: fields.flag('admin_state_up'),
    deviceId: fields.text('device_id'), deviceOwner, qosPolicyId: fields.nullableText('qos_policy_id'), portSecurityEnabled: fields.flag('port_security_enabled'),
    securityGroupIds: fields.texts('security_groups'), vnicType: vnicType(fields),
    fixedIps: fixedIpsOf(fields, 'fixed_ips'),
    allowedAddressPairs: fields.objects('allowed_address_pairs')?.map((pair) => ({ ipAddress: pair.requiredText('ip_address'), ...present({ macAddress: pair.text('mac_address') }) })),
  });
}

/** Addresses of a port that are asked for, by subnet, address or both. */
export function fixedIpsOf(fields: Fields, key: string): readonly FixedIpRequest[] | undefined {
  return fields.objects(key)?.map((fixed) => present({ subnetId: fixed.text('subnet_id'), ipAddress: fixed.text('ip_address') }));
}

function vnicType(fields: Fields): 'normal' | 'direct' | undefined {
  const type = fields.text('binding:vnic_type');
  if (type === undefined || type === 'normal' || type === 'direct') return type;
  throw malformed(`'${type}' is not a vnic type of this cloud (normal, direct)`);
}
