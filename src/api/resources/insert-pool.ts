import type { CreateBody, NestedBody } from '../../model/resources/resource.ts';
import { pool } from '../../model/resources/pool.ts';
import { checkSessionPersistence } from '../../model/rules/session-persistence.ts';
import { checkAlpnProtocols, checkCiphers, checkTlsVersions } from '../../model/rules/tls.ts';
import { validationFailure } from '../../model/violation.ts';
import { insertRow, replaceTags, toColumns } from '../../store/resources/write-rows.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { Change } from '../machinery/change-tree.ts';
import { requireCaAndCrl, requireCertificates } from './certificate-checks.ts';
import { newChild } from './child-rows.ts';

/** A pool body whose protocol and algorithm are known to be there. */
export type CompletePool = Omit<CreateBody<typeof pool> | NestedBody<typeof pool>, 'protocol' | 'lb_algorithm'> & Pick<CreateBody<typeof pool>, 'protocol' | 'lb_algorithm'>;

/** Rules about a new pool itself, certificates included; nothing is written. */
export async function checkNewPool(deps: Pick<ApiDependencies, 'config' | 'certManager' | 'log'>, projectId: string | null, body: CompletePool): Promise<void> {
  const { api_settings: settings } = deps.config;
  checkSessionPersistence(body.session_persistence, body.protocol);
  if (body.crl_container_ref && !body.ca_tls_container_ref) throw validationFailure('A CA certificate reference is required to specify a revocation list.');
  checkCiphers(body.tls_ciphers, settings.tls_cipher_prohibit_list);
  if (body.tls_enabled) {
    checkTlsVersions(body.tls_versions, settings.minimum_tls_version);
    checkAlpnProtocols(body.alpn_protocols);
  }
  await requireCertificates(deps, projectId, [body.tls_container_ref]);
  if (body.ca_tls_container_ref) await requireCaAndCrl(deps, projectId, body.ca_tls_container_ref, body.crl_container_ref ?? null);
}

/** Inserts a pool with its session persistence and answers its id. Members and monitor are the caller's. */
export async function insertPool(deps: Pick<ApiDependencies, 'config'>, change: Change, body: CompletePool): Promise<string> {
  const columns = { ...toColumns(pool, { ...body, ...tlsDefaults(deps, body) }), ...newChild(change), load_balancer_id: change.loadBalancer.id };
  await insertRow(change.trx, 'pool', columns);
  const persistence = body.session_persistence;
  if (persistence) {
    await change.trx.insertInto('session_persistence').values({
      pool_id: columns.id, type: persistence.type, cookie_name: persistence.cookie_name ?? null, persistence_timeout: persistence.persistence_timeout ?? null,
      persistence_granularity: persistence.persistence_granularity ?? null,
    }).execute();
  }
  await replaceTags(change.trx, columns.id, body.tags, true);
  return columns.id;
}

function tlsDefaults({ config }: Pick<ApiDependencies, 'config'>, body: CompletePool) {
  if (!body.tls_enabled) return {};
  const { api_settings: settings } = config;
  return {
    tls_ciphers: body.tls_ciphers ?? settings.default_pool_ciphers, tls_versions: body.tls_versions ?? settings.default_pool_tls_versions,
    alpn_protocols: body.alpn_protocols ?? settings.default_pool_alpn_protocols,
  };
}
