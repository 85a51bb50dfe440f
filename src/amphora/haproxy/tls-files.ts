import { createHash } from 'node:crypto';

/** File names (without directory) of one listener's TLS material on the amphora. */
export interface ListenerTlsFiles {
  /** PEM bundles, default certificate first, then SNI ones. */
  readonly certificates: readonly string[];
  readonly clientCa?: string;
  readonly clientCrl?: string;
}

/** File names of the material with which haproxy talks to one pool's members. */
export interface PoolTlsFiles {
  readonly clientCertificate?: string;
  readonly ca?: string;
  readonly crl?: string;
}

/** Which files each listener and pool uses, by id. The files are uploaded before the configuration. */
export interface ResolvedTls {
  readonly listeners: Readonly<Record<string, ListenerTlsFiles>>;
  readonly pools: Readonly<Record<string, PoolTlsFiles>>;
  /**
   * Digest of all files' contents. Names stay the same when a listener gets another certificate or a certificate another
   * chain: by this the configuration tells that the files must be read again.
   */
  readonly digest?: string;
}

export const NO_TLS: ResolvedTls = { listeners: {}, pools: {} };

export interface PemParts {
  readonly certificate: string;
  readonly privateKey: string | null;
  readonly intermediates: readonly string[];
}

/** Name of a certificate bundle: SHA-1 of the certificate alone, so that a new key or chain replaces the old file. */
export function bundleFileName(certificatePem: string): string {
  return `${sha1(certificatePem)}.pem`;
}

/** Name of a CA bundle, CRL or other single secret: SHA-1 of its content. */
export function secretFileName(content: string): string {
  return `${sha1(content)}.pem`;
}

/** Content of a bundle file: certificate, key, intermediates; the key without passphrase. */
export function bundleContent(parts: PemParts): string {
  return `${[parts.certificate, ...(parts.privateKey ? [parts.privateKey] : []), ...parts.intermediates].join('\n')}\n`;
}

/** Name of a listener's crt-list; the agent takes `.pem` names only. */
export function crtListFileName(listenerId: string): string {
  return `${listenerId}.pem`;
}

/** Content of a listener's crt-list: full paths, the default certificate first. */
export function crtListContent(directory: string, certificates: readonly string[]): string {
  return `${certificates.map((name) => `${directory}/${name}`).join('\n')}\n`;
}

/** Directory of a load balancer's TLS files on the amphora. */
export function certificateDirectory(baseCertDir: string, loadBalancerId: string): string {
  return `${baseCertDir}/${loadBalancerId}`;
}

/** The digest of a load balancer's files, by name. */
export function filesDigest(files: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const [name, content] of [...files].toSorted(([one], [other]) => (one < other ? -1 : 1))) hash.update(`${name}\0${content}\0`);
  return hash.digest('hex').slice(0, 40);
}

function sha1(text: string): string {
  return createHash('sha1').update(text, 'utf8').digest('hex');
}
