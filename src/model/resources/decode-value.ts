import { formatCidr, parseCidr, parseIp } from '../ip.ts';
import { isHttpUrl, isUrlPath } from '../rules/url.ts';
import { normaliseUuid } from '../uuid.ts';
import { pythonText } from '../violation.ts';
import type { ValueType } from './resource.ts';

const TRUE_WORDS = new Set(['true', 't', 'yes', 'y', 'on', '1']);
const FALSE_WORDS = new Set(['false', 'f', 'no', 'n', 'off', '0']);

/** A decoded value, or why it is none (WSME's wording). */
export type Decoded = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string };

const accept = (value: unknown): Decoded => ({ ok: true, value });
const refuse = (reason: string): Decoded => ({ ok: false, reason });

/** Decodes one plain JSON value (not an object or nested resource). Null must be handled by the caller. */
export function decodeScalar(type: ValueType<unknown>, raw: unknown): Decoded {
  switch (type.kind) {
    case 'string': return decodeText(type, raw);
    case 'integer': return decodeInteger(type, raw);
    case 'float': return decodeNumber(raw);
    case 'boolean': return decodeBoolean(raw);
    case 'uuid': return decodeUuid(raw);
    case 'ip': return typeof raw === 'string' && parseIp(raw) ? accept(raw) : refuse('Value should be IPv4 or IPv6 format');
    case 'cidr': return decodeCidr(raw);
    case 'url': return typeof raw === 'string' && isHttpUrl(raw) ? decodeText(type, raw) : refuse('Value must be a valid URL string');
    case 'url-path': return typeof raw === 'string' && isUrlPath(raw) ? decodeText(type, raw) : refuse('Value must be a valid URL Path string');
    case 'enum': return decodeEnum(type.values ?? [], raw, type.refusal);
    case 'datetime': return typeof raw === 'string' ? accept(raw) : refuse('Value should be string');
    default: return refuse(`Value should be ${type.kind}`);
  }
}

function decodeText(type: ValueType<unknown>, raw: unknown): Decoded {
  if (typeof raw !== 'string') return refuse('Value should be string');
  // Python counts code points, not UTF-16 units.
  const length = raw.length > (type.maxLength ?? Infinity) ? Array.from(raw).length : raw.length;
  if (type.minLength !== undefined && length < type.minLength) return refuse(`Value should have a minimum character requirement of ${type.minLength}`);
  if (type.maxLength !== undefined && length > type.maxLength) return refuse(`Value should have a maximum character requirement of ${type.maxLength}`);
  if (type.pattern && !type.pattern.test(raw)) return refuse(`Value should match the pattern ${type.pattern.source}`);
  return accept(raw);
}

function decodeInteger(type: ValueType<unknown>, raw: unknown): Decoded {
  const value = toInteger(raw);
  // Python cuts what it quotes here.
  if (value === null) return refuse(`invalid literal for int() with base 10: ${`'${pythonText(raw)}'`.slice(0, 200)}`);
  if (type.min !== undefined && value < type.min) return refuse(`Value should be greater or equal to ${type.min}`);
  if (type.max !== undefined && value > type.max) return refuse(`Value should be lower or equal to ${type.max}`);
  return accept(value);
}

/** What Python's int() makes of a JSON value. */
function toInteger(raw: unknown): number | null {
  if (typeof raw === 'boolean') return raw ? 1 : 0;
  if (typeof raw === 'number' && Number.isFinite(raw)) return Math.trunc(raw);
  if (typeof raw === 'string' && /^\s*[+-]?\d+\s*$/.test(raw)) return Number(raw);
  return null;
}

function decodeNumber(raw: unknown): Decoded {
  const value = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
  return typeof value === 'number' && Number.isFinite(value) ? accept(value) : refuse(`could not convert string to float: '${pythonText(raw)}'`);
}

function decodeBoolean(raw: unknown): Decoded {
  if (typeof raw === 'boolean') return accept(raw);
  if (Number.isInteger(raw)) return accept(raw !== 0);
  if (typeof raw === 'string' && TRUE_WORDS.has(raw)) return accept(true);
  if (typeof raw === 'string' && FALSE_WORDS.has(raw)) return accept(false);
  return refuse(`Value not an unambiguous boolean: ${pythonText(raw)}`);
}

function decodeUuid(raw: unknown): Decoded {
  const value = typeof raw === 'string' ? normaliseUuid(raw) : null;
  return value === null ? refuse('Value should be UUID format') : accept(value);
}

function decodeCidr(raw: unknown): Decoded {
  const value = typeof raw === 'string' ? parseCidr(raw) : null;
  return value === null ? refuse('Value should be IPv4 or IPv6 CIDR format') : accept(formatCidr(value));
}

function decodeEnum(values: readonly (string | number)[], raw: unknown, refusal = `Value should be one of: ${values.join(', ')}`): Decoded {
  const isNumeric = typeof values[0] === 'number';
  const value = isNumeric && typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
  return values.some((allowed) => allowed === value) ? accept(value) : refuse(refusal);
}
