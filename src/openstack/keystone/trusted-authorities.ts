import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

let shared: SecureContext | null = null;

/**
 * Whom connections trust that no CA file is named for: Node's own authorities and, as the original does, those of the operating
 * system, where operators put their own. `own` is what clients show; who shows nothing shares one, for making it takes a while.
 */
export function systemTrust(own: { readonly cert?: Buffer; readonly key?: Buffer }): SecureContext {
  const make = (): SecureContext => createSecureContext({ ...own, ca: [...new Set([...getCACertificates('default'), ...getCACertificates('system')])] });
  return own.cert === undefined ? (shared ??= make()) : make();
}
