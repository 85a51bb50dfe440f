import { peerName } from '../protocol/peer-name.ts';
import { addressAndPort } from './config-writer.ts';
import type { HaproxyConfigWriter } from './config-writer.ts';
import { peersName } from './render-context.ts';
import type { RenderContext } from './render-context.ts';

/** TCP port on which haproxy peers exchange stick tables. */
export const PEER_PORT = 1025;

/**
 * Who shares stick tables. ACTIVE_STANDBY: every allocated amphora, this one included. SINGLE: the amphora with itself, so
 * that sessions outlive a reload, which the original loses.
 */
export function writePeers(writer: HaproxyConfigWriter, context: RenderContext): void {
  const name = peersName(context);
  if (name === null) return;
  const section = writer.section('peers', name);
  if (context.graph.topology === 'SINGLE') {
    section.add('peer', peerName(context.amphora.id), addressAndPort('127.0.0.1', PEER_PORT));
    return;
  }
  for (const amphora of context.graph.amphorae) {
    if (amphora.status !== 'ALLOCATED' || amphora.vrrpIp === null) continue;
    section.add('peer', peerName(amphora.id), addressAndPort(amphora.vrrpIp, PEER_PORT));
  }
}
