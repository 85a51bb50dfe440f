import type { AlpnProtocol, TlsVersion } from '../../model/enums.ts';

const EXCLUSIONS: readonly (readonly [TlsVersion, string])[] = [
  ['SSLv3', 'no-sslv3'], ['TLSv1', 'no-tlsv10'], ['TLSv1.1', 'no-tlsv11'], ['TLSv1.2', 'no-tlsv12'], ['TLSv1.3', 'no-tlsv13'],
];

export interface TlsNegotiation {
  readonly tlsCiphers: string | null;
  readonly tlsVersions: readonly TlsVersion[];
  readonly alpnProtocols: readonly AlpnProtocol[];
}

/** Words for ciphers, excluded versions and ALPN, the same on bind and server lines. */
export function negotiationWords(wanted: TlsNegotiation, defaultCiphers: string): readonly string[] {
  return [
    ...(wanted.tlsCiphers === null ? [] : ['ciphers', safeCiphers(wanted.tlsCiphers, defaultCiphers)]),
    ...(wanted.tlsVersions.length === 0 ? [] : EXCLUSIONS.filter(([version]) => !wanted.tlsVersions.includes(version)).map(([, word]) => word)),
    ...(wanted.alpnProtocols.length === 0 ? [] : ['alpn', wanted.alpnProtocols.join(',')]),
  ];
}

/** Rows written before the API checked cipher lists may hold anything; the operator's default replaces those, as in the original. */
function safeCiphers(ciphers: string, defaultCiphers: string): string {
  return /^[A-Za-z0-9\-+!:@=_.]+$/.test(ciphers) && !ciphers.includes('\n') ? ciphers : defaultCiphers;
}
