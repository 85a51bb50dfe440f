import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../../../lib/errors.ts';
import { netnsExists, removeNetns } from '../../../lib/linux/netns.ts';
import type { Launcher } from '../../../lib/launcher.ts';
import { runThroughLauncher } from '../../../lib/run.ts';
import { toSqlDatetime } from '../../../lib/clock.ts';
import { ResourceNotFound } from '../../errors.ts';
import type { BootRequest, ComputeDriver, ComputeInstance } from '../compute-driver.ts';
import { createAddressPool } from './address-pool.ts';
import { parseComputeFlavor, UNLIMITED } from './compute-flavor.ts';
import { createControlGroups } from './control-groups.ts';
import { dropKeys, keepKeysInMemory } from './keys-in-memory.ts';
import { readInstances, writeBootFiles, writeInstance, type InstanceRecord } from './instance-record.ts';
import type { AgentHost, PortWiring } from './port-wiring.ts';
import { createPreparedNamespaces } from './prepared-namespaces.ts';
import { killInside, leaveVrrp } from './processes.ts';

export interface NamespaceComputeOptions {
  /** Amphorae live in `<dataDir>/amphorae/<amphora id>/`. */
  readonly dataDir: string;
  readonly wiring: PortWiring;
  readonly agents: AgentHost;
  /** @default 127.16.0.0/12 */
  readonly addressPool?: string;
  /** The addresses may be ones that other machines reach; making them local is up to the caller. @default false */
  readonly isPoolPublic?: boolean;
  readonly agentPort?: number;
  /** Compute flavor (see parseComputeFlavor) of amphorae whose flavor names none [controller_worker] amp_flavor_id. @default unlimited */
  readonly defaultFlavor?: string;
  /** Namespaces kept ready for the next amphorae. @default 0 */
  readonly prepared?: number;
  readonly log: { warn(fields: Readonly<Record<string, unknown>>, message: string): void };
}

export interface NamespaceCompute extends ComputeDriver {
  /**
   * Call once before use: finds the amphorae of former runs and starts their agents. Those whose namespace did not
   * survive (the host was booted anew) are cleared away and reported by `listLost` until they are removed.
   */
  restore(): Promise<void>;
  listLost(): Promise<readonly string[]>;
  /** What is known of every amphora here. */
  list(): readonly InstanceRecord[];
  /** Lets go of what was kept ready; amphorae stay. */
  close(): void;
}

/** Where an agent finds the size of its amphora. */
const SIZE_FILE = 'etc/octavia/amphora-size.json';

/** The namespace an amphora lives in. */
export function netnsOf(amphoraId: string): string {
  return `octavia-${amphoraId}`;
}

/** Amphorae as network namespaces of this host (`compute_namespace_driver`). The compute id is the amphora's id. */
export function createNamespaceCompute(options: NamespaceComputeOptions): NamespaceCompute {
  const { wiring, agents, log } = options;
  // Every amphora means dozens of small programs, and this process is big: starting them from here would stall it.
  runThroughLauncher();
  const directory = join(options.dataDir, 'amphorae');
  const groups = createControlGroups({ log });
  const addresses = createAddressPool(options.addressPool ?? '127.16.0.0/12', options.isPoolPublic);
  const instances = new Map<string, InstanceRecord>();
  const lost = new Set<string>();
  const inTurn = createTurns();
  const prepared = createPreparedNamespaces(options.prepared ?? 0, log);
  let hostBootId = '';

  const rootOf = (amphoraId: string): string => join(directory, amphoraId);
  const startAgent = async (record: InstanceRecord, shell: Launcher | null = null): Promise<void> => {
    const { amphoraId, netns, lbNetworkIp: host } = record;
    try {
      await agents.start({ amphoraId, root: rootOf(amphoraId), netns, host, port: options.agentPort ?? 9443, ...(shell && { shell }) });
    } catch (error) {
      shell?.close();
      throw error;
    }
  };
  const save = async (record: InstanceRecord): Promise<void> => {
    instances.set(record.amphoraId, record);
    await writeInstance(rootOf(record.amphoraId), record);
  };

  /** Its agent reads there how big the amphora is and which groups its daemons join. */
  const writeSize = async ({ amphoraId, flavorId }: InstanceRecord): Promise<void> => {
    const limits = flavorId ? parseComputeFlavor(flavorId) : UNLIMITED;
    if (limits.cpus === null && limits.memoryMib === null) return;
    const size = { cpus: limits.cpus, memory_mib: limits.memoryMib, control_groups: await groups.ensure(amphoraId, limits) };
    await writeFile(join(rootOf(amphoraId), SIZE_FILE), JSON.stringify(size), { mode: 0o644 });
  };

  const boot = async (request: BootRequest): Promise<InstanceRecord> => {
    hostBootId ||= await currentBootId();
    const flavorId = request.flavor.compute_flavor || options.defaultFlavor || null;
    if (flavorId !== null) parseComputeFlavor(flavorId);
    const record: InstanceRecord = instances.get(request.amphoraId) ?? {
      amphoraId: request.amphoraId, loadBalancerId: request.loadBalancerId, netns: netnsOf(request.amphoraId), lbNetworkIp: addresses.take(),
      createdAt: toSqlDatetime(Date.now()), ports: [], hostBootId, flavorId,
    };
    const root = rootOf(request.amphoraId);
    await mkdir(join(root, 'var/lib/octavia'), { recursive: true, mode: 0o755 });
    await save(record);
    const entering = prepared.boot(record.netns);
    try {
      await Promise.all([entering, writeBootFiles(root, request.files), keepKeysInMemory(root, request.amphoraId)]);
      await writeSize(record);
    } catch (error) {
      // The next attempt finds the namespace there and enters it with a shell of its own.
      (await entering.catch(() => null))?.close();
      throw error;
    }
    await startAgent(record, await entering);
    return record;
  };

  const clearAway = async (amphoraId: string): Promise<void> => {
    const record = instances.get(amphoraId);
    const netns = record?.netns ?? netnsOf(amphoraId);
    await agents.stop(amphoraId);
    await leaveVrrp(netns);
    // Before the daemons are killed: addresses that nobody serves any more would refuse connections until the peer has them.
    // And host ends first: a namespace that still holds veths is torn down late by the kernel.
    for (const port of record?.ports ?? []) await wiring.unplug(port.id);
    await killInside(netns);
    await removeNetns(netns);
    await groups.remove(amphoraId);
    await dropKeys(amphoraId);
    await rm(rootOf(amphoraId), { recursive: true, force: true });
    instances.delete(amphoraId);
    if (record !== undefined) addresses.release(record.lbNetworkIp);
  };

  const adopt = async (record: InstanceRecord): Promise<void> => {
    if (record.hostBootId === hostBootId && netnsExists(record.netns)) {
      await Promise.all([writeSize(record), keepKeysInMemory(rootOf(record.amphoraId), record.amphoraId)]);
      return startAgent(record);
    }
    log.warn({ amphora: record.amphoraId, lb: record.loadBalancerId }, 'The namespace of an amphora is gone, it needs to be replaced');
    await clearAway(record.amphoraId);
    lost.add(record.amphoraId);
  };

  return {
    restore: async () => {
      hostBootId = await currentBootId();
      const { records, leftovers } = await readInstances(directory);
      for (const record of records) {
        instances.set(record.amphoraId, record);
        addresses.claim(record.lbNetworkIp);
      }
      const outcomes = await Promise.allSettled([
        ...records.map((record) => inTurn(record.amphoraId, () => adopt(record))),
        ...leftovers.map((amphoraId) => inTurn(amphoraId, () => clearAway(amphoraId))),
      ]);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') log.warn({ reason: reasonOf(outcome.reason) }, 'An amphora of a former run could not be taken over');
      }
      prepared.refill();
    },
    listLost: async () => [...lost],
    list: () => [...instances.values()],
    close: () => prepared.close(),
    ensure: (request) => inTurn(request.amphoraId, async () => {
      // One that is there may have been broken off before all its files were: every step of a boot finds what an earlier one left.
      lost.delete(request.amphoraId);
      return instanceOf(await boot(request));
    }),
    get: async (computeId) => stateOf(computeId, instances.get(computeId)),
    findByAmphora: async (amphoraId) => {
      const record = instances.get(amphoraId);
      return record === undefined ? null : stateOf(amphoraId, record);
    },
    attachPort: (computeId, port) => inTurn(computeId, async () => {
      const record = instances.get(computeId);
      if (record === undefined) throw new ResourceNotFound('Compute instance', computeId);
      await save({ ...record, ports: [...record.ports.filter(({ id }) => id !== port.id), port] });
      await wiring.plug(record.netns, port);
    }),
    detachPort: (computeId, portId) => inTurn(computeId, async () => {
      await wiring.unplug(portId);
      const record = instances.get(computeId);
      if (record !== undefined) await save({ ...record, ports: record.ports.filter(({ id }) => id !== portId) });
    }),
    remove: (computeId) => inTurn(computeId, async () => {
      await clearAway(computeId);
      lost.delete(computeId);
    }),
    // One host: there is nothing to spread an amphora pair over.
    ensureServerGroup: async () => null,
    removeServerGroup: async () => undefined,
    validateFlavor: async (flavorId) => void parseComputeFlavor(flavorId),
    validateAvailabilityZone: async () => undefined,
  };
}

function instanceOf(record: InstanceRecord): ComputeInstance {
  return { computeId: record.amphoraId, state: 'active', lbNetworkIp: record.lbNetworkIp, zone: null, imageId: null, flavorId: record.flavorId ?? null, fault: null };
}

function stateOf(computeId: string, record: InstanceRecord | undefined): ComputeInstance {
  if (record !== undefined && netnsExists(record.netns)) return instanceOf(record);
  return { computeId, state: 'gone', lbNetworkIp: record?.lbNetworkIp ?? null, zone: null, imageId: null, flavorId: null, fault: null };
}

async function currentBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** Calls about one amphora run one after the other; calls about different ones side by side. */
function createTurns(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const tails = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const turn = (tails.get(key) ?? Promise.resolve()).then(work, work);
    tails.set(key, turn);
    const clear = (): void => {
      if (tails.get(key) === turn) tails.delete(key);
    };
    turn.then(clear, clear);
    return turn;
  };
}
