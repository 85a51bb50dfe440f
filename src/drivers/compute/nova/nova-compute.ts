import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../../lib/errors.ts';
import { textOf, type JsonObject } from '../../../openstack/json.ts';
import { isDoubtful, ServiceFailure } from '../../../openstack/keystone/service-failure.ts';
import { createRecent } from '../../../openstack/recent.ts';
import type { ServiceClient } from '../../../openstack/service-client.ts';
import { type Logger, silentLogger } from '../../../telemetry/logger.ts';
import { DriverFailure, ResourceNotFound } from '../../errors.ts';
import { ONCE, persistEvenly, persistWith, type RetryOptions } from '../../persistence.ts';
import type { ImageDriver } from '../../image/image-driver.ts';
import type { VolumeDriver } from '../../volume/volume-driver.ts';
import type { Port } from '../../network/network-driver.ts';
import type { BootRequest, ComputeDriver, ComputeInstance } from '../compute-driver.ts';
import { bootNetworks, serverBody, serverName, type BootDisk, type ServerSettings } from './boot-body.ts';
import { namesPattern } from './names-pattern.ts';
import { decodeAttached, decodeInterface, decodeServer, inOrderOf, soleAddress, type Server } from './server.ts';
import { createServerWatch } from './server-watch.ts';
import { createServerGroups } from './server-groups.ts';
import { createStrays } from './strays.ts';

export interface NovaComputeOptions {
  readonly nova: ServiceClient;
  readonly image: ImageDriver;
  /** Null: amphorae boot from the image itself. */
  readonly volume: VolumeDriver | null;
  readonly servers: ServerSettings;
  readonly antiAffinityPolicy: string;
  /** `[networking] port_detach_timeout` */
  readonly detachTimeoutMs: number;
  /** `[compute]`; each thing is done once where it is left out. */
  readonly retries?: RetryOptions;
  /** How long a new server is watched closely before it is left to the caller's own pace. */
  readonly watchMs: number;
  readonly log?: Logger;
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Milliseconds of any clock, for tests. */
  readonly now?: () => number;
}

/** Pauses between looks at a leaving port: most are gone within seconds. */
const FIRST_LOOK_MS = 800;
const LOOK_GROWTH = 1.25;
const LONGEST_PAUSE_MS = 5000;
/** Shorter names may be those of other amphorae too: nothing is removed for its name alone. */
const LEAST_OWN_NAME = 13;
/** A volume that was made for a server which never came to be is known by this instead of a server's id. */
const VOLUME = 'volume:';

/** `compute_nova_driver`: amphorae as servers of Nova, found again by their names. */
export function createNovaCompute(options: NovaComputeOptions): ComputeDriver {
  const { nova, volume, servers } = options;
  const wait = options.wait ?? pause;
  const now = options.now ?? (() => performance.now());
  const persist = options.retries === undefined ? ONCE : persistWith(options.retries, wait);
  const lookAgain = options.retries === undefined ? ONCE : persistEvenly(options.retries, wait);
  const serverGroups = createServerGroups(nova, options.antiAffinityPolicy);
  /** Management networks of servers in zones that have their own. */
  const managementNetworks = createRecent<readonly string[]>(3_600_000);
  /** Once known they stay, and a server with several interfaces does not say which is which. */
  const managementAddresses = createRecent<string>(86_400_000);
  /** Ports that servers have had from birth and that nobody has asked to attach yet: the first wish is fulfilled by that. */
  const births = createRecent<readonly Port[]>(3_600_000);
  const bornWith = async (computeId: string) => (await births.peek(computeId)) ?? [];
  /** True once for each such port. */
  const takeBorn = async (computeId: string, portId: string): Promise<boolean> => {
    const born = await bornWith(computeId);
    const others = born.filter(({ id }) => id !== portId);
    if (others.length < born.length) births.set(computeId, others);
    return others.length < born.length;
  };

  const describe = async (server: Server): Promise<ComputeInstance> => {
    const { instance } = server;
    if (instance.state !== 'active') return instance;
    const [lbNetworkIp, imageId] = await Promise.all([managementAddress(server), instance.imageId ?? imageOfVolume(server)]);
    return { ...instance, lbNetworkIp, imageId };
  };
  const managementAddress = async (server: Server): Promise<string | null> => {
    const { computeId } = server.instance;
    const known = await managementAddresses.peek(computeId);
    if (known !== undefined && server.addresses.some(({ ipAddress }) => ipAddress === known)) return known;
    const others = new Set((await bornWith(computeId)).map(({ macAddress }) => macAddress));
    const found = soleAddress(server, others) ?? (await managementAddressAmong(server, others));
    if (found !== null) managementAddresses.set(computeId, found);
    return found;
  };
  const managementAddressAmong = async (server: Server, others: ReadonlySet<string>): Promise<string | null> => {
    const { computeId } = server.instance;
    const networkIds = (await managementNetworks.peek(computeId)) ?? servers.bootNetworkIds;
    const interfaces = inOrderOf(server, (await nova.list(`/servers/${computeId}/os-interface`, 'interfaceAttachments')).map(decodeInterface));
    for (const networkId of networkIds) {
      const found = interfaces.find((one) => one.networkId === networkId && !others.has(one.macAddress))?.fixedIps[0]?.ipAddress;
      if (found) return found;
    }
    return null;
  };
  const imageOfVolume = async ({ volumeIds: [first] }: Server) => (first === undefined || volume === null ? null : volume.imageOf(first));

  const look = async (computeId: string): Promise<Server | null> => {
    const raw = await nova.object('GET', `/servers/${computeId}`, 'server', { accept: [404] });
    return raw === null ? null : decodeServer(raw);
  };
  const strays = createStrays({
    log: options.log ?? silentLogger,
    async list(amphoraId) {
      const name = serverName(amphoraId, servers.nameLength);
      const found = await nova.list('/servers', 'servers', { query: { name: namesPattern([name]) } });
      return found.flatMap((server) => (server['name'] === name ? (textOf(server['id']) ?? []) : []));
    },
    remove: async (computeId) => void (await persist(() => nova.remove(`/servers/${computeId}`))),
  });
  const isNameOwn = servers.nameLength === 0 || servers.nameLength >= LEAST_OWN_NAME;
  /** Of several the one that is recorded, else one that did not fail. */
  const find = async (amphoraId: string, recordedId?: string | null): Promise<Server | null> => {
    const all = await nova.list('/servers/detail', 'servers', { query: { name: namesPattern([serverName(amphoraId, servers.nameLength)]) } });
    const found = all.map(decodeServer).filter(({ instance }) => instance.state !== 'gone');
    const kept = found.find(({ instance }) => instance.computeId === recordedId) ?? found.find(({ instance }) => instance.state !== 'error') ?? found[0] ?? null;
    if (found.length > 1 && isNameOwn) strays.suspect(amphoraId);
    if (kept !== null) await strays.know(amphoraId, kept.instance.computeId);
    return kept;
  };
  const order = async ({ amphoraId, signal }: BootRequest, body: JsonObject): Promise<string> => {
    try {
      const made = await nova.object('POST', '/servers', 'server', { body, ...(signal !== undefined && { signal }) });
      return textOf(made?.['id']) ?? '';
    } catch (error) {
      if (isNameOwn && (!(error instanceof ServiceFailure) || isDoubtful(error))) strays.suspect(amphoraId);
      throw error;
    }
  };
  const get = async (computeId: string): Promise<ComputeInstance> => {
    const server = computeId.startsWith(VOLUME) ? null : await look(computeId);
    return server === null ? gone(computeId) : describe(server);
  };
  const create = async (request: BootRequest): Promise<string> => {
    const image = await options.image.findImage(request.flavor.amp_image_tag ?? servers.imageTag, servers.imageOwnerId);
    const disk = await diskFor(request, image.id);
    const ports = (image.interfacesAtBoot ? request.interfaces : undefined) ?? [];
    const computeId = await order(request, serverBody(request, disk, servers, ports.map(({ id }) => id)));
    await strays.know(request.amphoraId, computeId);
    if (ports.length > 0) births.set(computeId, ports);
    return computeId;
  };
  const diskFor = async ({ amphoraId, availabilityZone, signal }: BootRequest, imageId: string): Promise<BootDisk> => {
    if (volume === null) return { kind: 'image', imageId };
    return { kind: 'volume', volumeId: await volume.ensureVolume(volumeName(amphoraId), imageId, availabilityZone.volume_zone ?? null, signal) };
  };
  const serverWatch = createServerWatch({
    list: async (names) => {
      const query = { name: namesPattern(names), status: ['ACTIVE', 'ERROR'] };
      // Without details Nova asks nobody else, which makes it many times cheaper.
      const built = await nova.list('/servers', 'servers', { query });
      return built.some(({ name }) => names.includes(textOf(name) ?? '')) ? (await nova.list('/servers/detail', 'servers', { query })).map(decodeServer) : [];
    },
    // One look that fails is not the server's fault: the next one tells.
    passes: (error) => error instanceof ServiceFailure && error.retry === 'retry',
    wait,
  });
  /** Watches a new server closely: waiting for the caller's next turn would cost most of the time to ACTIVE. */
  const watch = async (computeId: string, { amphoraId, signal }: BootRequest): Promise<ComputeInstance> => {
    const server = { computeId, name: serverName(amphoraId, servers.nameLength) };
    const startMs = now();
    for (let ageMs = 0; ageMs < options.watchMs; ageMs = now() - startMs) {
      const found = await serverWatch.next(server, ageMs, signal);
      const instance = found === null || found.instance.state === 'building' ? null : await describe(found);
      if (instance !== null && (instance.state !== 'active' || instance.lbNetworkIp !== null)) return instance;
    }
    const instance = await get(computeId);
    return instance.state === 'active' && instance.lbNetworkIp === null ? { ...instance, state: 'building' } : instance;
  };

  return {
    takesInterfacesAtBoot: () => true,
    async ensure(request) {
      const existing = request.isNew === true ? null : await find(request.amphoraId, request.computeId);
      const computeId = existing?.instance.computeId ?? (await create(request));
      managementNetworks.set(computeId, bootNetworks(request, servers));
      const instance = await (existing !== null && existing.instance.state !== 'building' ? describe(existing) : watch(computeId, request));
      // One that failed goes with its amphora, and the others then.
      if (instance.state !== 'error') await strays.clear(request.amphoraId, computeId);
      return instance;
    },
    get: (computeId) => lookAgain(() => get(computeId)),
    async listActive(instances) {
      const name = namesPattern(instances.map(({ amphoraId }) => serverName(amphoraId, servers.nameLength)));
      const ids = new Set((await nova.list('/servers', 'servers', { query: { name, status: 'ACTIVE' } })).map(({ id }) => textOf(id)));
      return instances.filter(({ computeId }) => ids.has(computeId)).map(({ amphoraId }) => amphoraId);
    },
    async findByAmphora(amphoraId, isSure = false) {
      const server = isSure && !isNameOwn ? null : await find(amphoraId);
      if (server !== null) return describe(server);
      const volumeId = (await volume?.findVolume(volumeName(amphoraId))) ?? null;
      return volumeId === null ? null : gone(`${VOLUME}${volumeId}`);
    },
    async attachPort(computeId, port) {
      if (port.deviceId === computeId || (await takeBorn(computeId, port.id))) return;
      try {
        await nova.send('POST', `/servers/${computeId}/os-interface`, { body: { interfaceAttachment: { port_id: port.id } } });
      } catch (error) {
        if (!(await isAttached(nova, computeId, port.id, error))) throw error;
      }
    },
    async attachNetwork(computeId, networkId) {
      const made = await nova.object('POST', `/servers/${computeId}/os-interface`, 'interfaceAttachment', { body: { interfaceAttachment: { net_id: networkId } } });
      return decodeAttached(made ?? {});
    },
    async detachPort(computeId, portId) {
      const path = `/servers/${computeId}/os-interface/${portId}`;
      await takeBorn(computeId, portId);
      if (!(await nova.remove(path))) return;
      for (let waitedMs = 0, pauseMs = FIRST_LOOK_MS; waitedMs < options.detachTimeoutMs; waitedMs += pauseMs, pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * LOOK_GROWTH)) {
        if ((await nova.send('GET', path, { accept: [404] })).status === 404) return;
        await wait(pauseMs);
      }
      throw new DriverFailure('Nova', 'detach port', `Port ${portId} did not leave server ${computeId} in time.`);
    },
    async remove(computeId) {
      if (computeId.startsWith(VOLUME)) await volume?.removeVolume(computeId.slice(VOLUME.length));
      else await persist(() => nova.remove(`/servers/${computeId}`));
      births.forget(computeId);
      await strays.follow(computeId);
    },
    ensureServerGroup: (loadBalancerId, _flavor, isNew) => serverGroups.ensure(loadBalancerId, isNew === true),
    removeServerGroup: (serverGroupId) => serverGroups.remove(serverGroupId),
    findServerGroup: (loadBalancerId) => serverGroups.find(loadBalancerId),
    async validateFlavor(flavorId) {
      if ((await nova.send('GET', `/flavors/${encodeURIComponent(flavorId)}`, { accept: [404] })).status === 404) throw new ResourceNotFound('Compute flavor', flavorId);
    },
    async validateAvailabilityZone(zone) {
      const known = (await nova.list('/os-availability-zone', 'availabilityZoneInfo')).some(({ zoneName }) => zoneName === zone);
      if (!known) throw new ResourceNotFound('Compute availability zone', zone);
    },
  };
}

/** A refusal or a lost answer may mean that the port is where it belongs already. */
async function isAttached(nova: ServiceClient, computeId: string, portId: string, error: unknown): Promise<boolean> {
  if (!(error instanceof ServiceFailure) || error.status === 404) return false;
  try {
    return (await nova.send('GET', `/servers/${computeId}/os-interface/${portId}`, { accept: [404] })).status !== 404;
  } catch (second) {
    throw new DriverFailure('Nova', 'attach port', `${reasonOf(error)}; and whether port ${portId} is attached could not be asked: ${reasonOf(second)}`, { cause: error });
  }
}

function gone(computeId: string): ComputeInstance {
  return { computeId, state: 'gone', lbNetworkIp: null, zone: null, imageId: null, flavorId: null, fault: null };
}

function volumeName(amphoraId: string): string {
  return `octavia-amphora-${amphoraId}`;
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal });
}
