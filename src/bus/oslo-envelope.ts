import { OctaviaError, reasonOf } from '../lib/errors.ts';
import { pythonJson } from './python-json.ts';

/** An oslo.messaging message after its 2.0 envelope has been opened. */
export interface OsloMessage {
  readonly body: Readonly<Record<string, unknown>>;
  /** 32 hexadecimal digits; null from senders that give none. */
  readonly uniqueId: string | null;
}

/** A message that is none of oslo.messaging's. */
export class BadEnvelope extends OctaviaError {
  constructor(reason: string, cause?: unknown) {
    super('bad-envelope', `The message cannot be read: ${reason}`, { cause });
  }
}

/** AMQP properties that oslo.messaging gives every message. */
export const OSLO_PROPERTIES = { contentType: 'application/json', contentEncoding: 'utf-8', deliveryMode: 2, priority: 0, headers: {} } as const;

/** Wraps a message: `{"oslo.version": "2.0", "oslo.message": "<JSON text>"}`. Values of `context` become `_context_*` keys. */
export function sealMessage(body: Readonly<Record<string, unknown>>, uniqueId: string, context: Readonly<Record<string, unknown>> = {}): Buffer {
  const packed = Object.fromEntries(Object.entries(context).map(([key, value]) => [`_context_${key}`, value]));
  return Buffer.from(pythonJson({ 'oslo.version': '2.0', 'oslo.message': pythonJson({ ...body, _unique_id: uniqueId, ...packed }) }), 'utf8');
}

/** Opens a message of format 2.0, or 1.0 (no envelope). Throws BadEnvelope. */
export function openMessage(content: Buffer): OsloMessage {
  const outer = objectOf(content.toString('utf8'));
  const inner = outer['oslo.message'];
  const version = outer['oslo.version'];
  if (version !== undefined && (typeof version !== 'string' || !version.startsWith('2.'))) throw new BadEnvelope('its envelope version is unknown');
  const body = typeof inner === 'string' ? objectOf(inner) : outer;
  const uniqueId = body['_unique_id'];
  return { body, uniqueId: typeof uniqueId === 'string' ? uniqueId : null };
}

function objectOf(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BadEnvelope(reasonOf(error), error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadEnvelope('it is no JSON object');
  return { ...value };
}
