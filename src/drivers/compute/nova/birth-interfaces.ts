import type { Port } from '../../network/network-driver.ts';

/** Ports that servers of this process have had from birth. The first wish to attach one is fulfilled by that. */
export interface BirthInterfaces {
  note(computeId: string, ports: readonly Port[]): void;
  /** Whether this is an interface that the server has from birth for its load balancer. */
  has(computeId: string, macAddress: string | null): boolean;
  /** True once for each such port. */
  take(computeId: string, portId: string): boolean;
  /** The port is being detached, or all of them go with the server. */
  forget(computeId: string, portId?: string): void;
}

interface Birth { readonly untaken: Set<string>; readonly macAddresses: ReadonlySet<string> }

export function createBirthInterfaces(): BirthInterfaces {
  const births = new Map<string, Birth>();
  return {
    note: (computeId, ports) => void births.set(computeId, { untaken: new Set(ports.map(({ id }) => id)), macAddresses: new Set(ports.map(({ macAddress }) => macAddress)) }),
    has: (computeId, macAddress) => macAddress !== null && births.get(computeId)?.macAddresses.has(macAddress) === true,
    take: (computeId, portId) => births.get(computeId)?.untaken.delete(portId) ?? false,
    forget: (computeId, portId) => {
      if (portId === undefined) births.delete(computeId);
      else births.get(computeId)?.untaken.delete(portId);
    },
  };
}
