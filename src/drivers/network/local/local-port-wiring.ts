import type { PortWiring } from '../../compute/namespace/port-wiring.ts';
import type { Fabric } from './fabric/fabric.ts';

/** Plugs ports of the embedded cloud into the namespaces of amphorae. */
export function createLocalPortWiring(fabric: Pick<Fabric, 'plug' | 'unplug'>): PortWiring {
  return { plug: (netns, port) => fabric.plug(netns, port.id), unplug: (portId) => fabric.unplug(portId) };
}
