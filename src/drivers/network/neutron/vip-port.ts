import { reasonOf } from '../../../lib/errors.ts';
import type { LoadBalancerGraph } from '../../../model/graph.ts';
import { isSameIp } from '../../../model/ip.ts';
import { isDoubtful } from '../../../openstack/keystone/service-failure.ts';
import { DriverFailure, ResourceNotFound } from '../../errors.ts';
import { macOfEui64 } from '../local/allocate-address.ts';
import type { AllocatedVip, FixedIp, Port, VipRequest } from '../network-driver.ts';
import type { NetworkDirectory } from './network-directory.ts';
import type { Ports } from './ports.ts';

/** Reserves the VIP and the additional VIPs on one port, or adopts the user's own. Nothing is left when it fails. */
export async function allocateVip(ports: Ports, request: VipRequest): Promise<AllocatedVip> {
  if (request.portId !== null) {
    const port = await ports.find(request.portId);
    if (port === null) throw new ResourceNotFound('Port', request.portId);
    return describeVip(port, false, request, request.additional);
  }
  const { loadBalancerId } = request;
  try {
    return describeVip(await createVipPort(ports, request), true, request, request.additional);
  } catch (error) {
    if (isDoubtful(error)) await discard(ports, loadBalancerId, error);
    throw error;
  }
}

/** The VIP port as it is; made again with the same addresses when someone deleted it. */
export async function ensureVip(ports: Ports, directory: NetworkDirectory, loadBalancer: LoadBalancerGraph): Promise<AllocatedVip> {
  const { vip, id } = loadBalancer;
  const found = (vip.portId === null ? null : await ports.find(vip.portId)) ?? (await listOurs(ports, loadBalancer))[0];
  const additional = loadBalancer.additionalVips.map(({ subnetId, ipAddress }) => ({ subnetId, ipAddress }));
  if (found !== undefined) return describeVip(found, vip.octaviaOwned || found.deviceId === deviceId(id), vip, additional);
  const { networkId } = vip;
  if (networkId === null) throw new ResourceNotFound('Network of load balancer', id);
  const { automaticSubnetIds } = await directory.view(networkId);
  const isAutomatic = ({ subnetId }: Wanted): boolean => subnetId !== null && automaticSubnetIds.has(subnetId);
  // Neutron takes no address on such a subnet; the one that it gives follows from the port's MAC.
  const macAddress = [vip, ...additional].filter(isAutomatic).map(({ ipAddress }) => macOfEui64(ipAddress ?? '')).find((mac) => mac !== null);
  const asTaken = (wanted: Wanted): Wanted => (macAddress !== undefined && isAutomatic(wanted) ? { ...wanted, ipAddress: null } : wanted);
  const port = await createVipPort(ports, {
    loadBalancerId: id, projectId: loadBalancer.projectId, networkId, ...asTaken({ subnetId: vip.subnetId, ipAddress: vip.ipAddress }), securityGroupIds: vip.securityGroupIds,
    additional: additional.map(asTaken), ...(macAddress !== undefined && { macAddress }),
  });
  return describeVip(port, true, vip, additional);
}

/** Deletes what Octavia made, however often it was made; the user's own port loses our security groups and is his again. */
export async function removeVip(ports: Ports, loadBalancer: LoadBalancerGraph, groupIds: () => Promise<readonly string[]>): Promise<void> {
  const { portId, octaviaOwned } = loadBalancer.vip;
  const ours = new Set((await listOurs(ports, loadBalancer)).filter(({ id }) => octaviaOwned || id !== portId).map(({ id }) => id));
  if (octaviaOwned && portId !== null) ours.add(portId);
  await Promise.all([...ours].map((id) => ports.remove(id)));
  if (octaviaOwned || portId === null) return;
  const adopted = await ports.find(portId);
  const groups = await groupIds();
  if (adopted === null || !adopted.securityGroupIds.some((id) => groups.includes(id))) return;
  await ports.update(portId, { security_groups: adopted.securityGroupIds.filter((id) => !groups.includes(id)) });
}

/** Any project may give its own ports that device; VIP ports are of the load balancer's project. */
async function listOurs(ports: Ports, { id, projectId }: LoadBalancerGraph): Promise<readonly Port[]> {
  return (await ports.list({ device_id: deviceId(id) })).filter((port) => projectId === null || [projectId, null].includes(port.projectId));
}

type NewVip = Pick<VipRequest, 'loadBalancerId' | 'projectId' | 'networkId' | 'securityGroupIds'> & Wanted & { readonly additional: readonly Wanted[]; readonly macAddress?: string };
interface Wanted { readonly subnetId: string | null; readonly ipAddress: string | null }

function createVipPort(ports: Ports, { loadBalancerId, projectId, networkId, securityGroupIds, additional, macAddress, ...vip }: NewVip): Promise<Port> {
  const fixedIps = [vip, ...additional].filter((one) => one.subnetId !== null || one.ipAddress !== null).map((one) => ({
    ...(one.subnetId !== null && { subnet_id: one.subnetId }), ...(one.ipAddress !== null && { ip_address: one.ipAddress }),
  }));
  return ports.create({
    name: `octavia-lb-${loadBalancerId}`, network_id: networkId, admin_state_up: false, device_id: deviceId(loadBalancerId), device_owner: 'Octavia',
    ...(projectId !== null && { project_id: projectId }), ...(macAddress !== undefined && { mac_address: macAddress }), ...(fixedIps.length > 0 && { fixed_ips: fixedIps }),
    ...(securityGroupIds.length > 0 && { security_groups: securityGroupIds }),
  });
}

/** The answer got lost: the port may be there all the same, and nobody would ever ask for it. */
async function discard(ports: Ports, loadBalancerId: string, cause: unknown): Promise<void> {
  try {
    await Promise.all((await ports.list({ device_id: deviceId(loadBalancerId) })).map(({ id }) => ports.remove(id)));
  } catch (error) {
    const reason = `${reasonOf(cause)} A port octavia-lb-${loadBalancerId} may be left: ${reasonOf(error)}`;
    throw new DriverFailure('Neutron', 'create VIP port', reason, { cause });
  }
}

function describeVip(port: Port, octaviaOwned: boolean, primary: Wanted, additional: readonly Wanted[]): AllocatedVip {
  const [main, ...others] = addressesFor(port, [primary, ...additional]);
  if (main === undefined) throw new ResourceNotFound('VIP address', port.id);
  return {
    ipAddress: main.ipAddress, portId: port.id, subnetId: main.subnetId, networkId: port.networkId, octaviaOwned,
    additional: others.map(({ ipAddress, subnetId }) => ({ ipAddress, subnetId, portId: port.id, networkId: port.networkId })),
  };
}

/** Which of the port's addresses answers each wish; named ones are given away first. */
function addressesFor(port: Port, wanted: readonly Wanted[]): readonly FixedIp[] {
  const free = [...port.fixedIps];
  const chosen = new Map<Wanted, FixedIp>();
  for (const wish of wanted.toSorted((one, other) => Number(one.ipAddress === null) - Number(other.ipAddress === null))) {
    const index = free.findIndex(({ subnetId, ipAddress }) =>
      (wish.subnetId === null || subnetId === wish.subnetId) && (wish.ipAddress === null || isSameIp(ipAddress, wish.ipAddress)));
    const [fixed] = index < 0 ? [] : free.splice(index, 1);
    if (fixed === undefined) throw new ResourceNotFound('VIP address', wish.ipAddress ?? wish.subnetId ?? port.id);
    chosen.set(wish, fixed);
  }
  return wanted.flatMap((wish) => chosen.get(wish) ?? []);
}

function deviceId(loadBalancerId: string): string {
  return `lb-${loadBalancerId}`;
}
