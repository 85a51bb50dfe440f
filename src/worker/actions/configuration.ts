import { createHash } from 'node:crypto';
import type { Patience } from '../../amphora/client/amphora-client.ts';
import { renderHaproxy } from '../../amphora/haproxy/render.ts';
import { haproxyListeners } from '../../amphora/haproxy/served-objects.ts';
import type { Listener, LoadBalancerGraph } from '../../model/graph.ts';
import { isRunning } from '../plan/amphora-set.ts';
import { listenersWithout, NO_TLS_MATERIAL, resolveTlsMaterial } from '../tls-material.ts';
import type { PendingStart, RunContext } from '../run-context.ts';

/** Throws the first failure, after what can be used is at hand: where that is allowed for, the rest is served. */
export async function resolveTls(context: RunContext): Promise<void> {
  const { certManager, settings } = context.services;
  context.tls = await resolveTlsMaterial(context.loaded, certManager, settings().haproxy.baseCertDir);
  const [failure] = context.tls.failures.values();
  if (failure !== undefined) throw failure;
}

/** Uploads the TLS files that the amphora does not have yet. Without a listener nothing would name them, and nobody take them away again. */
export async function pushCertificates(context: RunContext, amphoraId: string, patience: Patience): Promise<void> {
  if (haproxyListeners(servable(context)).length === 0) return;
  const files = context.tls?.files ?? new Map<string, string>();
  const known = context.remember(amphoraId).certificates;
  const missing = [...files].map(([name, content]) => ({ name, content, md5: md5Of(content) })).filter(({ name, md5 }) => known.get(name) !== md5);
  if (missing.length === 0) return;
  const client = context.client(amphoraId, patience);
  for (const { name, content, md5 } of missing) {
    const isThere = !context.createdIds.has(amphoraId) && (await client.getCertificateChecksum(context.loaded.id, name)) === md5;
    if (!isThere) await client.uploadCertificate(context.loaded.id, name, content);
    known.set(name, md5);
  }
}

/** Uploads the configuration where it differs from what runs; a refusal leaves the running one alone. */
export async function pushHaproxy(context: RunContext, amphoraId: string, patience: Patience): Promise<void> {
  // What still serves with the secrets it was given goes on.
  if (lacksSecrets(context) && !context.createdIds.has(amphoraId) && isRunning(context.amphora(amphoraId))) return;
  const graph = servable(context);
  const memory = context.remember(amphoraId);
  if (haproxyListeners(graph).length === 0) return withdrawHaproxy(context, amphoraId, patience);
  const config = renderHaproxy(graph, context.amphora(amphoraId), context.facts(amphoraId), (context.tls ?? NO_TLS_MATERIAL).resolved, context.services.settings().haproxy);
  const md5 = md5Of(config);
  if (memory.haproxy === md5) return;
  const client = context.client(amphoraId, patience);
  const isNew = context.createdIds.has(amphoraId);
  if (memory.haproxy === null && !isNew && context.lastRunEndedWell && (await client.getHaproxyChecksum(graph.id)) === md5) {
    memory.haproxy = md5;
    return;
  }
  await client.uploadHaproxy(graph.id, config);
  doubtUnnamed(context, amphoraId, config);
  expectStart(context, amphoraId, { objectId: graph.id, md5, isHaproxy: true });
}

/** Of no file's content. */
const UNKNOWN = '';

/** Agents take keys away that a configuration does not name, as those of disabled listeners: before they are named again it must be asked whether they are there. */
function doubtUnnamed(context: RunContext, amphoraId: string, config: string): void {
  const known = context.remember(amphoraId).certificates;
  const lists = [...(context.tls?.files ?? [])].flatMap(([name, content]) => (config.includes(name) ? [content] : []));
  for (const name of known.keys()) if (![config, ...lists].some((text) => text.includes(name))) known.set(name, UNKNOWN);
}

function lacksSecrets({ tls }: RunContext): boolean {
  return (tls?.failures.size ?? 0) > 0;
}

/** Without the listeners whose secrets cannot be used. */
function servable({ graph, tls }: RunContext): LoadBalancerGraph {
  const left = listenersWithout(tls ?? NO_TLS_MATERIAL, graph);
  return left.size === 0 ? graph : { ...graph, listeners: graph.listeners.filter(({ id }) => !left.has(id)) };
}

const NO_HAPROXY = 'none';

/** The last listener is gone: so is haproxy. */
async function withdrawHaproxy(context: RunContext, amphoraId: string, patience: Patience): Promise<void> {
  const memory = context.remember(amphoraId);
  const isUntouched = context.createdIds.has(amphoraId) && memory.haproxy === null;
  if (memory.haproxy !== NO_HAPROXY && !isUntouched) await context.client(amphoraId, patience).deleteListener(context.loaded.id);
  memory.haproxy = NO_HAPROXY;
  // The agent takes the load balancer's whole directory of certificates away with it.
  memory.certificates.clear();
}

/** Makes what was uploaded run: reload where it runs, start where it is new. */
export async function startListeners(context: RunContext, amphoraId: string, patience: Patience): Promise<void> {
  const memory = context.remember(amphoraId);
  for (const start of context.pendingStarts.get(amphoraId) ?? []) {
    const client = context.client(amphoraId, patience);
    if (context.createdIds.has(amphoraId)) await client.start(start.objectId);
    else await client.reload(start.objectId);
    if (start.isHaproxy) memory.haproxy = start.md5;
    else memory.lvs.set(start.objectId, start.md5);
  }
  context.pendingStarts.delete(amphoraId);
  await dropCertificates(context, amphoraId, patience);
}

/** Takes keys away that the running configuration no longer names. */
async function dropCertificates(context: RunContext, amphoraId: string, patience: Patience): Promise<void> {
  if (lacksSecrets(context)) return;
  const known = context.remember(amphoraId).certificates;
  for (const name of [...known.keys()].filter((file) => context.tls?.files.has(file) === false)) {
    await context.client(amphoraId, patience).deleteCertificate(context.loaded.id, name);
    known.delete(name);
  }
}

export function expectStart(context: RunContext, amphoraId: string, start: PendingStart): void {
  context.pendingStarts.set(amphoraId, [...(context.pendingStarts.get(amphoraId) ?? []), start]);
}

export function isL4(listener: Listener): boolean {
  return listener.protocol === 'UDP' || listener.protocol === 'SCTP';
}

export function md5Of(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
