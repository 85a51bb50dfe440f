import { TLS_VERSIONS, type TlsVersion } from '../model/enums.ts';
import { ConfigError } from './config-error.ts';
import type { Config } from './config.ts';

/** Refuses combinations of options that contradict each other (upstream octavia/common/validate.py, at start). */
export function crossCheck(config: Config): void {
  const settings = config.api_settings;
  const minimum = settings.minimum_tls_version;
  const prohibited = new Set(settings.tls_cipher_prohibit_list.split(':').filter(Boolean));
  for (const kind of ['listener', 'pool'] as const) {
    const versions = settings[`default_${kind}_tls_versions`];
    if (minimum) refuse(`default_${kind}_tls_versions`, versions.filter((version) => isOlder(version, minimum)), 'older than minimum_tls_version');
    const ciphers = settings[`default_${kind}_ciphers`].split(':');
    refuse(`default_${kind}_ciphers`, ciphers.filter((cipher) => prohibited.has(cipher)), 'in tls_cipher_prohibit_list');
  }
}

function isOlder(version: TlsVersion, minimum: TlsVersion): boolean {
  return TLS_VERSIONS.indexOf(version) < TLS_VERSIONS.indexOf(minimum);
}

function refuse(option: string, conflicting: readonly string[], why: string): void {
  if (conflicting.length === 0) return;
  throw new ConfigError({ group: 'api_settings', option, value: conflicting.join(', '), reason: `${why}: take it out of one of the two` });
}
