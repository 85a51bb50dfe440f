import { json, Refusal, type Reply } from '../../amphora/agent/http/reply.ts';
import type { AgentRequest, Route } from '../../amphora/agent/http/router.ts';
import type { NamespaceCompute } from '../../drivers/compute/namespace/namespace-compute.ts';
import { decodeBoot, decodePort, encodeAmphora, encodeListing, WireError, type LightAmphora } from '../../drivers/compute/light/wire.ts';
import { ResourceNotFound } from '../../drivers/errors.ts';

/** What the routes of a host work on. */
export interface LightHostState {
  readonly name: string;
  readonly compute: Pick<NamespaceCompute, 'ensure' | 'get' | 'list' | 'listLost' | 'attachPort' | 'detachPort' | 'remove'>;
  readonly capacity: number;
  /** How Neutron must have bound ports that are plugged here. */
  readonly vifType: 'ovs' | 'bridge';
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

type Handler = Route<LightHostState>['handle'];

/** The REST API of a host of the light pool, for controllers alone. Every change may be asked for twice. */
export const lightHostRoutes: readonly Route<LightHostState>[] = [
  { method: 'GET', path: '/1.0/facts', handle: ({ name, capacity, compute }) => json(200, { name, capacity, amphorae: compute.list().length }) },
  { method: 'GET', path: '/1.0/amphorae', handle: guarded(listAmphorae) },
  { method: 'GET', path: '/1.0/amphorae/:id', handle: guarded(showAmphora) },
  { method: 'PUT', path: '/1.0/amphorae/:id', handle: guarded(bootAmphora) },
  { method: 'DELETE', path: '/1.0/amphorae/:id', handle: guarded(async ({ compute }, request) => {
    await compute.remove(amphoraIdOf(request));
    return json(200, { message: 'OK' });
  }) },
  { method: 'PUT', path: '/1.0/amphorae/:id/ports/:port', handle: guarded(plugPort) },
  { method: 'DELETE', path: '/1.0/amphorae/:id/ports/:port', handle: guarded(async ({ compute }, request) => {
    await compute.detachPort(amphoraIdOf(request), uuidOf(request.params['port']));
    return json(200, { message: 'OK' });
  }) },
];

async function listAmphorae({ compute, now }: LightHostState): Promise<Reply> {
  const amphorae = await Promise.all(compute.list().map((record) => look(compute, record.amphoraId, record.createdAt, now())));
  return json(200, encodeListing({ amphorae, lost: await compute.listLost() }));
}

async function showAmphora({ compute, now }: LightHostState, request: AgentRequest): Promise<Reply> {
  const id = amphoraIdOf(request);
  const record = compute.list().find(({ amphoraId }) => amphoraId === id);
  if (record === undefined) throw new Refusal(404, 'Not Found', `There is no amphora ${id} here.`);
  return json(200, encodeAmphora(await look(compute, id, record.createdAt, now())));
}

async function bootAmphora({ compute, capacity, now }: LightHostState, request: AgentRequest): Promise<Reply> {
  const id = amphoraIdOf(request);
  const { loadBalancerId, files, computeFlavor } = decodeBoot(bodyOf(request));
  const present = compute.list();
  if (present.length >= capacity && !present.some(({ amphoraId }) => amphoraId === id)) throw new Refusal(409, 'Conflict', `This host has ${present.length} amphorae and takes no more than ${capacity}.`);
  await compute.ensure({
    amphoraId: id, loadBalancerId, name: `amphora-${id}`, files, flavor: computeFlavor === null ? {} : { compute_flavor: computeFlavor }, availabilityZone: {}, serverGroupId: null,
  });
  return json(200, encodeAmphora(await look(compute, id, compute.list().find(({ amphoraId }) => amphoraId === id)?.createdAt ?? '', now())));
}

async function plugPort({ compute, vifType }: LightHostState, request: AgentRequest): Promise<Reply> {
  const plug = decodePort(uuidOf(request.params['port']), bodyOf(request));
  if (plug.vifType !== null && plug.vifType !== vifType) {
    throw new Refusal(409, 'Conflict', `Neutron bound port ${plug.port.id} as ${plug.vifType}, and [light_pool] l2 of this host is for ${vifType}.`);
  }
  await compute.attachPort(amphoraIdOf(request), plug.port);
  return json(200, { message: 'OK' });
}

async function look(compute: LightHostState['compute'], amphoraId: string, createdAt: string, nowMs: number): Promise<LightAmphora> {
  const { state, lbNetworkIp, flavorId } = await compute.get(amphoraId);
  const bornMs = Date.parse(`${createdAt.replace(' ', 'T')}Z`);
  return { amphoraId, state: state === 'active' ? 'active' : 'gone', lbNetworkIp, computeFlavor: flavorId, ageSeconds: Number.isNaN(bornMs) ? 0 : Math.max(0, Math.floor((nowMs - bornMs) / 1000)) };
}

/** Failures that have a status of their own. */
function guarded(handle: Handler): Handler {
  return async (state, request) => {
    try {
      return await handle(state, request);
    } catch (error) {
      if (error instanceof ResourceNotFound) throw new Refusal(404, 'Not Found', error.message);
      if (error instanceof WireError) throw new Refusal(400, 'Bad Request', error.message);
      throw error;
    }
  };
}

function amphoraIdOf({ params }: AgentRequest): string {
  return uuidOf(params['id']);
}

/** Ids become names of directories, namespaces and interfaces. */
function uuidOf(text: string | undefined): string {
  if (text === undefined || !/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) throw new WireError('an id');
  return text;
}

function bodyOf({ body }: AgentRequest): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new WireError('the JSON body');
    throw error;
  }
}
