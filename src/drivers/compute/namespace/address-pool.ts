import { OctaviaError } from '../../../lib/errors.ts';

/** Management addresses for agents, one per amphora. IPv4 only: the kernel has one IPv6 loopback address. */
export interface AddressPool {
  /** The lowest free address. Throws when all are taken. */
  take(): string;
  /** Marks an address of a former run as taken. */
  claim(address: string): void;
  release(address: string): void;
}

/** `cidr` must lie within 127.0.0.0/8 unless it `isPublic`; its network and broadcast addresses are not used. */
export function createAddressPool(cidr: string, isPublic = false): AddressPool {
  const [network = '', prefix = ''] = cidr.split('/');
  const first = toNumber(network);
  const size = 2 ** (32 - Number(prefix));
  if (!(isPublic || network.startsWith('127.')) || !(size >= 4 && size <= 2 ** 24) ) {
    throw new OctaviaError('bad-address-pool', `address_pool ${cidr} must be an IPv4 network${isPublic ? '' : ' within 127.0.0.0/8'}.`);
  }
  const taken = new Set<number>();
  let next = 1;
  return {
    take: () => {
      while (taken.has(next)) next += 1;
      if (next >= size - 1) throw new OctaviaError('address-pool-exhausted', `address_pool ${cidr} has no free address.`, { retry: 'wait' });
      taken.add(next);
      return toText(first + next);
    },
    claim: (address) => void taken.add(toNumber(address) - first),
    release: (address) => {
      const offset = toNumber(address) - first;
      taken.delete(offset);
      next = Math.max(1, Math.min(next, offset));
    },
  };
}

function toNumber(address: string): number {
  return address.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
}

function toText(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
