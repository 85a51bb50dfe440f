import type { Config } from '../../config/config.ts';
import { OctaviaError } from '../../lib/errors.ts';

/** The key manager behind castellan that octavia.conf names cannot be used. */
export class KeyManagerNotAvailable extends OctaviaError {
  constructor(backend: string) {
    super('key-manager-not-available', `[key_manager] backend = ${backend} cannot be used: castellan_cert_manager reads certificates from Barbican only (backend = barbican).`);
  }
}

const BARBICAN = new Set(['barbican', 'castellan.key_manager.barbican_key_manager.BarbicanKeyManager']);

/** Throws KeyManagerNotAvailable when certificates are to come from a key manager other than Barbican. */
export function requireBarbican({ certificates, key_manager: { backend } }: Pick<Config, 'certificates' | 'key_manager'>): void {
  if (certificates.cert_manager === 'castellan_cert_manager' && !BARBICAN.has(backend)) throw new KeyManagerNotAvailable(backend);
}
