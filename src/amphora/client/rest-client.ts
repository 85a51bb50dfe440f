import type { AmphoraClient, AmphoraClientFactory, AmphoraEndpoint, Patience } from './amphora-client.ts';
import { NEWEST_LOG_LINES } from '../protocol/agent-api.ts';
import { AgentConnection, type AgentRequest, type TransportOptions } from './connection.ts';
import { AgentCertificateOutOfTime } from './errors.ts';
import { parseAccessLog, parseFacts, parseOwnFacts, parseInfo, parseListeners } from './parse-facts.ts';
import { DEFAULT_RETRY_RULES, type RetryRules } from './patience.ts';

/** `[haproxy_amphora]` options the client uses. */
export interface AmphoraClientOptions {
  /** bind_port @default 9443 */
  readonly port?: number;
  /** rest_request_conn_timeout @default 10000 */
  readonly connectTimeoutMs?: number;
  /** rest_request_read_timeout @default 60000 */
  readonly readTimeoutMs?: number;
  /** lb_network_interface @default o-hm0 */
  readonly linkLocalInterface?: string;
  readonly retries?: RetryRules;
}

/** PEM texts: the controller's certificate with its key, and the authority of agent certificates. */
export interface AmphoraClientCredentials { readonly clientCertPem: string; readonly serverCaPem: string }

/** Agents over mTLS (`amphora_haproxy_rest_driver`). Connections are kept between calls, one set per amphora and address. */
export function createAmphoraClientFactory(options: AmphoraClientOptions, credentials: AmphoraClientCredentials): AmphoraClientFactory {
  const transport: TransportOptions = {
    port: options.port ?? 9443, connectTimeoutMs: options.connectTimeoutMs ?? 10_000, readTimeoutMs: options.readTimeoutMs ?? 60_000,
    linkLocalInterface: options.linkLocalInterface ?? 'o-hm0', retries: options.retries ?? DEFAULT_RETRY_RULES, ...credentials,
  };
  const connections = new Map<string, { address: string; connection: AgentConnection }>();
  const discard = (amphoraId: string): Promise<void> => {
    const known = connections.get(amphoraId);
    connections.delete(amphoraId);
    return known?.connection.close() ?? Promise.resolve();
  };
  return {
    connect: (endpoint, patience, signal, requestId) => {
      const call: Call = { patience, signal, requestId };
      const known = connections.get(endpoint.amphoraId);
      if (known?.address === endpoint.lbNetworkIp) return restClient(known.connection, endpoint, call);
      // A pool that is being destroyed fails its own requests only; nobody waits for it.
      if (known !== undefined) void discard(endpoint.amphoraId);
      const connection = new AgentConnection(endpoint, transport);
      connections.set(endpoint.amphoraId, { address: endpoint.lbNetworkIp, connection });
      return restClient(connection, endpoint, call);
    },
    forget: discard,
    close: async () => {
      await Promise.all([...connections.keys()].map(discard));
    },
  };
}

interface Call { readonly patience: Patience; readonly signal: AbortSignal | undefined; readonly requestId: string | undefined }

/** Whose certificate has run out could never be given another one, if its time counted. */
async function renew(agent: AgentConnection, pem: string, { patience, signal, requestId }: Call): Promise<void> {
  const connection = agent.forRenewal();
  try {
    await connection.demand({ method: 'PUT', path: 'certificate', body: pem, contentType: 'text/plain', ...(requestId !== undefined && { requestId }) }, patience, signal);
  } finally {
    await connection.close();
  }
}

function restClient(agent: AgentConnection, { amphoraId }: AmphoraEndpoint, { patience, signal, requestId }: Call): AmphoraClient {
  const connection = requestId === undefined ? agent : agent.onBehalfOf(requestId);
  const demand = (request: AgentRequest) => connection.demand(request, patience, signal);
  const put = async (path: string, body?: string, contentType: AgentRequest['contentType'] = 'text/plain'): Promise<void> => {
    await demand({ method: 'PUT', path, ...(body !== undefined && { body, contentType }) });
  };
  const post = async (path: string, body: unknown, accepted: readonly number[] = []): Promise<void> => {
    const request: AgentRequest = { method: 'POST', path, body: JSON.stringify(body) };
    const response = await connection.send(request, patience, signal);
    if (response.status >= 400 && !accepted.includes(response.status)) throw connection.refusal(request, response);
  };
  const remove = async (path: string): Promise<void> => {
    await demand({ method: 'DELETE', path });
  };
  const getJson = async (path: string): Promise<unknown> => JSON.parse((await demand({ method: 'GET', path })).text);
  /** The ETag of a file on the amphora; null when it has none. */
  const checksum = async (path: string): Promise<string | null> => {
    const request: AgentRequest = { method: 'GET', path };
    const response = await connection.send(request, patience, signal);
    if (response.status === 404) return null;
    if (response.status >= 400) throw connection.refusal(request, response);
    return response.etag;
  };
  const certificatePath = (loadBalancerId: string, fileName: string): string => `loadbalancer/${loadBalancerId}/certificates/${fileName}`;

  return {
    waitUntilReachable: async (during) => {
      await connection.demand({ method: 'GET', path: 'info' }, patience, during ?? signal);
    },
    getInfo: async () => parseInfo(await getJson('info')),
    getFacts: async () => {
      const info = await getJson('info');
      return parseOwnFacts(info) ?? parseFacts(await getJson('details'), info);
    },
    listListeners: async () => parseListeners(await getJson('listeners')),
    uploadHaproxy: (loadBalancerId, config) => put(`loadbalancer/${amphoraId}/${loadBalancerId}/haproxy`, config),
    getHaproxyChecksum: (loadBalancerId) => checksum(`loadbalancer/${loadBalancerId}/haproxy`),
    uploadLvs: (listenerId, config) => put(`listeners/${amphoraId}/${listenerId}/udp_listener`, config),
    getLvsChecksum: (listenerId) => checksum(`listeners/${listenerId}/udp_listener`),
    start: (objectId) => put(`loadbalancer/${objectId}/start`),
    stop: (objectId) => put(`loadbalancer/${objectId}/stop`),
    reload: (objectId) => put(`loadbalancer/${objectId}/reload`),
    deleteListener: (objectId) => remove(`listeners/${objectId}`),
    uploadCertificate: (loadBalancerId, fileName, pem) => put(certificatePath(loadBalancerId, fileName), pem),
    getCertificateChecksum: (loadBalancerId, fileName) => checksum(certificatePath(loadBalancerId, fileName)),
    deleteCertificate: (loadBalancerId, fileName) => remove(certificatePath(loadBalancerId, fileName)),
    // 409 says that the interface is there already: what was asked for.
    plugVip: (ip, body) => post(`plug/vip/${ip}`, body, [409]),
    plugNetwork: (body) => post('plug/network', body, [409]),
    getInterface: async (ip) => {
      const body = await getJson(`interface/${ip}`);
      return typeof body === 'object' && body !== null && 'interface' in body && typeof body.interface === 'string' ? body.interface : '';
    },
    setInterfaceRules: (ip, rules) => put(`interface/${ip}/rules`, JSON.stringify(rules), 'application/json'),
    uploadVrrp: (config) => put('vrrp/upload', config),
    vrrp: (action) => put(`vrrp/${action}`),
    uploadAgentCertificate: async (pem) => {
      try {
        await put('certificate', pem);
      } catch (error) {
        if (!(error instanceof AgentCertificateOutOfTime)) throw error;
        await renew(agent, pem, { patience, signal, requestId });
      }
    },
    uploadAgentConfig: (ini) => put('config', ini),
    readAccessLog: async (cursor) => {
      const request: AgentRequest = { method: 'GET', path: `octavia_ts/access_log/${cursor ?? NEWEST_LOG_LINES}` };
      const response = await connection.send(request, patience, signal);
      // Agents of the original have no such page.
      if (response.status === 404) return null;
      if (response.status >= 400) throw connection.refusal(request, response);
      return parseAccessLog(JSON.parse(response.text));
    },
  };
}
