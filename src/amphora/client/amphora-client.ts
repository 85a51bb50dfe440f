import type { AccessLogPart, AgentInfo, AgentListenerStatus, AmphoraFacts, InterfaceRuleBody, PlugNetworkBody, PlugVipBody } from '../protocol/agent-api.ts';

export interface AmphoraEndpoint { readonly amphoraId: string; readonly lbNetworkIp: string }

/** How long to keep trying: `boot` 120 x 5 s, `active` 15 x 2 s, `failover` 2 x 5 s (haproxy_amphora options). */
export type Patience = 'boot' | 'active' | 'failover' | 'once';

/** One amphora's agent over mTLS; the server's certificate must carry the amphora's id as name. */
export interface AmphoraClient {
  waitUntilReachable(signal?: AbortSignal): Promise<void>;
  getInfo(): Promise<AgentInfo>;
  getFacts(): Promise<AmphoraFacts>;
  listListeners(): Promise<readonly AgentListenerStatus[]>;
  uploadHaproxy(loadBalancerId: string, config: string): Promise<void>;
  /** md5 of the uploaded configuration, null when there is none. */
  getHaproxyChecksum(loadBalancerId: string): Promise<string | null>;
  uploadLvs(listenerId: string, config: string): Promise<void>;
  /** md5 of the uploaded L4 configuration, null when there is none. */
  getLvsChecksum(listenerId: string): Promise<string | null>;
  start(objectId: string): Promise<void>;
  stop(objectId: string): Promise<void>;
  reload(objectId: string): Promise<void>;
  deleteListener(objectId: string): Promise<void>;
  uploadCertificate(loadBalancerId: string, fileName: string, pem: string): Promise<void>;
  getCertificateChecksum(loadBalancerId: string, fileName: string): Promise<string | null>;
  deleteCertificate(loadBalancerId: string, fileName: string): Promise<void>;
  plugVip(ip: string, body: PlugVipBody): Promise<void>;
  plugNetwork(body: PlugNetworkBody): Promise<void>;
  getInterface(ip: string): Promise<string>;
  setInterfaceRules(ip: string, rules: readonly InterfaceRuleBody[]): Promise<void>;
  uploadVrrp(config: string): Promise<void>;
  vrrp(action: 'start' | 'stop' | 'reload'): Promise<void>;
  /** Also to an agent whose present certificate is used outside its time; any other fault of it counts. */
  uploadAgentCertificate(pem: string): Promise<void>;
  uploadAgentConfig(ini: string): Promise<void>;
  /** Lines of the flow log after `cursor` (null: the newest); null when this agent cannot show them. Absent: no agent to ask. */
  readAccessLog?(cursor: string | null): Promise<AccessLogPart | null>;
}

/** Makes clients; keeps connections to each agent open between calls. */
export interface AmphoraClientFactory {
  /** `requestId` goes with every call, so that the agent's log lines can be matched. */
  connect(endpoint: AmphoraEndpoint, patience: Patience, signal?: AbortSignal, requestId?: string): AmphoraClient;
  /** Drops the connections to an amphora that is gone. */
  forget(amphoraId: string): Promise<void>;
  close(): Promise<void>;
}
