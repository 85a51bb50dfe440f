import { randomUUID } from 'node:crypto';
import { NIL_UUID } from '../../model/enums.ts';
import { flavor } from '../../model/resources/flavor.ts';
import { withNullsResolved } from '../../model/rules/null-meaning.ts';
import { invalidOption } from '../../model/violation.ts';
import { DuplicateKey, ForeignKeyMissing } from '../../store/errors.ts';
import { insertRow, toColumns, updateRow } from '../../store/resources/write-rows.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { transaction } from '../machinery/change-tree.ts';
import type { Handler, Route } from '../machinery/define-routes.ts';
import { objectInUse, recordAlreadyExists } from '../machinery/faults.ts';
import { parseCreate, parseUpdate } from '../machinery/parse-body.ts';
import { sendEmpty, sendJson } from '../machinery/respond.ts';
import { enforceShared, listShared, requireShared, sharedBody, showShared } from './shared-objects.ts';

export function flavorRoutes(deps: ApiDependencies): Route[] {
  const collection = '/v2/flavors';
  return [
    { method: 'GET', path: collection, handler: listShared(deps, flavor) },
    { method: 'POST', path: collection, handler: createFlavor(deps) },
    { method: 'GET', path: `${collection}/:id`, handler: showShared(deps, flavor) },
    { method: 'PUT', path: `${collection}/:id`, handler: updateFlavor(deps) },
    { method: 'DELETE', path: `${collection}/:id`, handler: deleteFlavor(deps) },
  ];
}

function createFlavor(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const body = parseCreate(flavor, request.body);
    enforceShared(deps, flavor, 'post', request);
    const id = randomUUID();
    const answer = await namingConflicts(body.name, body.flavor_profile_id, () => transaction(deps, async (trx) => {
      await insertRow(trx, 'flavor', { id, enabled: true, ...toColumns(flavor, body) });
      return sharedBody(trx, flavor, id);
    }));
    return sendJson(reply, 201, answer);
  };
}

function updateFlavor(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const body = parseUpdate(flavor, request.body);
    enforceShared(deps, flavor, 'put', request);
    const id = request.params['id'] ?? '';
    const changes = withNullsResolved(flavor, body);
    const answer = await namingConflicts(body.name ?? '', '', () => transaction(deps, async (trx) => {
      await requireShared(trx, flavor, id);
      await updateRow(trx, 'flavor', id, toColumns(flavor, changes));
      return sharedBody(trx, flavor, id);
    }));
    return sendJson(reply, 200, answer);
  };
}

/** Load balancers that are deleted but not purged yet move to the placeholder; living ones keep the flavor. */
function deleteFlavor(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    enforceShared(deps, flavor, 'delete', request);
    const id = request.params['id'] ?? '';
    try {
      await transaction(deps, async (trx) => {
        await requireShared(trx, flavor, id);
        await trx.updateTable('load_balancer').set({ flavor_id: NIL_UUID }).where('flavor_id', '=', id).where('provisioning_status', '=', 'DELETED').execute();
        await trx.deleteFrom('flavor').where('id', '=', id).execute();
      });
    } catch (error) {
      if (error instanceof ForeignKeyMissing) throw objectInUse('Flavor', id);
      throw error;
    }
    return sendEmpty(reply, 204);
  };
}

async function namingConflicts<T>(name: string, profileId: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DuplicateKey) throw recordAlreadyExists('flavor', name);
    if (error instanceof ForeignKeyMissing) throw invalidOption(profileId, 'flavor_profile_id');
    throw error;
  }
}
