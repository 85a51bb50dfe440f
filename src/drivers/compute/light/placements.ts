/** `placed`: the host is or was being told. `booted`: it said that the amphora is there. `doomed`: to be removed from the host as soon as it answers. */
type PlacementState = 'placed' | 'booted' | 'doomed';

/** On which host of the light pool an amphora is. */
export interface Placement { readonly amphoraId: string; readonly host: string; readonly state: PlacementState }

/**
 * The memory of where amphorae are, which all controllers share: an amphora is removed by whoever finds it, whatever its
 * flavor says by then. Compute ids of the light pool are ids of amphorae.
 */
export interface Placements {
  find(amphoraId: string): Promise<Placement | null>;
  list(): Promise<readonly Placement[]>;
  /** Hosts of the other amphorae of a load balancer that are there to stay. */
  hostsOfPeers(loadBalancerId: string, amphoraId: string): Promise<readonly string[]>;
  /** Notes a host before it is told; replaces what was noted of the amphora. */
  place(amphoraId: string, host: string): Promise<void>;
  /** Notes what the host said; false when the amphora was placed elsewhere or doomed meanwhile. */
  noteBooted(amphoraId: string, host: string): Promise<boolean>;
  doom(amphoraId: string): Promise<void>;
  /** The host has no such amphora any more; what was noted of another host stays. */
  forget(amphoraId: string, host: string): Promise<void>;
  /** Notes an amphora that a host has and nobody had noted, when it is one of ours. @returns whether it is */
  adopt(amphoraId: string, host: string): Promise<boolean>;
}
