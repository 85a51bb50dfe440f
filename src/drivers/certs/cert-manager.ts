/** A certificate with its key, as a listener or pool uses it. All PEM text. */
export interface TlsBundle {
  readonly id: string;
  readonly primaryCn: string | null;
  readonly certificate: string;
  readonly privateKey: string | null;
  readonly privateKeyPassphrase: string | null;
  readonly intermediates: readonly string[];
}

/** Key manager (Barbican, Castellan, local files). Throws DriverFailure with code `driver-failure` and a user-readable reason. */
export interface CertManager {
  /** Fetches and parses a certificate container or PKCS12 secret. */
  getBundle(ref: string, projectId: string | null): Promise<TlsBundle>;
  /** Fetches a secret's payload as text (CA bundles, CRLs). */
  getSecret(ref: string, projectId: string | null): Promise<string>;
  /**
   * Grants the service user read access, where the key manager has ACLs, in the name of the user that asks. Throws when that
   * user may not read the secret himself: to be called before anything that a user names is read for him.
   */
  grantAccess(ref: string, projectId: string | null): Promise<void>;
}

/** Issues amphora agent certificates. */
export interface CertGenerator {
  /** Server certificate with CN and SAN = `commonName`; PEM of certificate followed by key, and its expiry (epoch ms). */
  issue(commonName: string, validitySeconds: number): Promise<{ certificatePem: string; privateKeyPem: string; expiresAtMs: number }>;
  /** When the present authority began (epoch ms): what was issued before is another one's work. */
  authoritySinceMs?(): Promise<number>;
}
