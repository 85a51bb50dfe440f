import type { Amphora, LoadBalancerGraph, Pool } from '../../model/graph.ts';
import type { AmphoraFacts } from '../protocol/agent-api.ts';
import type { HaproxyOptions } from './options.ts';
import type { ServedListener } from './served-objects.ts';
import type { ResolvedTls } from './tls-files.ts';

/** What every section of one haproxy.cfg is rendered from. */
export interface RenderContext {
  readonly graph: LoadBalancerGraph;
  readonly amphora: Amphora;
  readonly facts: AmphoraFacts;
  readonly tls: ResolvedTls;
  readonly options: HaproxyOptions;
  readonly served: readonly ServedListener[];
}

/** Is the amphora's haproxy at least this version? */
export function hasVersion(facts: AmphoraFacts, major: number, minor: number): boolean {
  const [haveMajor, haveMinor] = facts.haproxyVersion;
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
}

/**
 * Name of the peers section that stick tables are shared through, or null: an ACTIVE_STANDBY pair always has one. A SINGLE
 * amphora of ours has one for its tables, by which a process that is reloaded hands them to its successor.
 */
export function peersName({ graph, facts, served }: Pick<RenderContext, 'graph' | 'facts' | 'served'>): string | null {
  const hasTable = (pool: Pool): boolean => pool.sessionPersistence !== null && pool.sessionPersistence.type !== 'HTTP_COOKIE';
  const isNeeded = graph.topology === 'ACTIVE_STANDBY' || (facts.isOurs && served.some(({ pools }) => pools.some(hasTable)));
  return isNeeded ? `${graph.id.replaceAll('-', '')}_peers` : null;
}

/** Name of the backend that serves one pool behind one listener. */
export function backendName(poolId: string, listenerId: string): string {
  return `${poolId}:${listenerId}`;
}
