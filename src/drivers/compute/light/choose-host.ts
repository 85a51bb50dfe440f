/** A host of the light pool as the choice sees it. */
export interface HostView {
  readonly name: string;
  /** Availability zone; null belongs to none. */
  readonly zone: string | null;
  /** Most amphorae it takes; null when it does not answer, and then `reason` says why. */
  readonly capacity: number | null;
  readonly reason?: string;
  /** Amphorae that are placed there. */
  readonly amphorae: number;
}

export interface HostWish {
  readonly zone: string | null;
  /** Hosts of the other amphorae of the same load balancer. */
  readonly peerHosts: readonly string[];
  /** Hard: never beside a peer. Else beside one only where there is no other place. */
  readonly isApartForced: boolean;
  /** Hosts that failed just now, with what they said. */
  readonly failed: ReadonlyMap<string, string>;
}

export type HostChoice = { readonly kind: 'chosen'; readonly host: string } | { readonly kind: 'none'; readonly reason: string };

/** Where a new amphora goes: in its zone, apart from its peer, to the host with most room, by name among equals. Pure. */
export function chooseHost(hosts: readonly HostView[], { zone, peerHosts, isApartForced, failed }: HostWish): HostChoice {
  const why: string[] = [];
  const usable = hosts.filter((host) => {
    const obstacle = obstacleOf(host, zone, failed);
    if (obstacle !== null) why.push(`${host.name} ${obstacle}`);
    return obstacle === null;
  });
  const apart = usable.filter(({ name }) => !peerHosts.includes(name));
  const candidates = apart.length > 0 || isApartForced ? apart : usable;
  const [best] = candidates.toSorted((one, other) => roomOf(other) - roomOf(one) || one.name.localeCompare(other.name));
  if (best !== undefined) return { kind: 'chosen', host: best.name };
  if (isApartForced) for (const { name } of usable) why.push(`${name} has the other amphora, and [light_pool] anti_affinity_policy is anti-affinity`);
  return { kind: 'none', reason: hosts.length === 0 ? '[light_pool] hosts is empty' : why.join('; ') };
}

function obstacleOf({ name, zone, capacity, reason, amphorae }: HostView, wanted: string | null, failed: ReadonlyMap<string, string>): string | null {
  if (wanted !== null && zone !== wanted) return `is not in zone ${wanted}`;
  const failure = failed.get(name);
  if (failure !== undefined) return `failed (${failure})`;
  if (capacity === null) return `does not answer (${reason ?? 'no reason known'})`;
  return amphorae >= capacity ? `is full (${amphorae} of ${capacity} amphorae)` : null;
}

/** Share of the host that is free: hosts of different size fill up alike. */
function roomOf({ capacity, amphorae }: HostView): number {
  return capacity === null || capacity === 0 ? 0 : (capacity - amphorae) / capacity;
}
