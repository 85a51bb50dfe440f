import type { AlpnProtocol, TlsVersion } from '../../model/enums.ts';

/** Oldest first: what excludes the version, and its name as a bound. */
const VERSIONS: readonly { readonly version: TlsVersion; readonly exclusion: string; readonly bound: string }[] = [
  { version: 'SSLv3', exclusion: 'no-sslv3', bound: 'SSLv3' }, { version: 'TLSv1', exclusion: 'no-tlsv10', bound: 'TLSv1.0' },
  { version: 'TLSv1.1', exclusion: 'no-tlsv11', bound: 'TLSv1.1' }, { version: 'TLSv1.2', exclusion: 'no-tlsv12', bound: 'TLSv1.2' },
  { version: 'TLSv1.3', exclusion: 'no-tlsv13', bound: 'TLSv1.3' },
];
const FIRST_BY_DEFAULT = VERSIONS.findIndex(({ version }) => version === 'TLSv1.2');

export interface TlsNegotiation {
  readonly tlsCiphers: string | null;
  readonly tlsVersions: readonly TlsVersion[];
  readonly alpnProtocols: readonly AlpnProtocol[];
}

/** Words for ciphers, versions and ALPN on bind and server lines. */
export function negotiationWords(wanted: TlsNegotiation, defaultCiphers: string, versions: readonly string[] = exclusions(wanted.tlsVersions)): readonly string[] {
  return [
    ...(wanted.tlsCiphers === null ? [] : ['ciphers', safeCiphers(wanted.tlsCiphers, defaultCiphers)]),
    ...versions,
    ...(wanted.alpnProtocols.length === 0 ? [] : ['alpn', wanted.alpnProtocols.join(',')]),
  ];
}

/**
 * Versions of a bind line: since haproxy 2.2 TLS 1.2 is the oldest there, whatever is excluded, unless a bound says otherwise.
 * Bounds put exclusions out of force, so a choice with a gap is left to those: nothing is offered that was not asked for.
 */
export function boundVersions(wanted: readonly TlsVersion[]): readonly string[] {
  const first = VERSIONS.findIndex(({ version }) => wanted.includes(version));
  const last = VERSIONS.findLastIndex(({ version }) => wanted.includes(version));
  const hasGap = VERSIONS.slice(first, last).some(({ version }) => !wanted.includes(version));
  const [oldest, newest] = [VERSIONS[first], VERSIONS[last]];
  if (!oldest || !newest || first >= FIRST_BY_DEFAULT || hasGap) return exclusions(wanted);
  return ['ssl-min-ver', oldest.bound, 'ssl-max-ver', newest.bound];
}

function exclusions(wanted: readonly TlsVersion[]): readonly string[] {
  return wanted.length === 0 ? [] : VERSIONS.filter(({ version }) => !wanted.includes(version)).map(({ exclusion }) => exclusion);
}

/** Rows written before the API checked cipher lists may hold anything; the operator's default replaces those, as in the original. */
function safeCiphers(ciphers: string, defaultCiphers: string): string {
  return /^[A-Za-z0-9\-+!:@=_.]+$/.test(ciphers) && !ciphers.includes('\n') ? ciphers : defaultCiphers;
}
