import type { AccessLogPart, AgentInfo, AgentListenerStatus, AmphoraFacts } from '../protocol/agent-api.ts';

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

/** What the renderers need, from GET info alone: our own agent puts it there. Null when another agent answered. */
export function parseOwnFacts(infoBody: unknown): AmphoraFacts | null {
  const info = objectOf(infoBody);
  const own = objectOf(info['octavia_ts']);
  if (typeof own['cpu_count'] !== 'number') return null;
  return {
    haproxyVersion: versionOf(info['haproxy_version']),
    cpuCount: own['cpu_count'],
    availableMemoryKb: numberOf(own['available_memory_kb']),
    hasAmphoraTunedProfile: isTuned(own['tuned_profiles']),
    isOurs: true,
    l4Engine: own['l4_engine'] === 'nftables' ? 'nftables' : 'lvs',
    ...(typeof own['max_open_files'] === 'number' && { maxOpenFiles: own['max_open_files'] }),
    ...(typeof own['log_ring'] === 'string' && { logRing: own['log_ring'] }),
    ...((own['topology'] === 'SINGLE' || own['topology'] === 'ACTIVE_STANDBY') && { topology: own['topology'] }),
  };
}

/** What the renderers need, from the bodies of GET details and GET info. Version texts are the package manager's. */
export function parseFacts(detailsBody: unknown, infoBody: unknown): AmphoraFacts {
  const details = objectOf(detailsBody);
  const memory = objectOf(details['memory']);
  const own = objectOf(infoBody)['octavia_ts'];
  return {
    haproxyVersion: versionOf(details['haproxy_version']),
    cpuCount: numberOf(details['cpu_count']),
    availableMemoryKb: numberOf(memory['free']) + numberOf(memory['buffers']) + numberOf(memory['cached']),
    hasAmphoraTunedProfile: isTuned(details['active_tuned_profiles']),
    isOurs: own !== undefined && own !== null,
    l4Engine: objectOf(own)['l4_engine'] === 'nftables' ? 'nftables' : 'lvs',
  };
}

function versionOf(text: unknown): readonly [number, number] {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(textOf(text)) ?? [];
  return [numberOf(major), numberOf(minor)];
}

function isTuned(profiles: unknown): boolean {
  return textOf(profiles).split(/\s+/).includes('amphora');
}

/** Body of GET listeners. */
export function parseListeners(body: unknown): AgentListenerStatus[] {
  if (!Array.isArray(body)) return [];
  return body.map(objectOf).map((entry) => ({ status: textOf(entry['status']), uuid: textOf(entry['uuid']), type: textOf(entry['type']) }));
}

/** Body of GET octavia_ts/access_log. */
export function parseAccessLog(body: unknown): AccessLogPart {
  const part = objectOf(body);
  const lines = Array.isArray(part['lines']) ? part['lines'].map(textOf) : [];
  return { cursor: textOf(part['cursor']), lines, isCut: part['isCut'] === true, isKept: part['isKept'] !== false };
}
