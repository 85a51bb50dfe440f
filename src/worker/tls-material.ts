import { createPrivateKey } from 'node:crypto';
import { bundleContent, bundleFileName, crtListContent, crtListFileName, certificateDirectory, filesDigest, NO_TLS, secretFileName, type ListenerTlsFiles, type PoolTlsFiles, type ResolvedTls } from '../amphora/haproxy/tls-files.ts';
import { canTerminateTls } from '../amphora/haproxy/tls-bind.ts';
import type { CertManager, TlsBundle } from '../drivers/certs/cert-manager.ts';
import { OctaviaError, reasonOf } from '../lib/errors.ts';
import type { Listener, LoadBalancerGraph, Pool } from '../model/graph.ts';
import { isKept } from './settle/objects.ts';

/** Files that an amphora needs before its configuration, and how the configuration names them. */
export interface TlsMaterial {
  readonly resolved: ResolvedTls;
  readonly files: ReadonlyMap<string, string>;
  /** Why listeners and pools have none, by their ids: their secrets cannot be used. */
  readonly failures: ReadonlyMap<string, OctaviaError>;
}

export const NO_TLS_MATERIAL: TlsMaterial = { resolved: NO_TLS, files: new Map(), failures: new Map() };

/** A listener's or pool's secret that cannot be used. */
class TlsMaterialFailed extends OctaviaError {
  constructor(kind: 'listener' | 'pool', objectId: string, cause: unknown) {
    super('tls-material-failed', `The TLS data of ${kind} ${objectId} cannot be used: ${reasonOf(cause)}`, { retry: 'wait', cause });
  }
}

/** Fetches everything the load balancer refers to from the key manager, side by side and each secret once. What cannot be used is left out and told. */
export async function resolveTlsMaterial(graph: LoadBalancerGraph, certManager: CertManager, baseCertDir: string): Promise<TlsMaterial> {
  const fetcher = new Fetcher(certManager, certificateDirectory(baseCertDir, graph.id));
  const listeners = graph.listeners.filter(isKept).filter(usesTls);
  const pools = graph.pools.filter(isKept).filter(({ tlsContainerRef, caTlsContainerRef, crlContainerRef }) => tlsContainerRef ?? caTlsContainerRef ?? crlContainerRef);
  if (listeners.length === 0 && pools.length === 0) return NO_TLS_MATERIAL;
  const [listenerFiles, poolFiles] = await Promise.all([
    usable(listeners, (listener) => fetcher.listener(listener)),
    usable(pools, (pool) => fetcher.pool(pool)),
  ]);
  const { files } = fetcher;
  const failures = new Map([...listenerFiles.failures, ...poolFiles.failures]);
  return { resolved: { listeners: listenerFiles.found, pools: poolFiles.found, digest: filesDigest(files) }, files, failures };
}

async function usable<T extends { readonly id: string }, F>(objects: readonly T[], fetch: (object: T) => Promise<F>) {
  const found: Record<string, F> = {};
  const failures = new Map<string, OctaviaError>();
  await Promise.all(objects.map(async (object) => {
    try {
      found[object.id] = await fetch(object);
    } catch (error) {
      if (!(error instanceof TlsMaterialFailed)) throw error;
      failures.set(object.id, error);
    }
  }));
  return { found, failures };
}

/** Listeners that cannot be served: those without their own secrets, and those that use a pool without its. */
export function listenersWithout({ failures }: TlsMaterial, graph: LoadBalancerGraph): ReadonlySet<string> {
  const isUsable = ({ id, defaultPoolId, l7policies }: Listener): boolean =>
    ![id, defaultPoolId, ...l7policies.map(({ redirectPoolId }) => redirectPoolId)].some((one) => one !== null && failures.has(one));
  return new Set(graph.listeners.filter(isKept).filter((listener) => !isUsable(listener)).map(({ id }) => id));
}

class Fetcher {
  readonly files = new Map<string, string>();
  readonly #bundles = new Map<string, Promise<string>>();
  readonly #secrets = new Map<string, Promise<string>>();
  readonly #certManager: CertManager;
  readonly #directory: string;

  constructor(certManager: CertManager, directory: string) {
    this.#certManager = certManager;
    this.#directory = directory;
  }

  async listener(listener: Listener): Promise<ListenerTlsFiles> {
    const refs = [...(listener.tlsContainerRef === null ? [] : [listener.tlsContainerRef]), ...listener.sniContainerRefs];
    try {
      const [certificates, clientCa, clientCrl] = await Promise.all([
        Promise.all(refs.map((ref) => this.#bundle(ref, listener.projectId))),
        this.#secret(listener.clientCaTlsContainerRef, listener.projectId),
        this.#secret(listener.clientCrlContainerRef, listener.projectId),
      ]);
      if (certificates.length > 0) this.files.set(crtListFileName(listener.id), crtListContent(this.#directory, certificates));
      return { certificates, ...(clientCa !== null && { clientCa }), ...(clientCrl !== null && { clientCrl }) };
    } catch (error) {
      throw new TlsMaterialFailed('listener', listener.id, error);
    }
  }

  async pool(pool: Pool): Promise<PoolTlsFiles> {
    try {
      const [clientCertificate, ca, crl] = await Promise.all([
        pool.tlsContainerRef === null ? null : this.#bundle(pool.tlsContainerRef, pool.projectId),
        this.#secret(pool.caTlsContainerRef, pool.projectId),
        this.#secret(pool.crlContainerRef, pool.projectId),
      ]);
      return { ...(clientCertificate !== null && { clientCertificate }), ...(ca !== null && { ca }), ...(crl !== null && { crl }) };
    } catch (error) {
      throw new TlsMaterialFailed('pool', pool.id, error);
    }
  }

  #bundle(ref: string, projectId: string | null): Promise<string> {
    return once(this.#bundles, ref, async () => {
      const bundle = await this.#certManager.getBundle(ref, projectId);
      const name = bundleFileName(bundle.certificate);
      this.files.set(name, bundleContent({ certificate: bundle.certificate, privateKey: openKey(bundle), intermediates: bundle.intermediates }));
      return name;
    });
  }

  async #secret(ref: string | null, projectId: string | null): Promise<string | null> {
    if (ref === null) return null;
    return once(this.#secrets, ref, async () => {
      const content = await this.#certManager.getSecret(ref, projectId);
      const name = secretFileName(content);
      this.files.set(name, content);
      return name;
    });
  }
}

/** haproxy cannot ask for a passphrase. */
function openKey({ privateKey, privateKeyPassphrase }: TlsBundle): string | null {
  if (privateKey === null || privateKeyPassphrase === null) return privateKey;
  return createPrivateKey({ key: privateKey, passphrase: privateKeyPassphrase }).export({ type: 'pkcs8', format: 'pem' }).toString();
}

function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const promise = known.get(key) ?? make();
  known.set(key, promise);
  return promise;
}

function usesTls(listener: Listener): boolean {
  return canTerminateTls(listener) && (listener.tlsContainerRef !== null || listener.sniContainerRefs.length > 0 || listener.clientCaTlsContainerRef !== null);
}
