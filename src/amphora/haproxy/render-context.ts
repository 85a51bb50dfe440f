import type { Amphora, LoadBalancerGraph } from '../../model/graph.ts';
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

/** Name of the peers section that sticks tables of an ACTIVE_STANDBY pair share, or null for SINGLE. */
export function peersName(graph: LoadBalancerGraph): string | null {
  return graph.topology === 'ACTIVE_STANDBY' ? `${graph.id.replaceAll('-', '')}_peers` : null;
}

/** Name of the backend that serves one pool behind one listener. */
export function backendName(poolId: string, listenerId: string): string {
  return `${poolId}:${listenerId}`;
}
