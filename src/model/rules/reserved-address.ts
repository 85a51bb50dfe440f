import { isSameIp } from '../ip.ts';
import { invalidOption } from '../violation.ts';

/** Members may not sit on addresses like the metadata service's. */
export function checkNotReserved(address: string, reserved: readonly string[]): void {
  if (reserved.some((candidate) => isSameIp(candidate, address))) throw invalidOption(address.toUpperCase(), 'member address');
}
