import type { Directive } from './parse-config.ts';

/** A `server` line taken apart into what can change at runtime and what cannot. */
export interface ServerDefinition {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly isDisabled: boolean;
  /** Explicit address (without brackets) and port of the health check, or null: then the check follows the server. */
  readonly checkAddress: string | null;
  readonly checkPort: number | null;
  readonly hasCheck: boolean;
  readonly hasCookie: boolean;
  /** Certificate, CA and CRL files; haproxy takes them at runtime only when it has them loaded already. */
  readonly files: readonly string[];
  /** All other words, in order. */
  readonly fixedWords: readonly string[];
}

const FLAGS = /^(check|check-ssl|backup|ssl|send-proxy|send-proxy-v2|send-proxy-v2-ssl-cn|no-sslv3|no-tlsv1[0-3])$/;
const WITH_ARGUMENT = /^(verify|check-alpn|inter|fall|rise|crt|ca-file|crl-file|sni|ciphers|alpn|id|cookie|pool-purge-delay)$/;

/** Takes a server line apart; null when it has a word that this agent does not write, so that the caller reloads. */
export function parseServer(directive: Directive): ServerDefinition | null {
  const [keyword, name, target, ...options] = directive;
  const colon = target?.lastIndexOf(':') ?? -1;
  if (keyword !== 'server' || name === undefined || target === undefined || colon < 0) return null;
  const fixedWords: string[] = [];
  const values = new Map<string, string>();
  const files: string[] = [];
  for (let index = 0; index < options.length; index += 1) {
    const word = options[index] ?? '';
    const argument = options[index + 1];
    if (word === 'disabled') {
      values.set(word, '');
    } else if (FLAGS.test(word)) {
      values.set(word, '');
      fixedWords.push(word);
    } else if (argument === undefined) {
      return null;
    } else {
      index += 1;
      if (/^(weight|addr|port)$/.test(word)) {
        values.set(word, argument);
        continue;
      }
      if (!WITH_ARGUMENT.test(word)) return null;
      values.set(word, argument);
      fixedWords.push(word, argument);
      if (/^(crt|ca-file|crl-file)$/.test(word)) files.push(argument);
    }
  }
  const checkPort = values.get('port');
  return {
    name, address: target.slice(0, colon), port: Number(target.slice(colon + 1)),
    weight: Number(values.get('weight') ?? 1), isDisabled: values.has('disabled'),
    checkAddress: values.get('addr')?.replace(/^\[(.*)\]$/, '$1') ?? null, checkPort: checkPort === undefined ? null : Number(checkPort),
    hasCheck: values.has('check'), hasCookie: values.has('cookie'), files, fixedWords,
  };
}
