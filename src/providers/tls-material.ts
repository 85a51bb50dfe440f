import type { CertManager, TlsBundle } from '../drivers/certs/cert-manager.ts';
import type { ProviderDict } from './provider-driver.ts';

/**
 * Adds what the references of a listener or pool lead to (`*_container_data`, contracts 17.4), for providers that have no
 * access to the key manager; nested pools too. With `isTolerant`, for deletions, secrets that cannot be had are left out.
 * Throws DriverFailure otherwise.
 */
export async function withTlsMaterial(certManager: CertManager, dict: ProviderDict, options: { readonly isTolerant?: boolean } = {}): Promise<ProviderDict> {
  const projectId = textOf(dict['project_id']);
  const added: Record<string, unknown> = {};
  const add = async (name: string, load: () => Promise<unknown>): Promise<void> => {
    try {
      added[name] = await load();
    } catch (error) {
      if (options.isTolerant !== true) throw error;
    }
  };
  for (const [refName, dataName] of BUNDLES) {
    const ref = textOf(dict[refName]);
    if (ref !== null) await add(dataName, async () => bundleDict(await certManager.getBundle(ref, projectId)));
  }
  for (const [refName, dataName] of SECRETS) {
    const ref = textOf(dict[refName]);
    if (ref !== null) await add(dataName, () => certManager.getSecret(ref, projectId));
  }
  const sniRefs = dict['sni_container_refs'];
  if (Array.isArray(sniRefs) && sniRefs.length > 0) {
    await add('sni_container_data', () => Promise.all(sniRefs.map(async (ref) => bundleDict(await certManager.getBundle(String(ref), projectId)))));
  }
  return { ...dict, ...added, ...(await withInnerMaterial(certManager, dict, options)) };
}

const BUNDLES = [['default_tls_container_ref', 'default_tls_container_data'], ['tls_container_ref', 'tls_container_data']] as const;
const SECRETS = [
  ['client_ca_tls_container_ref', 'client_ca_tls_container_data'], ['client_crl_container_ref', 'client_crl_container_data'],
  ['ca_tls_container_ref', 'ca_tls_container_data'], ['crl_container_ref', 'crl_container_data'],
] as const;
const INNER = ['listeners', 'pools', 'default_pool'] as const;

async function withInnerMaterial(certManager: CertManager, dict: ProviderDict, options: { readonly isTolerant?: boolean }): Promise<ProviderDict> {
  const inner: Record<string, unknown> = {};
  for (const name of INNER) {
    const value = dict[name];
    if (Array.isArray(value)) inner[name] = await Promise.all(value.map((item: ProviderDict) => withTlsMaterial(certManager, item, options)));
    else if (typeof value === 'object' && value !== null) inner[name] = await withTlsMaterial(certManager, value as ProviderDict, options);
  }
  return inner;
}

function bundleDict(bundle: TlsBundle): ProviderDict {
  return {
    id: bundle.id, primary_cn: bundle.primaryCn, certificate: bundle.certificate, private_key: bundle.privateKey, passphrase: bundle.privateKeyPassphrase,
    intermediates: bundle.intermediates,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
