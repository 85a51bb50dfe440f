/** What one amphora's counter has been like; about 300 bytes each. */
export interface SequenceMemory {
  last: number;
  /** First number of a sequence that is not yet believed. */
  candidate: number | null;
  /** Fingerprints of the latest datagrams, a ring. */
  readonly recent: Float64Array;
  next: number;
}

export type SequenceVerdict = 'accepted' | 'replayed' | 'out-of-order';

const REMEMBERED = 32;
/** An agent counts from 0 at each start; with several controllers in its list this one may miss the first few. */
const FRESH_START = 16;

export function createSequenceMemory(): SequenceMemory {
  return { last: -1, candidate: null, recent: new Float64Array(REMEMBERED).fill(-1), next: 0 };
}

/**
 * Whether a signed heartbeat is news. A datagram seen before is a replay, whatever the agent did since. A lower number
 * is a restarted agent when it is close to 0 or when a second one continues it; otherwise it came late and is dropped.
 */
export function judgeSequence(memory: SequenceMemory, seq: number, fingerprint: number): SequenceVerdict {
  if (memory.recent.includes(fingerprint)) return 'replayed';
  memory.recent[memory.next] = fingerprint;
  memory.next = (memory.next + 1) % REMEMBERED;
  const isContinued = memory.candidate !== null && seq > memory.candidate;
  if (seq > memory.last || seq <= FRESH_START || isContinued) {
    memory.last = seq;
    memory.candidate = null;
    return 'accepted';
  }
  memory.candidate = seq;
  return 'out-of-order';
}

/**
 * 48 bits of the datagram's signature. The two spellings of a trailer (64 hexadecimal characters, 32 bytes) give the
 * same number, so that rewriting the trailer does not make a replay look new.
 */
export function fingerprintOf(packet: Buffer): number {
  const tail = packet.toString('latin1', Math.max(packet.length - 64, 0));
  if (/^[0-9a-f]{64}$/.test(tail)) return Number.parseInt(tail.slice(0, 12), 16);
  return packet.length < 32 ? 0 : packet.readUIntBE(packet.length - 32, 6);
}
