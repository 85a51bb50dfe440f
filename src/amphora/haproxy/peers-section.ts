import { createHash } from 'node:crypto';
import { addressAndPort } from './config-writer.ts';
import type { HaproxyConfigWriter } from './config-writer.ts';
import { peersName } from './render-context.ts';
import type { RenderContext } from './render-context.ts';

/** TCP port on which haproxy peers exchange stick tables. */
export const PEER_PORT = 1025;

/** The pair's shared stick tables (ACTIVE_STANDBY): every allocated amphora is a peer, this one included. */
export function writePeers(writer: HaproxyConfigWriter, context: RenderContext): void {
  const name = peersName(context.graph);
  if (name === null) return;
  const section = writer.section('peers', name);
  for (const amphora of context.graph.amphorae) {
    if (amphora.status !== 'ALLOCATED' || amphora.vrrpIp === null) continue;
    section.add('peer', peerName(amphora.id), addressAndPort(amphora.vrrpIp, PEER_PORT));
  }
}

/** Name of an amphora as haproxy peer; the agent starts haproxy with the same one (`-L`). */
export function peerName(amphoraId: string): string {
  const base64 = createHash('sha1').update(amphoraId, 'utf8').digest('base64');
  // `+` becomes `_` and `/` becomes `-`: the reverse of the usual URL-safe alphabet (octavia/common/utils.py).
  // A leading `-` would be read as a command-line flag (haproxy issue 644).
  return base64.replaceAll('=', '').replaceAll('+', '_').replaceAll('/', '-').replace(/^-/, 'x');
}
