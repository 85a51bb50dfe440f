import { AddressesExhausted, AddressInUse, DriverFailure, PortRefused, ResourceNotFound } from '../../errors.ts';
import { NetworkFault } from './network-faults.ts';

/** A record fault in the words of Octavia's drivers; anything else stays as it is. */
export function asDriverError(error: unknown): unknown {
  if (!(error instanceof NetworkFault)) return error;
  if (error.type === 'IpAddressAlreadyAllocated') return new AddressInUse(wordAfter(error.message, 'address'), wordAfter(error.message, 'subnet'), error);
  if (error.type === 'IpAddressGenerationFailure') return new AddressesExhausted(error.message.replace(/^No more IP addresses available on |\.$/g, ''), error);
  if (error.status === 404) return new ResourceNotFound(error.message.split(' ')[0] ?? 'Resource', wordAfter(error.message, '(?:Network|Subnet|Port|policy|group|IP|Router)'), error);
  return new DriverFailure('network', error.type, error.message, { retry: error.retry, cause: error });
}

/** The same for a port that is to be made. */
export function asPortRefusal(error: unknown): unknown {
  const known = asDriverError(error);
  if (!(error instanceof NetworkFault) || !(known instanceof DriverFailure)) return known;
  return new PortRefused('network', { kind: error.status === 409 ? 'conflict' : 'invalid', reason: error.message }, { retry: error.retry, cause: error });
}

function wordAfter(text: string, pattern: string): string {
  return new RegExp(`${pattern} (\\S+)`).exec(text)?.[1] ?? '';
}
