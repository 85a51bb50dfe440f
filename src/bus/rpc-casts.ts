import { CAST_METHODS, type Cast, type CastMethod } from './bus.ts';
import { openMessage, sealMessage } from './oslo-envelope.ts';

const NAMESPACE = 'controller';
const VERSION = '2.0';

/** A cast as the original's API sends it (contracts section 8). A request id travels as `_context_request_id`, which Python workers pass over. */
export function encodeCast(cast: Cast, uniqueId: string): Buffer {
  const body = { method: cast.method, args: cast.args, namespace: NAMESPACE, version: VERSION };
  return sealMessage(body, uniqueId, cast.requestId === undefined ? {} : { request_id: cast.requestId });
}

export type DecodedCast =
  | { readonly kind: 'cast'; readonly cast: Cast; readonly uniqueId: string | null }
  /** Not for us: dropped and logged, as the original does. */
  | { readonly kind: 'unknown'; readonly method: string; readonly namespace: string };

/** Reads a message from the control queue. Throws BadEnvelope. */
export function decodeCast(content: Buffer): DecodedCast {
  const { body, uniqueId } = openMessage(content);
  const { method, args, namespace, version, _context_request_id: requestId } = body;
  const isOurs = namespace === NAMESPACE && typeof version === 'string' && version.startsWith('2.');
  if (!isOurs || !isCastMethod(method)) return { kind: 'unknown', method: textOf(method), namespace: textOf(namespace) };
  return { kind: 'cast', uniqueId, cast: { method, args: isRecord(args) ? args : {}, ...(typeof requestId === 'string' && { requestId }) } };
}

const METHODS: ReadonlySet<string> = new Set(CAST_METHODS);

function isCastMethod(value: unknown): value is CastMethod {
  return typeof value === 'string' && METHODS.has(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
