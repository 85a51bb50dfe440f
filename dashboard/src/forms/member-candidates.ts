import { useQuery } from '@tanstack/react-query';
import { listPorts, listServers, listSubnets, type Port, type Server, type Subnet } from '../api/cloud.ts';
import { useSession } from '../session/session.tsx';

/** An address that a member could be made of. */
export interface MemberCandidate {
  readonly key: string;
  readonly name: string;
  readonly address: string;
  readonly subnetId: string;
  readonly subnetName: string;
}

/** Addresses of servers and of ports nobody else uses, as Neutron and Nova tell. */
export function useMemberCandidates(): readonly MemberCandidate[] {
  const { session } = useSession();
  const options = { staleTime: 15_000, retry: false };
  const ports = useQuery({ ...options, queryKey: ['choices', 'ports'], queryFn: listPorts, enabled: session.services.includes('network') });
  const subnets = useQuery({ ...options, queryKey: ['choices', 'subnets'], queryFn: listSubnets, enabled: session.services.includes('network') });
  const servers = useQuery({ ...options, queryKey: ['choices', 'servers'], queryFn: listServers, enabled: session.services.includes('compute') });
  return candidatesOf(ports.data ?? [], servers.data ?? [], subnets.data ?? []);
}

function candidatesOf(ports: readonly Port[], servers: readonly Server[], subnets: readonly Subnet[]): readonly MemberCandidate[] {
  const names = new Map(servers.map(({ id, name }) => [id, name]));
  // Routers, DHCP agents and load balancers have ports too: those serve the network, not requests.
  const usable = ports.filter(({ device_owner: owner }) => owner === '' || owner.startsWith('compute:') || owner.startsWith('baremetal:') || owner.startsWith('kuryr:'));
  return usable.flatMap((port) => port.fixed_ips.map((fixed) => ({
    key: `${port.id} ${fixed.ip_address}`, name: names.get(port.device_id) ?? (port.name === '' ? port.id.slice(0, 8) : port.name), address: fixed.ip_address,
    subnetId: fixed.subnet_id, subnetName: subnets.find(({ id }) => id === fixed.subnet_id)?.name ?? '',
  })));
}
