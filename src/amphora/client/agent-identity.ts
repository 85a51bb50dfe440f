import { X509Certificate } from 'node:crypto';
import { checkServerIdentity, TLSSocket } from 'node:tls';

/** Errors of Node's verification that only say that a certificate is used outside its time. */
const OUT_OF_TIME = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];

/** What the certificate's holder, its signer and its time are judged by. */
export interface IdentityRules {
  readonly amphoraId: string;
  /** PEM texts of the authorities of agent certificates. */
  readonly serverCaPem: string;
  readonly nowMs: number;
}

/** True when the only fault that TLS found is the time. */
export function isOutOfTime(error: unknown): boolean {
  return error instanceof Error && 'code' in error && OUT_OF_TIME.some((code) => code === error.code);
}

/**
 * Judges the certificate of a connection that TLS was told not to judge: null when it is the amphora's, signed by one of
 * ours that is valid itself, whatever its own time; else what is wrong. The order in which OpenSSL finds faults may hide a
 * foreign signer behind a date, so the signature is looked at here.
 */
export function faultApartFromTime(socket: unknown, rules: IdentityRules): Error | null {
  if (!(socket instanceof TLSSocket)) return new Error('The agent does not speak TLS');
  const peer = socket.getPeerCertificate();
  if (peer.raw === undefined) return new Error('The agent shows no certificate');
  const certificate = new X509Certificate(peer.raw);
  if (!isSignedByOurs(certificate, rules)) return new Error('its certificate was not signed by an authority of [haproxy_amphora] server_ca');
  return checkServerIdentity(rules.amphoraId, peer) ?? null;
}

function isSignedByOurs(certificate: X509Certificate, { serverCaPem, nowMs }: IdentityRules): boolean {
  const authorities = (serverCaPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((pem) => new X509Certificate(pem));
  return authorities.some((authority) => authority.ca && authority.validFromDate.getTime() <= nowMs && nowMs <= authority.validToDate.getTime()
    && certificate.checkIssued(authority) && certificate.verify(authority.publicKey));
}
