import type { ApiDependencies } from '../dependencies.ts';
import { callProvider } from '../machinery/call-provider.ts';
import type { ApiRequest, Handler, Route } from '../machinery/define-routes.ts';
import { parseFields } from '../machinery/list-query.ts';
import { sendJson } from '../machinery/respond.ts';
import { providerCapabilities } from './provider-capabilities.ts';
import { enforceShared, literalParameter } from './shared-objects.ts';

/** Enabled providers and what their flavors and zones can set. These lists are not paged. */
export function providerRoutes(deps: ApiDependencies): Route[] {
  return [
    { method: 'GET', path: '/v2/providers', handler: listProviders(deps) },
    { method: 'GET', path: '/v2/providers/:provider/flavor_capabilities', handler: listCapabilities(deps, 'flavor') },
    { method: 'GET', path: '/v2/providers/:provider/availability_zone_capabilities', handler: listCapabilities(deps, 'availability_zone') },
  ];
}

function listProviders(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    enforceShared(deps, { policy: 'provider' }, 'get_all', request);
    return sendJson(reply, 200, { providers: entries(deps, request, deps.providers.enabled) });
  };
}

function listCapabilities(deps: ApiDependencies, kind: 'flavor' | 'availability_zone'): Handler {
  return async (request, reply) => {
    enforceShared(deps, { policy: kind === 'flavor' ? 'provider-flavor' : 'provider-availability-zone' }, 'get_all', request);
    const name = literalParameter(request, 'provider');
    const provider = providerCapabilities(deps.providers, name);
    const all = await callProvider(name, () => (kind === 'flavor' ? provider.getSupportedFlavorMetadata() : provider.getSupportedAvailabilityZoneMetadata()));
    const { name: wantedName, description: wantedDescription } = request.query;
    const fitting = new Map([...all].filter(([key, description]) => (!wantedName || key === wantedName) && (!wantedDescription || description === wantedDescription)));
    return sendJson(reply, 200, { [`${kind}_capabilities`]: entries(deps, request, fitting) });
  };
}

function entries(deps: ApiDependencies, request: ApiRequest, descriptions: ReadonlyMap<string, string>): unknown[] {
  const fields = parseFields(request.query, deps.config.api_settings);
  return [...descriptions].map(([name, description]) => Object.fromEntries(
    Object.entries({ name, description }).filter(([key]) => fields === null || fields.has(key)),
  ));
}
