import { objectOf, textOf } from '../../../openstack/json.ts';
import { ServiceFailure } from '../../../openstack/keystone/service-failure.ts';
import { AddressesExhausted, AddressInUse, PortRefused } from '../../errors.ts';

/** Neutron's refusal of a port in the words of Octavia's drivers; anything else stays as it is. */
export function asPortRefusal(error: unknown, wanted: { readonly networkId: string; readonly addresses: readonly string[] }): unknown {
  if (!(error instanceof ServiceFailure)) return error;
  switch (refusalType(error)) {
    case 'IpAddressAlreadyAllocated':
    case 'IpAddressInUse':
      return new AddressInUse(addressIn(error.reason, wanted.addresses), wanted.networkId, error);
    case 'IpAddressGenerationFailure':
    case 'IpAddressGenerationFailureAllSubnets':
      return new AddressesExhausted(`network ${wanted.networkId}`, error);
    // Nothing that we do again makes a quota larger.
    case 'OverQuota':
      return new PortRefused('Neutron', { kind: 'conflict', reason: error.reason }, { retry: 'wait', cause: error });
    default:
      if (error.status !== 400 && error.status !== 409) return error;
      return new PortRefused('Neutron', { kind: error.status === 409 ? 'conflict' : 'invalid', reason: error.reason }, { retry: error.retry, cause: error });
  }
}

/** `NeutronError.type`: PortNotFound, OverQuota, ... */
export function refusalType(error: ServiceFailure): string | null {
  return textOf(objectOf(objectOf(error.body)['NeutronError'])['type']);
}

function addressIn(reason: string, addresses: readonly string[]): string {
  return addresses.find((address) => reason.includes(address)) ?? addresses.join(', ');
}
