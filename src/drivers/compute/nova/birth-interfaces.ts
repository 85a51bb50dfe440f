import type { AttachedInterface, WantedInterfaces } from '../compute-driver.ts';
import type { ServerInterface } from './server.ts';

/** Interfaces that servers of this process have had from birth, until somebody asks for them: each answers one wish to attach it. */
export interface BirthInterfaces {
  note(computeId: string, born: WantedInterfaces): void;
  /** What Nova made of the networks of such a server. */
  learn(computeId: string, interfaces: readonly ServerInterface[]): void;
  /** Whether these are all interfaces of the load balancer, none of the server's own. */
  has(computeId: string, macAddress: string | null): boolean;
  /** Whether Nova makes ports for such a server that nobody has looked at yet. */
  isUnlearned(computeId: string): boolean;
  takePort(computeId: string, portId: string): boolean;
  takeNetwork(computeId: string, networkId: string): AttachedInterface | null;
  /** The interface is being detached, or all of them with the server. */
  forget(computeId: string, portId?: string): void;
}

interface Birth {
  readonly portIds: Set<string>;
  readonly macAddresses: ReadonlySet<string>;
  readonly networkIds: Set<string>;
  readonly interfaces: Map<string, AttachedInterface>;
}

export function createBirthInterfaces(): BirthInterfaces {
  const births = new Map<string, Birth>();
  return {
    note(computeId, { ports, networkIds }) {
      births.set(computeId, {
        portIds: new Set(ports.map(({ id }) => id)), macAddresses: new Set(ports.map(({ macAddress }) => macAddress)), networkIds: new Set(networkIds), interfaces: new Map(),
      });
    },
    learn(computeId, interfaces) {
      const birth = births.get(computeId);
      if (birth === undefined) return;
      for (const { networkId, portId, macAddress, fixedIps } of interfaces) {
        const isOurs = birth.portIds.has(portId) || birth.macAddresses.has(macAddress);
        if (!isOurs && birth.networkIds.delete(networkId)) birth.interfaces.set(networkId, { portId, macAddress, fixedIps });
      }
    },
    has: (computeId, macAddress) => macAddress !== null && births.get(computeId)?.macAddresses.has(macAddress) === true,
    isUnlearned: (computeId) => (births.get(computeId)?.networkIds.size ?? 0) > 0,
    takePort: (computeId, portId) => births.get(computeId)?.portIds.delete(portId) ?? false,
    takeNetwork(computeId, networkId) {
      const birth = births.get(computeId);
      const found = birth?.interfaces.get(networkId) ?? null;
      birth?.interfaces.delete(networkId);
      return found;
    },
    forget(computeId, portId) {
      const birth = births.get(computeId);
      if (portId === undefined || birth === undefined) return void births.delete(computeId);
      birth.portIds.delete(portId);
      for (const [networkId, one] of birth.interfaces) {
        if (one.portId === portId) birth.interfaces.delete(networkId);
      }
    },
  };
}
