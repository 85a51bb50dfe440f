import { peerName } from '../protocol/peer-name.ts';
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
