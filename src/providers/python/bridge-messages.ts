import { OctaviaError } from '../../lib/errors.ts';
import { isJsonObject } from '../../model/resources/decode-body.ts';
import { NotImplementedByProvider, ProviderConflict, ProviderError, ProviderResourceNotFound, UnsupportedOption, type ProviderDict } from '../provider-driver.ts';
import type { ProviderModel } from '../model-attributes.ts';

/** One argument of a call: an octavia-lib model, a list of them, or a plain value. */
export type BridgeArgument =
  | { readonly model: ProviderModel; readonly dict: ProviderDict }
  | { readonly model: ProviderModel; readonly models: readonly ProviderDict[] }
  | { readonly value: unknown };

/** What the Python program says, one JSON object per line (octavia_provider_bridge.py). */
export type BridgeMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'fault'; readonly id: number; readonly fault: BridgeFault };

/** A refusal: what the API's user is told, and what the operator is. */
export interface BridgeFault {
  readonly kind: string;
  readonly user: string;
  readonly operator: string;
}

class UnreadableBridgeMessage extends OctaviaError {
  constructor(line: string) {
    super('provider-bridge-unreadable', `The Python provider said something that is no answer: ${line.slice(0, 200)}`);
  }
}

/** Throws UnreadableBridgeMessage. */
export function parseBridgeMessage(line: string): BridgeMessage {
  const message = parseObject(line);
  if (message['ready'] === true) return { kind: 'ready' };
  if (typeof message['failed'] === 'string') return { kind: 'failed', reason: message['failed'] };
  const id = message['id'];
  if (typeof id !== 'number') throw new UnreadableBridgeMessage(line);
  const fault = message['fault'];
  if (!isJsonObject(fault)) return { kind: 'result', id, value: message['result'] ?? null };
  return { kind: 'fault', id, fault: { kind: String(fault['kind']), user: String(fault['user']), operator: String(fault['operator']) } };
}

/** A log record of the Python program, or whatever else it prints. */
export interface BridgeLogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly logger?: string;
  readonly text: string;
  readonly traceback?: string;
}

export function parseBridgeLog(line: string): BridgeLogLine {
  let record: unknown = null;
  try {
    record = JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (!isJsonObject(record) || typeof record['message'] !== 'string') return { level: 'info', text: line };
  const { logger, traceback } = record;
  return {
    level: LEVELS[String(record['level'])] ?? 'info', text: record['message'],
    ...(typeof logger === 'string' && { logger }), ...(typeof traceback === 'string' && { traceback }),
  };
}

const LEVELS: Readonly<Record<string, BridgeLogLine['level']>> = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error', CRITICAL: 'error' };

/** octavia-lib's exceptions as ours; anything unknown is the provider's failure. */
export function errorOfFault({ kind, user, operator }: BridgeFault): OctaviaError {
  switch (kind) {
    case 'unsupported_option':
      return new UnsupportedOption(user);
    case 'not_implemented':
      return new NotImplementedByProvider(user);
    case 'conflict':
      return new ProviderConflict(user);
    case 'not_found':
      return new ProviderResourceNotFound(user);
    default:
      return new ProviderError(user, operator);
  }
}

function parseObject(line: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (!isJsonObject(value)) throw new UnreadableBridgeMessage(line);
  return value;
}
