import { textOf, type JsonObject } from '../../../openstack/json.ts';
import { isDoubtful } from '../../../openstack/keystone/service-failure.ts';
import type { ServiceClient } from '../../../openstack/service-client.ts';

/** Server groups `octavia-lb-<id>`, which keep the amphorae of a pair on different hosts. */
export interface ServerGroups {
  /** `isNew`: there is certainly none yet. */
  ensure(loadBalancerId: string, isNew: boolean): Promise<string>;
  find(loadBalancerId: string): Promise<string | null>;
  /** Gone already is success. */
  remove(serverGroupId: string): Promise<void>;
}

/** Nova gives at most this many at once or what its own max_limit says, and no filter by name. */
const PAGE = 1000;

export function createServerGroups(nova: ServiceClient, policy: string): ServerGroups {
  const find = async (name: string): Promise<JsonObject | null> => {
    const seen = new Set<unknown>();
    for (;;) {
      const page = await nova.list('/os-server-groups', 'server_groups', { query: { limit: PAGE, offset: seen.size } });
      const found = page.find((group) => group['name'] === name);
      // A page may be short of the limit and not the last one: that one brings nothing new.
      if (found !== undefined || page.every(({ id }) => seen.has(id))) return found ?? null;
      for (const { id } of page) seen.add(id);
    }
  };
  const create = async (name: string): Promise<JsonObject> => {
    try {
      return (await nova.object('POST', '/os-server-groups', 'server_group', { body: { server_group: { name, policies: [policy] } } })) ?? {};
    } catch (error) {
      // A group that was made although the answer got lost would be recorded nowhere, and so never removed.
      const made = isDoubtful(error) ? await find(name) : null;
      if (made === null) throw error;
      return made;
    }
  };
  return {
    async ensure(loadBalancerId, isNew) {
      const name = `octavia-lb-${loadBalancerId}`;
      return textOf(((isNew ? null : await find(name)) ?? (await create(name)))['id']) ?? '';
    },
    async find(loadBalancerId) {
      return textOf((await find(`octavia-lb-${loadBalancerId}`))?.['id']);
    },
    async remove(serverGroupId) {
      await nova.remove(`/os-server-groups/${serverGroupId}`);
    },
  };
}
