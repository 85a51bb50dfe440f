import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NetworkFault } from '../../drivers/network/local/network-faults.ts';
import type { TokenValidator } from '../../openstack/token.ts';
import { present, readFields } from '../http/fields.ts';
import { listView, type View } from '../http/listing.ts';
import { queryOf, requireToken, type FaultStyle } from '../http/service-scope.ts';
import { malformed } from '../network/network-fault-style.ts';
import { adminOnly, forbidden, networkCaller } from '../network/network-caller.ts';
import type { ServerCaller, ServerManager, ServerView } from './server-manager.ts';

export interface ServerService { readonly servers: ServerManager; readonly tokens: TokenValidator; readonly baseUrl: string }

/** `{"error": {"code", "message"}}`, for the commands of `octavia server` and Nova's clients alike. */
export const serverFaults: FaultStyle = {
  known: (error) => (error instanceof NetworkFault ? { status: error.status, body: { error: { code: error.status, type: error.type, message: error.message } } } : null),
  other: (status, message) => ({ error: { code: status, message } }),
};

/** Our own servers API. Mounted under /octavia-embedded/v1. */
export function registerServerRoutes(scope: FastifyInstance, service: ServerService): void {
  const { servers } = service;
  scope.get('/servers', async (request) => ({ servers: servers.list(await callerOf(request, service)).map(ownView) }));
  scope.get('/servers/:name', async (request) => ({ server: ownView(find(servers, request, await callerOf(request, service))) }));
  scope.post('/servers', async (request, reply) => {
    const caller = await callerOf(request, service);
    if (!caller.mayWrite) throw forbidden('create_server');
    const fields = readFields(request.body, malformed).nullableObject('server');
    if (!fields) throw malformed("'server' is missing");
    // It runs as root with the host's files: only the network is the server's own.
    adminOnly(fields, caller, ['command'], 'create_server');
    const server = await servers.create({
      name: fields.requiredText('name'), network: fields.requiredText('network'),
      ...present({ address: fields.text('address'), serve: fields.text('serve'), command: fields.texts('command') }),
    }, caller);
    return reply.code(201).send({ server: ownView(server) });
  });
  scope.delete('/servers/:name', async (request, reply) => {
    const caller = await callerOf(request, service);
    if (!caller.mayWrite) throw forbidden('delete_server');
    await servers.remove((request.params as { name: string }).name, caller);
    return reply.code(204).send();
  });
}

/** As much of Nova as a list of servers needs (the dashboard picks members from it). Mounted under /compute. */
export function registerComputeRoutes(scope: FastifyInstance, service: ServerService): void {
  const { servers, baseUrl } = service;
  const version = { id: 'v2.1', status: 'CURRENT', version: '2.1', min_version: '2.1', updated: '2013-07-23T11:33:21Z', links: [{ rel: 'self', href: `${baseUrl}/compute/v2.1/` }] };
  scope.get('/', async () => ({ versions: [version] }));
  for (const path of ['/v2.1', '/v2.1/']) scope.get(path, async () => ({ version }));
  const answer = async (request: FastifyRequest, view: (server: ServerView) => View) => {
    const query = new Map([...queryOf(request)].filter(([key]) => key !== 'deleted' && key !== 'all_tenants' && key !== 'all_projects'));
    return { servers: listView(servers.list(await callerOf(request, service)).map(view), query) };
  };
  scope.get('/v2.1/servers', (request) => answer(request, ({ record }) => ({ id: record.id, name: record.name, links: [] })));
  scope.get('/v2.1/servers/detail', (request) => answer(request, novaView));
  scope.get('/v2.1/servers/:name', async (request) => ({ server: novaView(find(servers, request, await callerOf(request, service))) }));
}

async function callerOf(request: FastifyRequest, { tokens }: ServerService): Promise<ServerCaller & { readonly mayWrite: boolean }> {
  const token = await requireToken(request, tokens);
  return { ...networkCaller(token), userId: token.userId };
}

function find(servers: ServerManager, request: FastifyRequest, caller: ServerCaller): ServerView {
  const { name } = request.params as { name: string };
  const server = servers.list(caller).find(({ record }) => record.name === name || record.id === name);
  if (!server) throw new NetworkFault(404, 'ServerNotFound', `Server ${name} could not be found.`);
  return server;
}

function ownView({ record, network, port, status }: ServerView): View {
  return {
    id: record.id, name: record.name, status, project_id: record.projectId, network_id: record.networkId, network: network?.name ?? '', port_id: record.portId,
    address: port?.fixedIps[0]?.ipAddress ?? null, addresses: (port?.fixedIps ?? []).map((fixed) => fixed.ipAddress),
    ...(record.runs.kind === 'web' ? { serve: record.runs.text } : { command: record.runs.command }), created_at: record.createdAt,
  };
}

function novaView({ record, network, port, status }: ServerView): View {
  return {
    id: record.id, name: record.name, status, tenant_id: record.projectId, user_id: record.userId, created: record.createdAt, updated: record.createdAt, metadata: {}, links: [],
    addresses: {
      [network?.name ?? record.networkId]: (port?.fixedIps ?? []).map((fixed) => ({
        addr: fixed.ipAddress, version: fixed.ipAddress.includes(':') ? 6 : 4, 'OS-EXT-IPS:type': 'fixed', 'OS-EXT-IPS-MAC:mac_addr': port?.macAddress ?? '',
      })),
    },
    image: '', flavor: { id: 'namespace', links: [] }, security_groups: [{ name: 'octavia-servers' }], 'OS-EXT-STS:power_state': status === 'ACTIVE' ? 1 : 4,
    'OS-EXT-STS:task_state': null, 'OS-EXT-STS:vm_state': status === 'ACTIVE' ? 'active' : 'stopped', 'OS-EXT-AZ:availability_zone': 'nova',
    accessIPv4: '', accessIPv6: '', hostId: '', key_name: null, config_drive: '', progress: 0, 'os-extended-volumes:volumes_attached': [], 'OS-DCF:diskConfig': 'MANUAL',
    'OS-SRV-USG:launched_at': record.createdAt, 'OS-SRV-USG:terminated_at': null,
  };
}
