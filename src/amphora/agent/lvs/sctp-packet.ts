import { randomInt } from 'node:crypto';

export interface SctpInit { readonly bytes: Buffer; /** Verification tag that the answer must carry. */ readonly tag: number }

const HEADER_BYTES = 12;
const INIT_CHUNK_BYTES = 20;

/** An SCTP packet with one INIT chunk (RFC 9260, section 3.3.2) from a random port to `port`. */
export function sctpInit(port: number): SctpInit {
  const bytes = Buffer.alloc(HEADER_BYTES + INIT_CHUNK_BYTES);
  const tag = randomInt(1, 2 ** 32 - 1);
  bytes.writeUInt16BE(randomInt(1024, 65_536), 0);
  bytes.writeUInt16BE(port, 2);
  // Verification tag 0 opens an association; the checksum field counts as zero.
  bytes.writeUInt8(1, HEADER_BYTES);
  bytes.writeUInt16BE(INIT_CHUNK_BYTES, HEADER_BYTES + 2);
  bytes.writeUInt32BE(tag, HEADER_BYTES + 4);
  bytes.writeUInt32BE(106_496, HEADER_BYTES + 8);
  bytes.writeUInt16BE(10, HEADER_BYTES + 12);
  bytes.writeUInt16BE(65_535, HEADER_BYTES + 14);
  bytes.writeUInt32BE(randomInt(1, 2 ** 32 - 1), HEADER_BYTES + 16);
  bytes.writeUInt32LE(crc32c(bytes), 8);
  return { bytes, tag };
}

/** What a received SCTP packet answers to an INIT with that tag; an IPv4 header in front is skipped. */
export function sctpAnswerKind(packet: Buffer, tag: number): 'init-ack' | 'abort' | 'other' | 'none' {
  const first = packet[0] ?? 0;
  const offset = first >> 4 === 4 && packet.length > 20 && packet[9] === 132 ? (first & 0x0f) * 4 : 0;
  if (packet.length < offset + 16 || packet.readUInt32BE(offset + 4) !== tag) return 'none';
  const kind = packet[offset + HEADER_BYTES];
  return kind === 2 ? 'init-ack' : kind === 6 ? 'abort' : 'other';
}

/** Checksum of SCTP (Castagnoli polynomial, reflected). */
export function crc32c(bytes: Uint8Array): number {
  let register = 0xffffffff;
  for (const byte of bytes) {
    register ^= byte;
    for (let bit = 0; bit < 8; bit += 1) register = (register & 1) === 1 ? (register >>> 1) ^ 0x82f63b78 : register >>> 1;
  }
  return (register ^ 0xffffffff) >>> 0;
}
