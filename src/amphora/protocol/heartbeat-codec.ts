import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import { OctaviaError, reasonOf } from '../../lib/errors.ts';
import type { HeartbeatExtension, HeartbeatMessage, ListenerReport, PoolReport } from './heartbeat-message.ts';

const HEX_TRAILER_BYTES = 64;
const RAW_TRAILER_BYTES = 32;
/** A datagram holds 64 KiB at most; real reports inflate about tenfold. */
const MAX_INFLATED_BYTES = 4 * 1024 * 1024;

/** `unauthentic`: no accepted key made the trailer. `malformed`: authentic, but not a heartbeat. */
export type HeartbeatFault = 'unauthentic' | 'malformed';

/** A datagram that must be dropped; `fault` says whether it was forged or only wrong. */
export class HeartbeatRejected extends OctaviaError {
  readonly fault: HeartbeatFault;

  constructor(fault: HeartbeatFault, message: string, cause?: unknown) {
    super(`heartbeat-${fault}`, message, { cause });
    this.fault = fault;
  }
}

/** Room for the report of a datagram of 65,507 bytes. */
const MAX_BODY_BYTES = 65_000;

/**
 * One datagram of version 3 (contracts section 11), signed with `key` (health_manager.heartbeat_key). An extension that
 * does not fit is left out: what the original sends must arrive.
 */
export function encode(message: HeartbeatMessage, key: string): Buffer {
  const { id, seq, listeners, pools, ver, extension } = message;
  const body = deflateSync(Buffer.from(JSON.stringify({ id, seq, listeners, pools, ver, ...(extension && { octavia_ts: extension }) }), 'utf8'), { level: 9 });
  if (extension && body.length > MAX_BODY_BYTES) return encode({ id, seq, listeners, pools, ver }, key);
  return Buffer.concat([body, Buffer.from(sign(body, key).toString('hex'), 'latin1')]);
}

/**
 * Checks and reads one datagram. Every key of `keys` is accepted, so that a key can be changed while amphorae still use
 * the old one. Reports of version 1 and of no version (read as 0) carry their pools inside the listeners: they come out
 * as `<pool>:<listener>` like the others. Throws HeartbeatRejected.
 */
export function decode(packet: Buffer, keys: readonly string[]): HeartbeatMessage {
  return decodeSigned(packet, keys).message;
}

/** As `decode`, with the place of the key that fits among `keys`. */
export function decodeSigned(packet: Buffer, keys: readonly string[]): { readonly message: HeartbeatMessage; readonly keyIndex: number } {
  const { body, keyIndex } = authenticBody(packet, keys);
  if (!body) throw new HeartbeatRejected('unauthentic', 'The heartbeat is not signed with an accepted heartbeat_key.');
  let parsed: unknown;
  try {
    parsed = JSON.parse(inflateSync(body, { maxOutputLength: MAX_INFLATED_BYTES }).toString('utf8'));
  } catch (error) {
    throw new HeartbeatRejected('malformed', `The heartbeat cannot be read: ${reasonOf(error)}`, error);
  }
  return { message: toMessage(parsed), keyIndex };
}

function sign(body: Buffer, key: string): Buffer {
  return createHmac('sha256', keyObjectOf(key)).update(body).digest();
}

/** The few keys of this process. Making the key object anew took 16 of 19 microseconds per signature. */
const keyObjects = new Map<string, KeyObject>();

function keyObjectOf(key: string): KeyObject {
  const known = keyObjects.get(key);
  if (known) return known;
  const made = createSecretKey(key, 'utf8');
  keyObjects.set(key, made);
  return made;
}

/** The compressed part when its trailer fits one of the keys: 64 hexadecimal characters first, 32 raw bytes second. */
function authenticBody(packet: Buffer, keys: readonly string[]): { readonly body: Buffer | null; readonly keyIndex: number } {
  if (packet.length > HEX_TRAILER_BYTES) {
    const [body, trailer] = cut(packet, HEX_TRAILER_BYTES);
    const keyIndex = keys.findIndex((key) => timingSafeEqual(Buffer.from(sign(body, key).toString('hex'), 'latin1'), trailer));
    if (keyIndex >= 0) return { body, keyIndex };
  }
  if (packet.length > RAW_TRAILER_BYTES) {
    const [body, trailer] = cut(packet, RAW_TRAILER_BYTES);
    const keyIndex = keys.findIndex((key) => timingSafeEqual(sign(body, key), trailer));
    if (keyIndex >= 0) return { body, keyIndex };
  }
  return { body: null, keyIndex: -1 };
}

function cut(packet: Buffer, trailerBytes: number): [body: Buffer, trailer: Buffer] {
  const end = packet.length - trailerBytes;
  return [packet.subarray(0, end), packet.subarray(end)];
}

function toMessage(value: unknown): HeartbeatMessage {
  const message = record(value, 'the message');
  if (typeof message['id'] !== 'string') throw malformed('id');
  const ver = message['ver'] === undefined ? 0 : count(message['ver'], 'ver');
  const listeners = record(message['listeners'] ?? {}, 'listeners');
  return {
    id: message['id'],
    seq: count(message['seq'] ?? 0, 'seq'),
    ver,
    listeners: mapValues(listeners, toListenerReport),
    pools: ver >= 2 ? mapValues(record(message['pools'] ?? {}, 'pools'), toPoolReport) : nestedPools(listeners),
    ...(message['octavia_ts'] !== undefined && { extension: toExtension(message['octavia_ts']) }),
  };
}

function toExtension(value: unknown): HeartbeatExtension {
  const extension = record(value, 'octavia_ts');
  return {
    seconds: count(extension['seconds'], 'seconds'),
    figures: mapValues(record(extension['figures'] ?? {}, 'figures'), (list, id) => {
      if (!Array.isArray(list)) throw malformed(`${id} figures`);
      return list.map((figure) => count(figure, `${id} figures`));
    }),
    failing: mapValues(record(extension['failing'] ?? {}, 'failing'), (pair, id) => {
      if (!Array.isArray(pair)) throw malformed(`${id} failing`);
      return [count(pair[0], `${id} failing`), String(pair[1])];
    }),
  };
}

function nestedPools(listeners: Record<string, unknown>): Record<string, PoolReport> {
  const pools = Object.entries(listeners).flatMap(([listenerId, listener]) =>
    Object.entries(record(record(listener, listenerId)['pools'] ?? {}, 'pools'))
      .map(([poolId, pool]): [string, PoolReport] => [`${poolId}:${listenerId}`, toPoolReport(pool, poolId)]));
  return Object.fromEntries(pools);
}

function toListenerReport(value: unknown, id: string): ListenerReport {
  const listener = record(value, id);
  const stats = record(listener['stats'], `${id} stats`);
  const stat = (name: string): number => count(stats[name], `${id} ${name}`);
  const status = listener['status'];
  return {
    status: status === 'OPEN' || status === 'FULL' ? status : 'UNKNOWN',
    stats: { tx: stat('tx'), rx: stat('rx'), conns: stat('conns'), totconns: stat('totconns'), ereq: stat('ereq') },
  };
}

function toPoolReport(value: unknown, id: string): PoolReport {
  const pool = record(value, id);
  const status = pool['status'];
  return {
    status: status === 'UP' || status === 'DOWN' ? status : 'UNKNOWN',
    members: mapValues(record(pool['members'] ?? {}, `${id} members`), String),
  };
}

/** Own properties only, also for a key such as `__proto__`. */
function mapValues<Value>(source: Record<string, unknown>, map: (value: unknown, key: string) => Value): Record<string, Value> {
  const mapped: Record<string, Value> = {};
  for (const key of Object.keys(source)) {
    const value = map(source[key], key);
    if (key === '__proto__') Object.defineProperty(mapped, key, { value, enumerable: true, writable: true, configurable: true });
    else mapped[key] = value;
  }
  return mapped;
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(what);
  return value as Record<string, unknown>;
}

function count(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw malformed(what);
  return value;
}

function malformed(what: string): HeartbeatRejected {
  return new HeartbeatRejected('malformed', `The heartbeat has no usable ${what}.`);
}
