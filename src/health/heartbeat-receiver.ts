import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { decodeSigned, HeartbeatRejected } from '../amphora/protocol/heartbeat-codec.ts';
import { OctaviaError } from '../lib/errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Heartbeat } from './heartbeat-intake.ts';
import { createSequenceMemory, fingerprintOf, judgeSequence, type SequenceMemory } from './sequence-guard.ts';

export interface HeartbeatReceiverOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Bytes of the socket's receive buffer; 0 asks for 4 MiB, of which the system grants what it allows. */
  readonly receiveBufferBytes: number;
  /** Accepted keys, the current one first. */
  readonly keys: () => readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly onHeartbeat: (heartbeat: Heartbeat) => void;
  /** Told of an amphora that signs with an accepted key other than the current one. */
  readonly onOtherKey?: (amphoraId: string) => void;
  readonly onDropped?: (reason: 'unauthentic' | 'malformed' | 'replayed' | 'out-of-order') => void;
}

export interface HeartbeatReceiver {
  readonly address: { readonly host: string; readonly port: number };
  /** Forgets the counters of amphorae that were silent for `ageMs`. */
  prune(ageMs: number): void;
  close(): Promise<void>;
}

const DEFAULT_BUFFER_BYTES = 4 * 1024 * 1024;

/** Listens for heartbeats and hands over those that are signed, readable and new. Throws OctaviaError when the address cannot be used. */
export async function listenForHeartbeats(options: HeartbeatReceiverOptions): Promise<HeartbeatReceiver> {
  const { clock, log } = options;
  const memories = new Map<string, { readonly sequence: SequenceMemory; heardAtMs: number }>();
  const socket = createSocket({ type: isIPv6(options.host) ? 'udp6' : 'udp4', recvBufferSize: options.receiveBufferBytes > 0 ? options.receiveBufferBytes : DEFAULT_BUFFER_BYTES });

  const receive = (packet: Buffer, address: string) => {
    const { message, keyIndex } = decodeSigned(packet, options.keys());
    const receivedAtMs = clock.now();
    let memory = memories.get(message.id);
    if (memory === undefined) memories.set(message.id, (memory = { sequence: createSequenceMemory(), heardAtMs: receivedAtMs }));
    const verdict = judgeSequence(memory.sequence, message.seq, fingerprintOf(packet));
    if (verdict === 'accepted') {
      memory.heardAtMs = receivedAtMs;
      if (keyIndex > 0) options.onOtherKey?.(message.id);
      options.onHeartbeat({ message, receivedAtMs, address });
      return;
    }
    options.onDropped?.(verdict);
    log.debug({ amphora: message.id, seq: message.seq, address, verdict }, 'Ignored a heartbeat that is not new');
  };
  socket.on('message', (packet, { address }) => {
    try {
      receive(packet, address);
    } catch (error) {
      if (!(error instanceof HeartbeatRejected)) {
        log.error({ address, err: error }, 'Processing a heartbeat failed');
        return;
      }
      options.onDropped?.(error.fault);
      log.warn({ address, reason: error.message }, 'Ignored a datagram that is no valid heartbeat');
    }
  });
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error) => reject(new OctaviaError('heartbeat-address', `Cannot receive heartbeats on ${options.host} port ${options.port}: ${error.message}`, { cause: error }));
    socket.once('error', fail);
    socket.bind(options.port, options.host, () => {
      socket.off('error', fail);
      socket.on('error', (error) => log.error({ err: error }, 'The heartbeat socket reports an error'));
      resolve();
    });
  });
  const { address: host, port } = socket.address();
  return {
    address: { host, port },
    prune(ageMs) {
      const oldest = clock.now() - ageMs;
      for (const [id, memory] of memories) if (memory.heardAtMs < oldest) memories.delete(id);
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
