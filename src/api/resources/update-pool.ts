import { pool } from '../../model/resources/pool.ts';
import type { UpdateBody } from '../../model/resources/resource.ts';
import { withNullsResolved } from '../../model/rules/null-meaning.ts';
import { checkSessionPersistence, type PersistenceOptions } from '../../model/rules/session-persistence.ts';
import { checkAlpnProtocols, checkCiphers, checkTlsVersions } from '../../model/rules/tls.ts';
import { validationFailure } from '../../model/violation.ts';
import { poolDict } from '../../providers/provider-models.ts';
import type { Database } from '../../store/database.ts';
import { readWholePool } from '../../store/resources/pool-parts.ts';
import { bareGraph } from '../../store/resources/provider-pieces.ts';
import { listenersOfPools, poolRelations } from '../../store/resources/relations.ts';
import { replaceTags, toColumns, updateRow } from '../../store/resources/write-rows.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { changeTree, type Change } from '../machinery/change-tree.ts';
import type { Handler } from '../machinery/define-routes.ts';
import { objectBody } from '../machinery/object-body.ts';
import { parseUpdate } from '../machinery/parse-body.ts';
import { ruleName } from '../machinery/read-handlers.ts';
import { sendJson } from '../machinery/respond.ts';
import { requireCaAndCrl, requireCertificates } from './certificate-checks.ts';
import { requireRow, requireStaying } from './child-rows.ts';

type PoolRow = Database['pool'];
type PoolChanges = UpdateBody<typeof pool>;

/** `PUT /pools/{id}` */
export function updatePool(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const body = parseUpdate(pool, request.body);
    const id = request.params['id'] ?? '';
    const row = await requireRow(deps.store.read, 'pool', 'Pool', id);
    deps.policy.enforce(ruleName(pool, 'put'), request.context, { project_id: row.project_id });
    const changes = withNullsResolved(pool, body, configuredDefaults(deps));
    await checkChanges(deps, row, body);
    const answer = await changeTree(deps, { loadBalancerId: row.load_balancer_id ?? '', context: request.context }, async (change) => {
      const current = await requireStaying(change.trx, 'pool', 'Pool', id);
      const persistence = await settlePersistence(change, current, body);
      const listeners = (await listenersOfPools(change.trx, [id])).get(id) ?? [];
      await change.markPending({ listeners });
      const whole = await readWholePool(change.trx, current);
      const { tags: _tags, ...given } = changes;
      const attributes = { ...given, ...(persistence !== undefined && { session_persistence: persistence }) };
      await change.provider((driver) => driver.poolUpdate(poolDict({ ...bareGraph(change.loadBalancer), pools: [whole] }, whole), { pool_id: id, ...attributes }));
      const status = current.provisioning_status === 'PENDING_CREATE' ? 'PENDING_CREATE' : 'PENDING_UPDATE';
      await updateRow(change.trx, 'pool', id, { ...toColumns(pool, changes), provisioning_status: status, updated_at: change.now });
      await storePersistence(change, id, persistence);
      await replaceTags(change.trx, id, body.tags);
      change.record('update', 'pool', id);
      return objectBody(change.trx, pool, id, poolRelations);
    });
    return sendJson(reply, 200, answer);
  };
}

/** Null on update means the configured ciphers and versions again; ALPN is cleared, as in the original. */
function configuredDefaults({ config }: ApiDependencies): Record<string, unknown> {
  return { tls_ciphers: config.api_settings.default_pool_ciphers, tls_versions: config.api_settings.default_pool_tls_versions };
}

async function checkChanges(deps: ApiDependencies, row: PoolRow, body: PoolChanges): Promise<void> {
  checkCiphers(body.tls_ciphers, deps.config.api_settings.tls_cipher_prohibit_list);
  checkTlsVersions(body.tls_versions, deps.config.api_settings.minimum_tls_version);
  checkAlpnProtocols(body.alpn_protocols);
  const crl = body.crl_container_ref === undefined ? row.crl_container_id : body.crl_container_ref;
  const ca = caAfter(row, body, crl);
  await requireCertificates(deps, row.project_id, [body.tls_container_ref]);
  const isTouched = body.ca_tls_container_ref !== undefined || body.crl_container_ref !== undefined;
  if (ca && isTouched) await requireCaAndCrl(deps, row.project_id, ca, crl ?? null);
}

function caAfter(row: PoolRow, body: PoolChanges, crl: string | null | undefined): string | null {
  const given = body.ca_tls_container_ref;
  if (given === undefined) {
    if (crl && !row.ca_tls_certificate_id) throw validationFailure('A CA reference is required to specify a certificate revocation list.');
    return row.ca_tls_certificate_id;
  }
  if (!given && crl && row.ca_tls_certificate_id) throw validationFailure('A CA reference cannot be removed when a certificate revocation list is present.');
  if (!given && crl) throw validationFailure('A CA reference is required to specify a certificate revocation list.');
  return given;
}

interface Persistence {
  readonly type: Exclude<PersistenceOptions['type'], null | undefined>;
  readonly cookie_name: string | null;
  readonly persistence_timeout: number | null;
  readonly persistence_granularity: string | null;
}

/** Undefined: unchanged; null: removed. A body without a type keeps the present one; everything else it leaves out is cleared. */
async function settlePersistence(change: Change, row: PoolRow, body: PoolChanges): Promise<Persistence | null | undefined> {
  const given: PersistenceOptions | null | undefined = body.session_persistence;
  if (!given) return given;
  const present = await change.trx.selectFrom('session_persistence').select('type').where('pool_id', '=', row.id).executeTakeFirst();
  const type = given.type ?? present?.type;
  checkSessionPersistence({ ...given, type }, row.protocol);
  if (!type) throw validationFailure('Invalid session_persistence provided.');
  return { type, cookie_name: given.cookie_name ?? null, persistence_timeout: given.persistence_timeout ?? null, persistence_granularity: given.persistence_granularity ?? null };
}

async function storePersistence(change: Change, poolId: string, persistence: Persistence | null | undefined): Promise<void> {
  if (persistence === undefined) return;
  await change.trx.deleteFrom('session_persistence').where('pool_id', '=', poolId).execute();
  if (persistence !== null) await change.trx.insertInto('session_persistence').values({ pool_id: poolId, ...persistence }).execute();
}
