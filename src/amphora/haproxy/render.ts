import type { Amphora, LoadBalancerGraph } from '../../model/graph.ts';
import type { AmphoraFacts } from '../protocol/agent-api.ts';
import { writeBackend } from './backend-section.ts';
import { HaproxyConfigWriter } from './config-writer.ts';
import { writeDefaults } from './defaults-section.ts';
import { writeFrontend } from './frontend-section.ts';
import { writeGlobal } from './global-section.ts';
import type { HaproxyOptions } from './options.ts';
import { writePeers } from './peers-section.ts';
import { writePrometheus } from './prometheus-section.ts';
import type { RenderContext } from './render-context.ts';
import { servedListeners } from './served-objects.ts';
import type { ResolvedTls } from './tls-files.ts';

/**
 * The haproxy.cfg of one load balancer on one amphora (contracts section 13). Names of sections, servers and ACLs are
 * the original's, because its agent and its prometheus proxy parse this file. Where `facts.isOurs`, settings that the
 * original's agent would not need are added: runtime changes, lower latency, descriptor limits.
 * Throws HaproxyTextRejected, which names the value, when stored text cannot be written.
 */
export function renderHaproxy(graph: LoadBalancerGraph, amphora: Amphora, facts: AmphoraFacts, tls: ResolvedTls, options: HaproxyOptions): string {
  const context: RenderContext = { graph, amphora, facts, tls, options, served: servedListeners(graph) };
  const writer = new HaproxyConfigWriter();
  writer.comment(`Configuration for loadbalancer ${graph.id}`);
  writeGlobal(writer, context);
  writeDefaults(writer, context);
  writePeers(writer, context);
  writePrometheus(writer, context);
  for (const served of context.served) {
    writeFrontend(writer, context, served);
    for (const pool of served.pools) writeBackend(writer, context, served.listener, pool);
  }
  return writer.toString();
}
