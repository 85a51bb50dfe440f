import { createRecent } from '../../../openstack/recent.ts';
import type { JsonObject } from '../../../openstack/json.ts';
import type { ServiceClient } from '../../../openstack/service-client.ts';
import { ResourceNotFound } from '../../errors.ts';
import type { Port } from '../network-driver.ts';
import { decodePort } from './decode.ts';
import { asPortRefusal } from './refusals.ts';

/** Ports of Neutron, with a memory of what was last seen of each, so that nothing is written twice. */
export interface Ports {
  find(id: string): Promise<Port | null>;
  list(query: Readonly<Record<string, string | readonly string[]>>): Promise<readonly Port[]>;
  /** Throws AddressInUse, AddressesExhausted, PortRefused or what the service said. */
  create(body: PortBody): Promise<Port>;
  /** Throws ResourceNotFound. */
  update(id: string, change: JsonObject): Promise<Port>;
  remove(id: string): Promise<void>;
  /** What this process saw or wrote within the last minutes; null when it does not know. */
  recall(id: string): Promise<Port | null>;
  forget(ids: readonly string[]): void;
}

export interface PortBody {
  readonly name: string;
  readonly network_id: string;
  readonly fixed_ips?: readonly { readonly subnet_id?: string; readonly ip_address?: string }[];
  readonly [name: string]: unknown;
}

const REMEMBERED_MS = 300_000;

export function createPorts(neutron: ServiceClient, now?: () => number): Ports {
  const seen = createRecent<Port>(REMEMBERED_MS, now === undefined ? {} : { now });
  const note = (raw: JsonObject): Port => {
    const port = decodePort(raw);
    seen.set(port.id, port);
    return port;
  };
  return {
    async find(id) {
      const raw = await neutron.object('GET', `/ports/${id}`, 'port', { accept: [404] });
      return raw === null ? null : note(raw);
    },
    async list(query) {
      return (await neutron.list('/ports', 'ports', { query })).map(note);
    },
    async create(body) {
      const addresses = (body.fixed_ips ?? []).flatMap(({ ip_address: address }) => address ?? []);
      try {
        return note((await neutron.object('POST', '/ports', 'port', { body: { port: body } })) ?? {});
      } catch (error) {
        throw asPortRefusal(error, { networkId: body.network_id, addresses });
      }
    },
    async update(id, change) {
      seen.forget(id);
      const raw = await neutron.object('PUT', `/ports/${id}`, 'port', { body: { port: change }, accept: [404] });
      if (raw === null) throw new ResourceNotFound('Port', id);
      return note(raw);
    },
    async remove(id) {
      seen.forget(id);
      await neutron.remove(`/ports/${id}`);
    },
    recall: async (id) => (await seen.peek(id)) ?? null,
    forget: (ids) => {
      for (const id of ids) seen.forget(id);
    },
  };
}
