import { OctaviaError } from '../../lib/errors.ts';
import type { Listener, LoadBalancerGraph, Pool } from '../../model/graph.ts';
import { haproxyListeners, servedListeners } from './served-objects.ts';
import { canTerminateTls } from './tls-bind.ts';
import { bundleContent, bundleFileName, certificateDirectory, crtListContent, crtListFileName, secretFileName } from './tls-files.ts';
import type { ListenerTlsFiles, PemParts, PoolTlsFiles, ResolvedTls } from './tls-files.ts';

/** What the key manager gave, by reference. */
export interface TlsMaterial {
  readonly bundles: ReadonlyMap<string, PemParts>;
  readonly secrets: ReadonlyMap<string, string>;
}

export interface TlsFile {
  readonly name: string;
  readonly content: string;
}

/** A reference of a listener or pool that was not fetched. */
export class TlsMaterialMissing extends OctaviaError {
  readonly objectId: string;
  readonly ref: string;

  constructor(objectId: string, ref: string) {
    super('tls-material-missing', `the TLS material ${ref} of ${objectId} could not be read from the key manager`, { retry: 'wait' });
    this.objectId = objectId;
    this.ref = ref;
  }
}

/** References that must be fetched before `planTlsFiles`; disabled listeners included, so that enabling is only a reload. */
export function tlsReferences(graph: LoadBalancerGraph): { readonly bundles: ReadonlySet<string>; readonly secrets: ReadonlySet<string> } {
  const listeners = haproxyListeners(graph).filter(canTerminateTls);
  const pools = tlsPools(graph);
  const present = (refs: readonly (string | null)[]): ReadonlySet<string> => new Set(refs.flatMap((ref) => (ref ? [ref] : [])));
  return {
    bundles: present([...listeners.flatMap((listener) => [listener.tlsContainerRef, ...listener.sniContainerRefs]), ...pools.map((pool) => pool.tlsContainerRef)]),
    secrets: present([
      ...listeners.flatMap((listener) => [listener.clientCaTlsContainerRef, listener.clientCrlContainerRef]),
      ...pools.flatMap((pool) => [pool.caTlsContainerRef, pool.crlContainerRef]),
    ]),
  };
}

/** All files of the load balancer's certificate directory, each once, and which of them each listener and pool uses. */
export function planTlsFiles(graph: LoadBalancerGraph, material: TlsMaterial, baseCertDir: string): { readonly tls: ResolvedTls; readonly files: readonly TlsFile[] } {
  const files = new Map<string, string>();
  const add = (name: string, content: string): string => {
    files.set(name, content);
    return name;
  };
  const bundle = (objectId: string, ref: string): string => {
    const parts = material.bundles.get(ref);
    if (!parts) throw new TlsMaterialMissing(objectId, ref);
    return add(bundleFileName(parts.certificate), bundleContent(parts));
  };
  const secret = (objectId: string, ref: string): string => {
    const content = material.secrets.get(ref);
    if (content === undefined) throw new TlsMaterialMissing(objectId, ref);
    return add(secretFileName(content), content);
  };
  const listeners: Record<string, ListenerTlsFiles> = {};
  for (const listener of haproxyListeners(graph).filter(canTerminateTls)) {
    const used = listenerFiles(listener, bundle, secret);
    if (used.certificates.length === 0) continue;
    listeners[listener.id] = used;
    add(crtListFileName(listener.id), crtListContent(certificateDirectory(baseCertDir, graph.id), used.certificates));
  }
  const pools = Object.fromEntries(tlsPools(graph).map((pool) => [pool.id, poolFiles(pool, bundle, secret)]));
  return { tls: { listeners, pools }, files: [...files].map(([name, content]) => ({ name, content })) };
}

type Resolve = (objectId: string, ref: string) => string;

function listenerFiles(listener: Listener, bundle: Resolve, secret: Resolve): ListenerTlsFiles {
  const refs = [...(listener.tlsContainerRef ? [listener.tlsContainerRef] : []), ...listener.sniContainerRefs];
  return {
    certificates: [...new Set(refs.map((ref) => bundle(listener.id, ref)))],
    ...(listener.clientCaTlsContainerRef && { clientCa: secret(listener.id, listener.clientCaTlsContainerRef) }),
    ...(listener.clientCrlContainerRef && { clientCrl: secret(listener.id, listener.clientCrlContainerRef) }),
  };
}

function poolFiles(pool: Pool, bundle: Resolve, secret: Resolve): PoolTlsFiles {
  return {
    ...(pool.tlsContainerRef && { clientCertificate: bundle(pool.id, pool.tlsContainerRef) }),
    ...(pool.caTlsContainerRef && { ca: secret(pool.id, pool.caTlsContainerRef) }),
    ...(pool.crlContainerRef && { crl: secret(pool.id, pool.crlContainerRef) }),
  };
}

/** Pools that are rendered and speak TLS to their members. */
function tlsPools(graph: LoadBalancerGraph): readonly Pool[] {
  const served = new Set(servedListeners(graph).flatMap((listener) => listener.pools));
  return [...served].filter((pool) => pool.tlsEnabled);
}
