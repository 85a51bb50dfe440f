import { ALPN_PROTOCOLS, TLS_VERSIONS, type ListenerProtocol } from '../enums.ts';
import { validationFailure } from '../violation.ts';

const SAFE_CIPHERS = /^[A-Za-z0-9\-+!:@=_.]+$/;

/** `prohibited` is the operator's colon-separated list. */
export function checkCiphers(ciphers: string | null | undefined, prohibited: string): void {
  if (!ciphers) return;
  if (!SAFE_CIPHERS.test(ciphers)) throw validationFailure('Invalid characters in cipher string. Only alphanumeric, -, +, !, :, @, =, _, and . are allowed.');
  const refused = new Set(prohibited.split(':').filter((cipher) => cipher !== ''));
  const found = ciphers.split(':').filter((cipher) => refused.has(cipher));
  if (found.length > 0) throw validationFailure(`The following ciphers have been prohibited by an administrator: ${found.join(', ')}`);
}

/** `minimum` is the operator's oldest version, if any. */
export function checkTlsVersions(versions: readonly string[] | null | undefined, minimum: string | null): void {
  if (!versions) return;
  const known: readonly string[] = TLS_VERSIONS;
  if (versions.length === 0) throw validationFailure('Empty TLS version list. Either specify at least one TLS version or remove this parameter to use the default.');
  const invalid = versions.filter((version) => !known.includes(version));
  if (invalid.length > 0) throw validationFailure(`Invalid TLS versions: ${invalid.join(', ')}`);
  const tooOld = minimum === null ? [] : versions.filter((version) => known.indexOf(version) < known.indexOf(minimum));
  if (tooOld.length > 0) throw validationFailure(`Requested TLS versions are less than the minimum: ${tooOld.join(', ')} < ${minimum}`);
}

export function checkAlpnProtocols(protocols: readonly string[] | null | undefined): void {
  if (!protocols) return;
  const known: readonly string[] = ALPN_PROTOCOLS;
  if (protocols.length === 0) throw validationFailure('Empty ALPN protocol list. Either specify at least one ALPN protocol or remove this parameter to use the default.');
  const invalid = protocols.filter((protocol) => !known.includes(protocol));
  if (invalid.length > 0) throw validationFailure(`Invalid ALPN protocol: ${invalid.join(', ')}`);
}

export interface HstsOptions {
  readonly hsts_max_age?: number | null | undefined;
  readonly hsts_include_subdomains?: boolean | null | undefined;
  readonly hsts_preload?: boolean | null | undefined;
}

export function checkHstsOnCreate(options: HstsOptions, protocol: ListenerProtocol): void {
  const hasMaxAge = typeof options.hsts_max_age === 'number';
  if ((options.hsts_include_subdomains || options.hsts_preload) && !hasMaxAge) {
    throw validationFailure('HSTS configuration options hsts_include_subdomains and hsts_preload only make sense if hsts_max_age is set as well.');
  }
  if (hasMaxAge) checkHstsProtocol(protocol);
}

export function checkHstsOnUpdate(options: HstsOptions, current: { readonly protocol: ListenerProtocol; readonly hstsMaxAge: number | null }): void {
  const isDisabled = current.hstsMaxAge === null && typeof options.hsts_max_age !== 'number';
  if ((options.hsts_include_subdomains || options.hsts_preload) && isDisabled) {
    throw validationFailure('Cannot enable hsts_include_subdomains or hsts_preload if hsts_max_age was not set as well.');
  }
  if (typeof options.hsts_max_age === 'number') checkHstsProtocol(current.protocol);
}

function checkHstsProtocol(protocol: ListenerProtocol): void {
  if (protocol === 'TERMINATED_HTTPS') return;
  throw validationFailure('The HSTS feature can only be used for listeners using the TERMINATED_HTTPS protocol.');
}
