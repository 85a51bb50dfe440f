import type { AgentInfo, AgentListenerStatus, AmphoraFacts } from '../protocol/agent-api.ts';

type Json = Readonly<Record<string, unknown>>;

const objectOf = (value: unknown): Json => (typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {});
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number => (Number.isFinite(Number(value)) ? Number(value) : 0);

/** Body of GET info. */
export function parseInfo(body: unknown): AgentInfo & { readonly octavia_ts?: unknown } {
  const info = objectOf(body);
  return {
    hostname: textOf(info['hostname']), haproxy_version: textOf(info['haproxy_version']), api_version: textOf(info['api_version']),
    ...(typeof info['keepalived_version'] === 'string' && { keepalived_version: info['keepalived_version'] }),
    ...(typeof info['ipvsadm_version'] === 'string' && { ipvsadm_version: info['ipvsadm_version'] }),
    ...('octavia_ts' in info && { octavia_ts: info['octavia_ts'] }),
  };
}

/** What the renderers need, from the bodies of GET details and GET info. Version texts are the package manager's. */
export function parseFacts(detailsBody: unknown, infoBody: unknown): AmphoraFacts {
  const details = objectOf(detailsBody);
  const memory = objectOf(details['memory']);
  const own = objectOf(infoBody)['octavia_ts'];
  const [, major, minor] = /(\d+)\.(\d+)/.exec(textOf(details['haproxy_version'])) ?? [];
  return {
    haproxyVersion: [numberOf(major), numberOf(minor)],
    cpuCount: numberOf(details['cpu_count']),
    availableMemoryKb: numberOf(memory['free']) + numberOf(memory['buffers']) + numberOf(memory['cached']),
    hasAmphoraTunedProfile: textOf(details['active_tuned_profiles']).split(/\s+/).includes('amphora'),
    isOurs: own !== undefined && own !== null,
    l4Engine: objectOf(own)['l4_engine'] === 'nftables' ? 'nftables' : 'lvs',
  };
}

/** Body of GET listeners. */
export function parseListeners(body: unknown): AgentListenerStatus[] {
  if (!Array.isArray(body)) return [];
  return body.map(objectOf).map((entry) => ({ status: textOf(entry['status']), uuid: textOf(entry['uuid']), type: textOf(entry['type']) }));
}
