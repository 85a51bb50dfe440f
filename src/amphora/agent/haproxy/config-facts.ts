import { findDirective, findSection, parseHaproxyConfig } from '../../haproxy/parse-config.ts';
import { PROMETHEUS_BACKEND } from '../../haproxy/prometheus-section.ts';
import type { ParsedConfig, ParsedSection } from '../../haproxy/parse-config.ts';

export interface ServedListener {
  readonly id: string;
  /** As GET listeners reports it: the mode in capitals, or TERMINATED_HTTPS. */
  readonly type: string;
}

/** What the agent must know about an uploaded configuration, ours or the original's. */
export interface ConfigFacts {
  readonly listeners: readonly ServedListener[];
  /** Addresses that frontends bind, each once; loopback left out. */
  readonly vips: readonly string[];
  /** Of the global section; null when absent. */
  readonly maxConnections: number | null;
  /** A PROMETHEUS listener asks for translated metrics on 127.0.0.1:9102. */
  readonly servesMetrics: boolean;
}

export function factsOf(configText: string): ConfigFacts {
  const config = parseHaproxyConfig(configText);
  const frontends = config.sections.filter((section) => section.kind === 'frontend' && !section.name?.includes('prometheus'));
  return {
    listeners: frontends.map((section) => ({ id: section.name ?? '', type: typeOf(section) })),
    vips: [...new Set(frontends.flatMap(boundAddresses))].filter((address) => address !== '' && address !== '*' && !address.startsWith('127.')),
    maxConnections: maxConnectionsOf(config),
    servesMetrics: findSection(config, 'backend', PROMETHEUS_BACKEND) !== null,
  };
}

/**
 * Takes `group` lines out: the group is the amphora's own affair, an older controller still names one. Only the first word
 * of a line counts, because tenants' values may hold the word anywhere else.
 */
export function withoutGroup(configText: string): string {
  return configText.replace(/^[ \t]*group(?:[ \t].*)?(?:\n|$)/gm, '');
}

/** Puts another number behind `maxconn` of the global section; a second `maxconn` beside it would make haproxy complain. */
export function withConnectionLimit(configText: string, limit: number): string {
  return configText.replace(/^(global\b.*(?:\n(?:[ \t].*)?)*?\n[ \t]+maxconn[ \t]+)\d+/m, (_, before: string) => `${before}${limit}`);
}

function typeOf(section: ParsedSection): string {
  const isTls = section.directives.some((directive) => directive[0] === 'bind' && directive.includes('ssl') && directive.includes('crt-list'));
  return isTls ? 'TERMINATED_HTTPS' : (findDirective(section, 'mode')?.[0] ?? 'tcp').toUpperCase();
}

function boundAddresses(section: ParsedSection): string[] {
  return section.directives.filter((directive) => directive[0] === 'bind').map((directive) => {
    const endpoint = directive[1] ?? '';
    return endpoint.slice(0, Math.max(endpoint.lastIndexOf(':'), 0)).replace(/^(ipv[46]@)?\[?([^\]]*)\]?$/, '$2');
  });
}

function maxConnectionsOf(config: ParsedConfig): number | null {
  const section = findSection(config, 'global');
  const text = section && findDirective(section, 'maxconn')?.[0];
  return text ? Number(text) : null;
}
