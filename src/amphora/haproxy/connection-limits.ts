import type { Listener } from '../../model/graph.ts';
import { integer } from './config-writer.ts';
import type { RenderContext } from './render-context.ts';
import { haproxyListeners } from './served-objects.ts';

const HIGHEST_GLOBAL_LIMIT = 1_000_000;

// Descriptors besides client and server connections: listening sockets, checks, peers, logs. One number for all, so that
// adding a member never changes the global section and never costs a reload.
const RESERVED_DESCRIPTORS = 512;

/** maxconn of one frontend and fullconn of its backends. */
export function listenerConnectionLimit(listener: Listener, defaultLimit: number): number {
  const limit = listener.connectionLimit;
  return limit !== null && limit > 0 ? integer(limit, 1, 0x7fff_ffff) : defaultLimit;
}

/** Sum over enabled listeners, at most a million (the original's ceiling), before the descriptor limit is looked at. */
export function wantedConnections(context: RenderContext): number {
  const sum = haproxyListeners(context.graph)
    .filter((listener) => listener.enabled)
    .reduce((total, listener) => total + listenerConnectionLimit(listener, context.options.defaultConnectionLimit), 0);
  return sum > 0 && sum < HIGHEST_GLOBAL_LIMIT ? sum : HIGHEST_GLOBAL_LIMIT;
}

/**
 * Global maxconn. haproxy needs two descriptors a connection and refuses to start when the hard limit is lower, although
 * `haproxy -c` calls such a file valid (limits.md); so the limit that our agent reports caps it.
 */
export function globalConnectionLimit(context: RenderContext): number {
  const wanted = wantedConnections(context);
  const { maxOpenFiles } = context.facts;
  if (maxOpenFiles === undefined) return wanted;
  const affordable = Math.floor((maxOpenFiles - Math.min(RESERVED_DESCRIPTORS, maxOpenFiles / 4)) / 2);
  return Math.max(1, Math.min(wanted, affordable));
}
