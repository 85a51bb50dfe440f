import type { ClientAuthenticationMode } from '../../model/enums.ts';
import type { Listener } from '../../model/graph.ts';
import { hasVersion } from './render-context.ts';
import type { RenderContext } from './render-context.ts';
import { certificateDirectory, crtListFileName } from './tls-files.ts';
import { boundVersions, negotiationWords } from './tls-options.ts';

const VERIFY: Readonly<Record<ClientAuthenticationMode, string>> = { NONE: 'none', OPTIONAL: 'optional', MANDATORY: 'required' };

/** Does this listener end TLS on the amphora? Metrics may be served over TLS too. */
export function canTerminateTls(listener: Listener): boolean {
  return listener.protocol === 'TERMINATED_HTTPS' || listener.protocol === 'PROMETHEUS';
}

/**
 * Words after the address of a bind line; `ssl crt-list <path>` comes first because the original's agent looks for it
 * there. A listener with SNI certificates only still ends TLS, with the first of them as default.
 */
export function bindTlsWords(context: RenderContext, listener: Listener): readonly string[] {
  const files = context.tls.listeners[listener.id];
  if (!canTerminateTls(listener) || !files || files.certificates.length === 0) return [];
  const directory = certificateDirectory(context.options.baseCertDir, context.graph.id);
  const words = ['ssl', 'crt-list', `${directory}/${crtListFileName(listener.id)}`];
  if (files.clientCa !== undefined) {
    words.push('ca-file', `${directory}/${files.clientCa}`, 'verify', VERIFY[listener.clientAuthentication]);
    if (files.clientCrl !== undefined) words.push('crl-file', `${directory}/${files.clientCrl}`);
  }
  const versions = hasVersion(context.facts, 2, 2) ? boundVersions(listener.tlsVersions) : undefined;
  return [...words, ...negotiationWords(listener, context.options.defaultListenerCiphers, versions)];
}
