import { isIPv4 } from 'node:net';
import type { L4Service } from '../../l4/l4-service.ts';
import { normalAddress } from '../interfaces/plan-interface.ts';
import type { World } from '../world.ts';

/** Flows of each member in the kernel's connection table; members without any are in the map with 0. */
export async function countFlows(service: L4Service, world: World): Promise<ReadonlyMap<string, number>> {
  const members = service.pool?.members ?? [];
  if (members.length === 0) return new Map();
  const listings = await Promise.all(service.vips.map(async (vip) => {
    const words = ['conntrack', '-L', '-f', isIPv4(vip.address) ? 'ipv4' : 'ipv6', '-p', service.protocol.toLowerCase(), '--orig-dst', vip.address, '--orig-port-dst', String(vip.port)];
    return (await world.runInNetwork(words)).stdout;
  }));
  return countByMember(service, listings.join('\n'));
}

/** Lines of `conntrack -L`: the second src and sport are the member's, who answers. */
export function countByMember(service: L4Service, listing: string): ReadonlyMap<string, number> {
  const members = service.pool?.members ?? [];
  const byEndpoint = new Map(members.map((member) => [`${normalAddress(member.address)} ${member.port}`, member.id]));
  const counts = new Map(members.map((member) => [member.id, 0]));
  for (const line of listing.split('\n')) {
    const [, , source] = /src=(\S+).*?src=(\S+)/.exec(line) ?? [];
    const port = /sport=\d+.*?sport=(\d+)/.exec(line)?.[1];
    const id = source === undefined || port === undefined ? undefined : byEndpoint.get(`${normalAddress(source)} ${port}`);
    if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}
