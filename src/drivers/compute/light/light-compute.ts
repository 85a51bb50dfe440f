import { OctaviaError, reasonOf } from '../../../lib/errors.ts';
import { Turns } from '../../../lib/turns.ts';
import { createRecent } from '../../../openstack/recent.ts';
import { DriverFailure, ResourceNotFound } from '../../errors.ts';
import type { PortBinding } from '../../network/port-binding.ts';
import type { BootRequest, ComputeDriver, ComputeInstance } from '../compute-driver.ts';
import { parseComputeFlavor } from '../namespace/compute-flavor.ts';
import { chooseHost, type HostView } from './choose-host.ts';
import { LightHostRefused, LightHostUnreachable, type LightHost } from './light-host.ts';
import { createHostSweep, type HostSweepOptions } from './host-sweep.ts';
import type { LightAmphora } from './wire.ts';

export interface LightComputeOptions extends HostSweepOptions {
  readonly ports: PortBinding;
  readonly isApartForced: boolean;
  /** 0 does not wait for ports. */
  readonly portActiveTimeoutMs: number;
  /** Zone of amphorae whose availability zone names none. */
  readonly zone: string | null;
}

/** What a host said of itself is good for this long: boots come in bursts. */
const FACTS_MS = 3000;

/** No host of the light pool takes the amphora; says of each why. */
class NoHostTakesIt extends OctaviaError {
  constructor(amphoraId: string, reason: string) {
    super('no-light-host', `No host of the light pool takes amphora ${amphoraId}: ${reason}`, { retry: 'wait' });
  }
}

/**
 * `compute_light_driver`: amphorae as network namespaces on a pool of hosts, on ports of Neutron (docs/decisions/0010). The
 * compute id is the amphora's id. The place is noted before its host is told, so whatever a crash leaves is found again.
 */
export function createLightCompute(options: LightComputeOptions): ComputeDriver {
  const { placements, ports, log } = options;
  const hosts = new Map(options.hosts.map((host) => [host.name, host]));
  const monotonicMs = options.monotonicMs ?? (() => performance.now());
  const facts = new Map<string, { readonly untilMs: number; readonly view: Promise<Pick<HostView, 'capacity' | 'reason'>> }>();
  const sweep = createHostSweep(options);
  /** Ports that were plugged into an amphora of late: every change of a load balancer asks for them again. */
  const plugged = createRecent<ReadonlySet<string>>(300_000);
  const pluggedInto = async (amphoraId: string): Promise<ReadonlySet<string>> => (await plugged.peek(amphoraId)) ?? new Set();
  const turns = new Turns(1);

  const look = async (host: LightHost): Promise<Pick<HostView, 'capacity' | 'reason'>> => {
    try {
      return { capacity: (await host.facts()).capacity };
    } catch (error) {
      return { capacity: null, reason: reasonOf(error) };
    }
  };
  const capacityOf = (host: LightHost): Promise<Pick<HostView, 'capacity' | 'reason'>> => {
    const known = facts.get(host.name);
    if (known !== undefined && known.untilMs > monotonicMs()) return known.view;
    const view = look(host);
    facts.set(host.name, { untilMs: monotonicMs() + FACTS_MS, view });
    return view;
  };
  /** Chooses and notes a host. One after the other: two amphorae of a pair must see each other. */
  const place = (request: BootRequest, failed: ReadonlyMap<string, string>): Promise<LightHost> => turns.take(async () => {
    const { amphoraId, loadBalancerId, availabilityZone } = request;
    const [capacities, noted, peerHosts] = await Promise.all([
      Promise.all(options.hosts.map(capacityOf)), placements.list(), loadBalancerId === null ? [] : placements.hostsOfPeers(loadBalancerId, amphoraId),
    ]);
    const views = options.hosts.map(({ name, zone }, index): HostView => ({
      name, zone, capacity: null, ...capacities[index], amphorae: noted.filter((placement) => placement.host === name && placement.amphoraId !== amphoraId).length,
    }));
    const choice = chooseHost(views, { zone: availabilityZone.compute_zone ?? options.zone, peerHosts, isApartForced: options.isApartForced, failed });
    const host = choice.kind === 'chosen' ? hosts.get(choice.host) : undefined;
    if (host === undefined) throw new NoHostTakesIt(amphoraId, choice.kind === 'none' ? choice.reason : 'it is not configured');
    await placements.place(amphoraId, host.name);
    return host;
  });
  const bootOn = async (host: LightHost, { amphoraId, loadBalancerId, files, flavor, signal }: BootRequest): Promise<ComputeInstance> => {
    // A host that has lost it makes it anew, without ports.
    plugged.forget(amphoraId);
    const made = await host.boot(amphoraId, { loadBalancerId, files, computeFlavor: flavor.compute_flavor || null }, signal);
    if (!(await placements.noteBooted(amphoraId, host.name))) throw new DriverFailure('Light pool', 'boot', `amphora ${amphoraId} was placed elsewhere or given up meanwhile`);
    return describe(made, host);
  };
  const hostOf = async (amphoraId: string): Promise<LightHost> => {
    const placement = await placements.find(amphoraId);
    const host = placement === null || placement.state === 'doomed' ? undefined : hosts.get(placement.host);
    if (host === undefined) throw new ResourceNotFound('Compute instance', amphoraId);
    return host;
  };

  return {
    async ensure(request) {
      const { amphoraId, signal } = request;
      if (request.flavor.compute_flavor) parseComputeFlavor(request.flavor.compute_flavor);
      const placement = await placements.find(amphoraId);
      const failed = new Map<string, string>();
      for (let host = placement === null || placement.state === 'doomed' ? undefined : hosts.get(placement.host); ; host = undefined) {
        signal?.throwIfAborted();
        const chosen = host ?? (await place(request, failed));
        try {
          return await bootOn(chosen, request);
        } catch (error) {
          if (!(error instanceof LightHostUnreachable || error instanceof LightHostRefused)) throw error;
          // It runs there, and may be reached again soon: a second one would answer for the same amphora.
          if (host !== undefined && placement?.state === 'booted') throw error;
          log.warn({ amphora: amphoraId, host: chosen.name, reason: reasonOf(error) }, 'A host of the light pool could not boot an amphora, trying another');
          facts.delete(chosen.name);
          failed.set(chosen.name, reasonOf(error));
        }
      }
    },
    async get(computeId) {
      const placement = await placements.find(computeId);
      const host = placement === null || placement.state === 'doomed' ? undefined : hosts.get(placement.host);
      const found = host === undefined ? null : await host.find(computeId);
      return host === undefined || found === null ? gone(computeId) : describe(found, host);
    },
    async findByAmphora(amphoraId) {
      const placement = await placements.find(amphoraId);
      if (placement === null) return null;
      const host = placement.state === 'doomed' ? undefined : hosts.get(placement.host);
      try {
        const found = (await host?.find(amphoraId)) ?? null;
        return host === undefined || found === null ? gone(amphoraId) : describe(found, host);
      } catch (error) {
        // Nobody has used it yet, as its compute id is not known: another one takes less time than its host may.
        if (error instanceof LightHostUnreachable) return gone(amphoraId);
        throw error;
      }
    },
    async attachPort(computeId, port) {
      if ((await pluggedInto(computeId)).has(port.id)) return;
      const host = await hostOf(computeId);
      const owner = { host: host.name, deviceId: computeId, deviceOwner: `compute:${host.zone ?? 'light'}` };
      const { vifType, mtu } = await ports.bind(port.id, port.networkId, owner);
      await host.attach(computeId, { port, mtu, vifType });
      if (options.portActiveTimeoutMs > 0 && port.adminStateUp) await ports.untilActive(port.id, options.portActiveTimeoutMs);
      plugged.set(computeId, (await pluggedInto(computeId)).union(new Set([port.id])));
    },
    attachNetwork: async () => null,
    async detachPort(computeId, portId) {
      plugged.forget(computeId);
      await (await hostOf(computeId)).detach(computeId, portId);
    },
    async remove(computeId) {
      const placement = await placements.find(computeId);
      if (placement === null) return;
      await placements.doom(computeId);
      const host = hosts.get(placement.host);
      try {
        await host?.remove(computeId);
      } catch (error) {
        if (!(error instanceof LightHostUnreachable)) throw error;
        // A dead host must not hold up a failover; when it comes back, it is told then.
        log.warn({ amphora: computeId, host: placement.host, reason: reasonOf(error) }, 'An amphora is removed from its host as soon as that answers');
        return;
      }
      await placements.forget(computeId, placement.host);
    },
    // Which hosts to stay away from follows from where the peers are.
    ensureServerGroup: async () => null,
    removeServerGroup: async () => undefined,
    listLost: () => sweep(),
    validateFlavor: async (flavorId) => void parseComputeFlavor(flavorId),
    async validateAvailabilityZone(zone) {
      if (!options.hosts.some((host) => host.zone === zone)) throw new ResourceNotFound('Availability zone of the light pool', zone);
    },
  };
}

function describe({ amphoraId, state, lbNetworkIp, computeFlavor }: LightAmphora, host: LightHost): ComputeInstance {
  return { computeId: amphoraId, state, lbNetworkIp, zone: host.zone, imageId: null, flavorId: computeFlavor, fault: null };
}

function gone(computeId: string): ComputeInstance {
  return { computeId, state: 'gone', lbNetworkIp: null, zone: null, imageId: null, flavorId: null, fault: null };
}
