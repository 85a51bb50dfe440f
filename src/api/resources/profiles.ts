import { randomUUID } from 'node:crypto';
import { NIL_UUID } from '../../model/enums.ts';
import { isJsonObject } from '../../model/resources/decode-body.ts';
import type { Resource } from '../../model/resources/resource.ts';
import { withNullsResolved } from '../../model/rules/null-meaning.ts';
import { invalidOption, pythonText } from '../../model/violation.ts';
import type { ProviderCapabilities, ProviderDict } from '../../providers/provider-driver.ts';
import type { Trx } from '../../store/database.ts';
import { ForeignKeyMissing } from '../../store/errors.ts';
import { insertRow, toColumns, updateRow } from '../../store/resources/write-rows.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { callProvider } from '../machinery/call-provider.ts';
import { transaction } from '../machinery/change-tree.ts';
import type { ApiRequest, Handler, Route } from '../machinery/define-routes.ts';
import { notFound, objectInUse, providerLacksOption } from '../machinery/faults.ts';
import { parseCreate, parseUpdate } from '../machinery/parse-body.ts';
import { sendEmpty, sendJson } from '../machinery/respond.ts';
import { providerCapabilities } from './provider-capabilities.ts';
import { enforceShared, listShared, requireShared, sharedBody, showShared } from './shared-objects.ts';

/** What tells flavor profiles and availability zone profiles apart. */
export interface ProfileKind {
  readonly resource: Resource;
  readonly table: 'flavor_profile' | 'availability_zone_profile';
  readonly collection: string;
  /** Field with the settings, JSON as text. */
  readonly dataField: 'flavor_data' | 'availability_zone_data';
  /** As the original calls it when it is in use. */
  readonly label: string;
  readonly validate: (provider: ProviderCapabilities, data: ProviderDict) => Promise<void>;
  readonly isInUse: (trx: Trx, id: string) => Promise<boolean>;
}

/** List, create, show, update and delete of one kind of profile. The provider judges the settings before anything is stored. */
export function profileRoutes(deps: ApiDependencies, kind: ProfileKind): Route[] {
  const { collection, resource } = kind;
  return [
    { method: 'GET', path: collection, handler: listShared(deps, resource) },
    { method: 'POST', path: collection, handler: createProfile(deps, kind) },
    { method: 'GET', path: `${collection}/:id`, handler: showShared(deps, resource) },
    { method: 'PUT', path: `${collection}/:id`, handler: updateProfile(deps, kind) },
    { method: 'DELETE', path: `${collection}/:id`, handler: deleteProfile(deps, kind) },
  ];
}

function createProfile(deps: ApiDependencies, kind: ProfileKind): Handler {
  return async (request, reply) => {
    const body: Readonly<Record<string, unknown>> = parseCreate(kind.resource, request.body);
    enforceShared(deps, kind.resource, 'post', request);
    await validateData(deps, kind, String(body['provider_name']), String(body[kind.dataField]));
    const id = randomUUID();
    const answer = await transaction(deps, async (trx) => {
      await insertRow(trx, kind.table, { id, ...toColumns(kind.resource, body) });
      return sharedBody(trx, kind.resource, id);
    });
    return sendJson(reply, 201, answer);
  };
}

function updateProfile(deps: ApiDependencies, kind: ProfileKind): Handler {
  return async (request, reply) => {
    const body: Readonly<Record<string, unknown>> = parseUpdate(kind.resource, request.body);
    enforceShared(deps, kind.resource, 'put', request);
    const id = idOf(request, kind);
    const changes = withNullsResolved(kind.resource, body);
    const data = changes[kind.dataField];
    if (typeof data === 'string') await validateData(deps, kind, await providerOf(deps, kind, id, changes), data);
    const answer = await transaction(deps, async (trx) => {
      await requireShared(trx, kind.resource, id);
      if ((data !== undefined || changes['provider_name'] !== undefined) && (await kind.isInUse(trx, id))) throw objectInUse(kind.label, id);
      await updateRow(trx, kind.table, id, toColumns(kind.resource, changes));
      return sharedBody(trx, kind.resource, id);
    });
    return sendJson(reply, 200, answer);
  };
}

function deleteProfile(deps: ApiDependencies, kind: ProfileKind): Handler {
  return async (request, reply) => {
    enforceShared(deps, kind.resource, 'delete', request);
    const id = idOf(request, kind);
    try {
      await transaction(deps, async (trx) => {
        if (await kind.isInUse(trx, id)) throw objectInUse(kind.label, id);
        const deleted = await trx.deleteFrom(kind.table).where('id', '=', id).executeTakeFirst();
        if (deleted.numDeletedRows === 0n) throw notFound(kind.label, id);
      });
    } catch (error) {
      if (error instanceof ForeignKeyMissing) throw objectInUse(kind.label, id);
      throw error;
    }
    return sendEmpty(reply, 204);
  };
}

function idOf(request: ApiRequest, kind: ProfileKind): string {
  const id = request.params['id'] ?? '';
  if (id === NIL_UUID) throw notFound(kind.label, id);
  return id;
}

async function providerOf(deps: ApiDependencies, kind: ProfileKind, id: string, changes: Readonly<Record<string, unknown>>): Promise<string> {
  const given = changes['provider_name'];
  if (typeof given === 'string') return given;
  return String((await requireShared(deps.store.read, kind.resource, id))['provider_name']);
}

async function validateData(deps: ApiDependencies, kind: ProfileKind, provider: string, text: string): Promise<void> {
  const data = parseData(kind, text);
  const capabilities = providerCapabilities(deps.providers, provider);
  // Quoted as Python shows a value inside of a list.
  if (!isJsonObject(data)) throw providerLacksOption(provider, `${pythonText([data]).slice(1, -1)} is not of type 'object'`);
  await callProvider(provider, () => kind.validate(capabilities, data));
}

function parseData(kind: ProfileKind, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw invalidOption(text, kind.dataField);
    throw error;
  }
}
