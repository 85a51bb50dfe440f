import { reasonOf } from '../../../../lib/errors.ts';
import { netnsExists } from '../../../../lib/linux/netns.ts';
import { nftApply } from '../../../../lib/linux/nft.ts';
import { CommandFailed } from '../../../../lib/run.ts';
import { DriverFailure } from '../../../errors.ts';
import { subnetsOf } from '../networks.ts';
import { portKey, type NetworkRecords, type PortRecord } from '../network-records.ts';
import { requirePort } from '../ports.ts';
import { conflictingHostRoute, ensureBridge, removeBridge } from './bridge.ts';
import { renderFirewall } from './firewall-ruleset.ts';
import { renderFloatingNat } from './floating-ruleset.ts';
import { floatingMappings, guardedPorts } from './projections.ts';
import { shapePort } from './shaper.ts';
import { policyOf, staleAfter } from './stale.ts';
import { connectWire, disconnectWire } from './wire.ts';

/** Builds on the host what the network records say, and keeps it so. */
export interface Fabric {
  /** Puts the port's interface, with its security rules and limits, into a namespace. Twice is once. */
  plug(netns: string, portId: string): Promise<void>;
  /** Takes it away; gone already is success. */
  unplug(portId: string): Promise<void>;
  /** Resolves when the host shows every commit so far; throws DriverFailure when a part could not be built that could be before (it is tried again). */
  settled(): Promise<void>;
  /** Makes whatever is missing after a restart of the host or of this process; what runs is not disturbed, what cannot be made is tried again. */
  restore(): Promise<void>;
  /** A route of the host that a new subnet would cut off; null when there is none. */
  conflictingRoute(cidr: string): Promise<string | null>;
  close(): Promise<void>;
}

export interface FabricLog { warn(fields: object, message: string): void }

const RETRY_MS = 2_000;

/** The Linux fabric: a bridge per network, a veth per plugged port, nftables for security groups and floating IPs. */
export function openLinuxFabric(records: NetworkRecords, log: FabricLog): Fabric {
  const tasks = new Map<string, () => Promise<void>>();
  const failures = new Map<string, string>();
  const lanes = new Map<string, Promise<void>>();
  let worker: Promise<void> | null = null;
  let retry: NodeJS.Timeout | null = null;

  /** One at a time per key, so that the later of two renders of the same thing wins. */
  const inLane = async (key: string, work: () => Promise<void>): Promise<void> => {
    const turn = (lanes.get(key) ?? Promise.resolve()).then(work);
    const settledTurn = turn.catch(() => undefined);
    lanes.set(key, settledTurn);
    try {
      await turn;
    } finally {
      if (lanes.get(key) === settledTurn) lanes.delete(key);
    }
  };

  const buildNetwork = (id: string) => inLane(`network ${id}`, async () => {
    const network = records.networks.get(id);
    if (!network) return removeBridge(id);
    await ensureBridge({
      networkId: id, mtu: network.mtu,
      addresses: [
        ...subnetsOf(records, id).flatMap((subnet) => (subnet.gatewayIp === null ? [] : [`${subnet.gatewayIp}/${subnet.cidr.split('/')[1]}`])),
        ...records.floatingIps.filter((floatingIp) => floatingIp.floatingNetworkId === id).map((floatingIp) => `${floatingIp.floatingIpAddress}/32`),
      ],
    });
  });
  const buildFirewall = (netns: string) => inLane(`firewall ${netns}`, async () => {
    if (netnsExists(netns)) await nftApply(renderFirewall(guardedPorts(records, netns), 'replace'), netns);
  });
  const buildFirstFirewall = (netns: string) => inLane(`firewall ${netns}`, async () => {
    const ports = guardedPorts(records, netns);
    if (ports.length === 0) return;
    try {
      await nftApply(renderFirewall(ports, 'fresh'), netns);
    } catch (error) {
      if (!(error instanceof CommandFailed) || !/file exists/i.test(error.stderr)) throw error;
      await nftApply(renderFirewall(guardedPorts(records, netns), 'replace'), netns);
    }
  });
  const buildNat = () => inLane('floating nat', () => nftApply(renderFloatingNat(floatingMappings(records))));
  const buildShaper = async (portId: string) => {
    const port = records.ports.get(portId);
    if (!port?.pluggedInto || !netnsExists(port.pluggedInto)) return;
    await shapePort(port.pluggedInto, portId, records.qosPolicies.get(policyOf(records, port) ?? '')?.rules ?? []);
  };
  /** The firewall keeps the chain of a port that is gone until the next render: nothing reaches it, and a render costs more than the removal. */
  const dropWire = (port: PortRecord) => disconnectWire({ portId: port.id, networkId: port.networkId }, port.fixedIps.map((fixed) => fixed.ipAddress));

  const wake = () => {
    worker ??= drain().finally(() => { worker = null; });
  };
  const failed = (key: string, build: () => Promise<void>, error: unknown) => {
    log.warn({ part: key, reason: reasonOf(error) }, 'a part of the network could not be built; it will be tried again');
    failures.set(key, reasonOf(error));
    if (!tasks.has(key)) tasks.set(key, build);
  };
  const tryAgainLater = () => {
    if (failures.size > 0) retry ??= setTimeout(() => { retry = null; failures.clear(); wake(); }, RETRY_MS).unref();
  };
  const drain = async () => {
    const nextTask = () => [...tasks].find(([key]) => !failures.has(key));
    for (let next = nextTask(); next; next = nextTask()) {
      const [key, build] = next;
      tasks.delete(key);
      try {
        await build();
      } catch (error) {
        failed(key, build, error);
      }
    }
    tryAgainLater();
  };

  records.store.onCommit((changes) => {
    const stale = staleAfter(records, changes);
    const schedule = (key: string, build: () => Promise<void>) => {
      failures.delete(key);
      tasks.set(key, build);
    };
    for (const id of [...stale.networks, ...stale.removedNetworks]) schedule(`network ${id}`, () => buildNetwork(id));
    for (const port of stale.orphans) schedule(`wire ${port.id}`, () => dropWire(port));
    for (const netns of stale.firewalls) schedule(`firewall ${netns}`, () => buildFirewall(netns));
    for (const id of stale.shapers) schedule(`shaper ${id}`, () => buildShaper(id));
    if (stale.floatingNat) schedule('floating nat', buildNat);
    if (tasks.size > 0) wake();
  });

  const plug = async (netns: string, portId: string) => {
    const port = requirePort(records, portId);
    const isFirst = records.portsBy(portKey.netns(netns)).length === 0;
    records.store.transaction(() => records.ports.put({ ...port, pluggedInto: netns, status: 'ACTIVE' }));
    const network = records.networks.get(port.networkId);
    if (!network) throw new DriverFailure('network', 'plug', `network ${port.networkId} of port ${portId} is gone`);
    const wire = { portId, networkId: port.networkId, macAddress: port.macAddress, mtu: network.mtu };
    const connect = async () => {
      try {
        await connectWire(netns, wire);
      } catch (error) {
        // A bridge that someone removed is made again once; the usual plug pays nothing for the check.
        if (!(error instanceof CommandFailed) || !/device does not exist|cannot find device/i.test(error.stderr)) throw error;
        await buildNetwork(port.networkId);
        await connectWire(netns, wire);
      }
    };
    await Promise.all([connect(), isFirst ? buildFirstFirewall(netns) : buildFirewall(netns)]);
    if ((port.qosPolicyId ?? network.qosPolicyId) !== null) await buildShaper(portId);
  };

  return {
    plug,
    unplug: async (portId) => {
      const port = records.ports.get(portId);
      if (!port) return disconnectWire({ portId, networkId: '' }, []);
      if (port.pluggedInto !== null) records.store.transaction(() => records.ports.put({ ...port, pluggedInto: null, status: 'DOWN' }));
      await dropWire(port);
    },
    settled: async () => {
      // A bridge or wire that could not be built before is not this caller's failure: who plugs into it is told.
      const known = new Set([...failures.keys()].filter((key) => /^(network|wire) /.test(key)));
      if (failures.size > 0) { failures.clear(); wake(); }
      while (worker) await worker;
      const broken = [...failures].find(([key]) => !known.has(key));
      if (broken) throw new DriverFailure('network', broken[0], broken[1]);
    },
    restore: async () => {
      // One part that this machine cannot have (a range of its new neighbourhood, IPv6) must not keep the rest from starting.
      const attempt = (key: string, build: () => Promise<void>) => build().catch((error: unknown) => failed(key, build, error));
      for (const network of records.networks.list()) await attempt(`network ${network.id}`, () => buildNetwork(network.id));
      await attempt('floating nat', buildNat);
      const plugged = records.ports.filter((port) => port.pluggedInto !== null && netnsExists(port.pluggedInto));
      for (const { id } of plugged) {
        await attempt(`wire ${id}`, async () => {
          const netns = records.ports.get(id)?.pluggedInto;
          if (netns && netnsExists(netns)) await plug(netns, id);
        });
      }
      tryAgainLater();
    },
    conflictingRoute: conflictingHostRoute,
    close: async () => {
      if (retry) clearTimeout(retry);
      while (worker) await worker;
    },
  };
}
