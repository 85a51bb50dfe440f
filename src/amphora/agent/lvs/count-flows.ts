import { isIPv4 } from 'node:net';
import type { L4Service } from '../../l4/l4-service.ts';
import { normalAddress } from '../interfaces/plan-interface.ts';
import type { World } from '../world.ts';

/**
 * Prints `src=ADDRESS sport=PORT COUNT` for each answering side of `conntrack -L`, whose second src and sport are the
 * member's. A busy service has a line for each of hundreds of thousands of flows, more than an answer may hold.
 */
const COUNT_ANSWERING = `{ conntrack "$@" || echo failed; } | awk '
  $1 == "failed" { failed = 1; exit }
  { sides = 0; port = ""; for (i = 1; i <= NF; i++) if ($i ~ /^src=/) { sides++; address = $i } else if ($i ~ /^sport=/ && sides == 2) port = $i }
  port != "" { count[address " " port]++ }
  END { if (failed) exit 1; for (side in count) print side, count[side] }'`;

/** Flows of each member in the kernel's connection table; members without any are in the map with 0. */
export async function countFlows(service: L4Service, world: World): Promise<ReadonlyMap<string, number>> {
  const members = service.pool?.members ?? [];
  if (members.length === 0) return new Map();
  const listings = await Promise.all(service.vips.map(async (vip) => {
    const words = ['sh', '-c', COUNT_ANSWERING, 'conntrack', '-L', '-f', isIPv4(vip.address) ? 'ipv4' : 'ipv6', '-p', service.protocol.toLowerCase(), '--orig-dst', vip.address, '--orig-port-dst', String(vip.port)];
    return (await world.runInNetwork(words)).stdout;
  }));
  return countByMember(service, listings.join('\n'));
}

/** Lines as COUNT_ANSWERING prints them. */
function countByMember(service: L4Service, listing: string): ReadonlyMap<string, number> {
  const members = service.pool?.members ?? [];
  const byEndpoint = new Map(members.map((member) => [`${normalAddress(member.address)} ${member.port}`, member.id]));
  const counts = new Map(members.map((member) => [member.id, 0]));
  for (const [, address = '', port = '', count] of listing.matchAll(/^src=(\S+) sport=(\d+) (\d+)$/gm)) {
    const id = byEndpoint.get(`${normalAddress(address)} ${port}`);
    if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + Number(count));
  }
  return counts;
}
