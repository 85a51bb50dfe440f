import type { Config } from '../../config/config.ts';
import { numberOf, objectOf, type JsonObject } from '../../openstack/json.ts';
import type { ServiceClient } from '../../openstack/service-client.ts';
import { failure, note, ok, type Finding } from './finding.ts';

/** What is left of one kind; null when there is no limit. */
export interface Room {
  readonly kind: string;
  readonly used: number;
  readonly limit: number | null;
}

/** Below this share a quota deserves a word, and at nothing it stops new load balancers. */
const SCARCE = 0.1;

/** The service project holds the servers, ports and groups of everybody's load balancers. */
export function judgeQuota(service: string, rooms: readonly Room[], fix: string): Finding {
  const left = (room: Room): number => (room.limit === null ? Number.POSITIVE_INFINITY : room.limit - room.used);
  const say = (some: readonly Room[]): string => some.map(({ kind, used, limit }) => `${kind} ${used} of ${limit ?? 'unlimited'}`).join(', ');
  const spent = rooms.filter((room) => left(room) <= 0);
  if (spent.length > 0) return failure('quota', service, `used up: ${say(spent)}`, fix);
  const scarce = rooms.filter((room) => left(room) < (room.limit ?? 0) * SCARCE);
  if (scarce.length > 0) return note('quota', service, `nearly used up: ${say(scarce)}`, fix);
  const limited = rooms.filter(({ limit }) => limit !== null);
  return limited.length === 0 ? ok('quota', service, 'unlimited') : ok('quota', service, say(limited));
}

/** Servers, processors, memory and, where pairs are kept apart, server groups. */
export async function checkComputeQuota(nova: ServiceClient, { nova: { enable_anti_affinity: usesGroups } }: Config): Promise<Finding> {
  const absolute = objectOf(objectOf(objectOf((await nova.send('GET', '/limits')).body)['limits'])['absolute']);
  const room = (kind: string, used: string, limit: string): Room[] => {
    const most = numberOf(absolute[limit]);
    return most === null ? [] : [{ kind, used: numberOf(absolute[used]) ?? 0, limit: most < 0 ? null : most }];
  };
  const rooms = [
    ...room('instances', 'totalInstancesUsed', 'maxTotalInstances'), ...room('cores', 'totalCoresUsed', 'maxTotalCores'), ...room('ram', 'totalRAMUsed', 'maxTotalRAMSize'),
    ...(usesGroups ? room('server groups', 'totalServerGroupsUsed', 'maxServerGroups') : []),
  ];
  return judgeQuota('Nova', rooms, 'openstack quota set --instances -1 --cores -1 --ram -1 --server-groups -1 PROJECT');
}

/** Ports and security groups, as an administrator sees them. */
export async function checkNetworkQuota(neutron: ServiceClient, projectId: string): Promise<Finding> {
  const quota = (await neutron.object('GET', `/quotas/${projectId}/details.json`, 'quota', { accept: [404] })) ?? {};
  const rooms = ['port', 'security_group', 'security_group_rule'].flatMap((kind) => roomOf(kind, objectOf(quota[kind])));
  if (rooms.length === 0) return note('quota', 'Neutron', 'is not told in detail (extension quota_details)');
  return judgeQuota('Neutron', rooms, 'openstack quota set --ports -1 --secgroups -1 --secgroup-rules -1 PROJECT');
}

function roomOf(kind: string, quota: JsonObject): Room[] {
  const limit = numberOf(quota['limit']);
  return limit === null ? [] : [{ kind: kind.replaceAll('_', ' '), used: (numberOf(quota['used']) ?? 0) + (numberOf(quota['reserved']) ?? 0), limit: limit < 0 ? null : limit }];
}
