import type { AmphoraClient, AmphoraClientFactory } from './amphora-client.ts';

/** Amphorae that agree to everything and hold nothing (`amphora_noop_driver`). */
export function createNoopAmphoraClientFactory(): AmphoraClientFactory {
  const nothing = async (): Promise<void> => undefined;
  const client: AmphoraClient = {
    waitUntilReachable: nothing,
    getInfo: async () => ({ hostname: 'noop', haproxy_version: '2.6', api_version: '1.0' }),
    getFacts: async () => ({ haproxyVersion: [2, 6], cpuCount: 1, availableMemoryKb: 1_000_000, hasAmphoraTunedProfile: false, isOurs: false, l4Engine: 'lvs' }),
    listListeners: async () => [],
    uploadHaproxy: nothing, getHaproxyChecksum: async () => null, uploadLvs: nothing, getLvsChecksum: async () => null,
    start: nothing, stop: nothing, reload: nothing, deleteListener: nothing,
    uploadCertificate: nothing, getCertificateChecksum: async () => null, deleteCertificate: nothing,
    plugVip: nothing, plugNetwork: nothing, getInterface: async () => 'eth1', setInterfaceRules: nothing,
    uploadVrrp: nothing, vrrp: nothing, uploadAgentCertificate: nothing, uploadAgentConfig: nothing,
  };
  return { connect: () => client, forget: nothing, close: nothing };
}
