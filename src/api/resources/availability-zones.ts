import { NIL_UUID } from '../../model/enums.ts';
import { availabilityZone } from '../../model/resources/availability-zone.ts';
import { withNullsResolved } from '../../model/rules/null-meaning.ts';
import { invalidOption } from '../../model/violation.ts';
import { DuplicateKey, ForeignKeyMissing } from '../../store/errors.ts';
import { insertRow, toColumns } from '../../store/resources/write-rows.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { transaction } from '../machinery/change-tree.ts';
import type { Handler, Route } from '../machinery/define-routes.ts';
import { objectInUse, recordAlreadyExists } from '../machinery/faults.ts';
import { parseCreate, parseUpdate } from '../machinery/parse-body.ts';
import { sendEmpty, sendJson } from '../machinery/respond.ts';
import { enforceShared, listShared, pathId, requireShared, sharedBody, showShared } from './shared-objects.ts';

export function availabilityZoneRoutes(deps: ApiDependencies): Route[] {
  const collection = '/v2/availabilityzones';
  return [
    { method: 'GET', path: collection, handler: listShared(deps, availabilityZone) },
    { method: 'POST', path: collection, handler: createZone(deps) },
    { method: 'GET', path: `${collection}/:id`, handler: showShared(deps, availabilityZone) },
    { method: 'PUT', path: `${collection}/:id`, handler: updateZone(deps) },
    { method: 'DELETE', path: `${collection}/:id`, handler: deleteZone(deps) },
  ];
}

function createZone(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const body = parseCreate(availabilityZone, request.body);
    enforceShared(deps, availabilityZone, 'post', request);
    try {
      const answer = await transaction(deps, async (trx) => {
        await insertRow(trx, 'availability_zone', { enabled: true, ...toColumns(availabilityZone, body) });
        return sharedBody(trx, availabilityZone, body.name);
      });
      return sendJson(reply, 201, answer);
    } catch (error) {
      if (error instanceof DuplicateKey) throw recordAlreadyExists('availability zone', body.name);
      if (error instanceof ForeignKeyMissing) throw invalidOption(body.availability_zone_profile_id, 'availability_zone_profile_id');
      throw error;
    }
  };
}

function updateZone(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const body = parseUpdate(availabilityZone, request.body);
    enforceShared(deps, availabilityZone, 'put', request);
    const name = pathId(request, availabilityZone);
    const changes = toColumns(availabilityZone, withNullsResolved(availabilityZone, body));
    const answer = await transaction(deps, async (trx) => {
      await requireShared(trx, availabilityZone, name);
      if (Object.keys(changes).length > 0) await trx.updateTable('availability_zone').set(changes).where('name', '=', name).execute();
      return sharedBody(trx, availabilityZone, name);
    });
    return sendJson(reply, 200, answer);
  };
}

/** Load balancers that are deleted but not purged yet move to the placeholder; living ones keep the zone. */
function deleteZone(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    enforceShared(deps, availabilityZone, 'delete', request);
    const name = pathId(request, availabilityZone);
    try {
      await transaction(deps, async (trx) => {
        await requireShared(trx, availabilityZone, name);
        await trx.updateTable('load_balancer').set({ availability_zone: NIL_UUID }).where('availability_zone', '=', name).where('provisioning_status', '=', 'DELETED').execute();
        await trx.deleteFrom('availability_zone').where('name', '=', name).execute();
      });
    } catch (error) {
      if (error instanceof ForeignKeyMissing) throw objectInUse('Availability Zone', name);
      throw error;
    }
    return sendEmpty(reply, 204);
  };
}
