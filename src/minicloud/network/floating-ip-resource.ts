import { createFloatingIp, deleteFloatingIp, updateFloatingIp } from '../../drivers/network/local/floating-ips.ts';
import { notFound } from '../../drivers/network/local/network-faults.ts';
import type { FloatingIpRecord } from '../../drivers/network/local/network-records.ts';
import { isVisible } from '../../drivers/network/local/visibility.ts';
import { present, type Fields } from '../http/fields.ts';
import { ownerOf, type NetworkApiCaller } from './network-caller.ts';
import type { NetworkResource, NetworkService } from './resource-routes.ts';
import { floatingIpView } from './views.ts';

export function floatingIpResource({ records }: NetworkService): NetworkResource<FloatingIpRecord> {
  /** A load balancer's VIP port belongs to its user; a stranger's port stays invisible. */
  const portOf = (fields: Fields, caller: NetworkApiCaller): string | null | undefined => {
    const portId = fields.nullableText('port_id');
    if (typeof portId !== 'string') return portId;
    const port = records.ports.get(portId);
    if (!port || !isVisible(port, caller)) throw notFound('port', portId);
    return portId;
  };
  return {
    path: 'floatingips', singular: 'floatingip', plural: 'floatingips', collection: records.floatingIps, notFound: (id) => notFound('floatingip', id),
    view: (floatingIp) => floatingIpView(records, floatingIp),
    create: (fields, caller) => createFloatingIp(records, {
      floatingNetworkId: fields.requiredText('floating_network_id'), projectId: ownerOf(fields, caller, 'create_floatingip'),
      ...present({
        description: fields.text('description'), floatingIpAddress: fields.text('floating_ip_address'), subnetId: fields.text('subnet_id'),
        portId: portOf(fields, caller), fixedIpAddress: fields.nullableText('fixed_ip_address'),
      }),
    }),
    update: (floatingIp, fields, caller) => updateFloatingIp(records, floatingIp.id, present({
      description: fields.text('description'), portId: portOf(fields, caller), fixedIpAddress: fields.nullableText('fixed_ip_address'),
    })),
    remove: (floatingIp) => deleteFloatingIp(records, floatingIp.id),
  };
}
