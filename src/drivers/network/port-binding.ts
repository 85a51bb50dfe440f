/** Who is to have a port, as Nova would say it of a server. */
interface PortOwner { readonly host: string; readonly deviceId: string; readonly deviceOwner: string }

/** How the network service wants a bound port wired. */
interface PortBound {
  /** `ovs`, `bridge` ...; null where nothing binds ports. */
  readonly vifType: string | null;
  /** Of its network. */
  readonly mtu: number;
}

/** Ports of machines that are no servers of Nova: bound to the host that plugs them. Throws ResourceNotFound or DriverFailure. */
export interface PortBinding {
  /** Binds the port; twice is once. */
  bind(portId: string, networkId: string, owner: PortOwner): Promise<PortBound>;
  /** Waits until the host's L2 agent has wired the port. */
  untilActive(portId: string, timeoutMs: number): Promise<void>;
}

/** For networks that nobody wires: every port is bound and active at once. */
export function createNoopPortBinding(): PortBinding {
  return { bind: async () => ({ vifType: null, mtu: 1500 }), untilActive: async () => undefined };
}
