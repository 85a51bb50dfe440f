import type { Port, Subnet } from '../../drivers/network/network-driver.ts';
import { cidrContains, isSameIp, parseCidr, parseIp } from '../../model/ip.ts';
import type { loadBalancer } from '../../model/resources/load-balancer.ts';
import type { CreateBody } from '../../model/resources/resource.ts';
import { validationFailure } from '../../model/violation.ts';
import type { RequestContext } from '../auth/request-context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { subresourceNotFound } from '../machinery/faults.ts';
import { requireNetwork, requirePort, requireQosPolicy, requireSecurityGroups, requireSubnet } from './network-checks.ts';

export type LoadBalancerBody = CreateBody<typeof loadBalancer>;

/** The virtual addresses a body asks for, with everything derivable filled in. */
export interface RequestedVip {
  readonly networkId: string;
  readonly subnetId: string | null;
  readonly address: string | null;
  readonly portId: string | null;
  readonly qosPolicyId: string | null;
  readonly securityGroupIds: readonly string[];
  readonly additional: readonly { readonly subnetId: string; readonly address: string | null; readonly portId: string | null }[];
}

type VipDependencies = Pick<ApiDependencies, 'network' | 'config'>;
type Place = Pick<RequestedVip, 'networkId' | 'subnetId' | 'address' | 'portId'>;

/** Resolves port, network and subnet in the original's order of precedence; throws its 400s (contracts 5.3). */
export async function resolveVip(deps: VipDependencies, context: RequestContext, body: LoadBalancerBody): Promise<RequestedVip> {
  checkAllowed(deps, body);
  const port = body.vip_port_id ? await requirePort(deps, context, body.vip_port_id) : null;
  const place = port ? await placeOfPort(deps, port, body, await portSubnet(deps, context, body)) : await placeOf(deps, context, body);
  const qosPolicyId = body.vip_qos_policy_id === undefined ? (port?.qosPolicyId ?? null) : body.vip_qos_policy_id;
  if (qosPolicyId) await requireQosPolicy(deps, context, qosPolicyId);
  const additional = (body.additional_vips ?? []).map((extra) => ({ subnetId: extra.subnet_id, address: extra.ip_address ?? null, portId: extra.port_id ?? null }));
  await checkAdditional(deps, place, additional, port);
  await requireSecurityGroups(deps, context, body.vip_sg_ids ?? []);
  return { ...place, qosPolicyId, securityGroupIds: body.vip_sg_ids ?? [], additional };
}

function checkAllowed({ config }: VipDependencies, body: LoadBalancerBody): void {
  const switches = { vip_port_id: config.networking.allow_vip_port_id, vip_network_id: config.networking.allow_vip_network_id, vip_subnet_id: config.networking.allow_vip_subnet_id };
  const names = ['vip_port_id', 'vip_network_id', 'vip_subnet_id'] as const;
  for (const name of names) {
    if (body[name] && !switches[name]) throw validationFailure(`use of ${name} is disallowed by this deployment's configuration.`);
  }
  if (!names.some((name) => body[name])) throw validationFailure(`VIP must contain one of: ${names.filter((name) => switches[name]).join(', ')}.`);
}

async function portSubnet(deps: VipDependencies, context: RequestContext, body: LoadBalancerBody): Promise<string | null> {
  return body.vip_subnet_id ? (await requireSubnet(deps, context, body.vip_subnet_id)).id : null;
}

/** A user's own, unbound port brings network, subnet and address. */
async function placeOfPort(deps: VipDependencies, port: Port, body: LoadBalancerBody, subnetId: string | null): Promise<Place> {
  if (port.deviceId) throw validationFailure(`Port ${port.id} is already used by device ${port.deviceId} `);
  const at = (address: string | null, subnet: string | null) => ({ networkId: port.networkId, subnetId: subnet, address, portId: port.id });
  const wanted = body.vip_address;
  if (subnetId !== null) {
    const inSubnet = port.fixedIps.filter((ip) => ip.subnetId === subnetId);
    const fixed = inSubnet.find((ip) => wanted && isSameIp(ip.ipAddress, wanted)) ?? inSubnet[0];
    if (fixed) return at(fixed.ipAddress, subnetId);
    if (wanted && (await deps.network.getNetwork(port.networkId)).holdsAnySubnet) return at(wanted, subnetId);
    throw validationFailure('No VIP address found on the specified VIP port within the specified subnet.');
  }
  if (wanted) {
    const fixed = port.fixedIps.find((ip) => isSameIp(ip.ipAddress, wanted));
    if (!fixed) throw validationFailure('Specified VIP address not found on the specified VIP port.');
    return at(wanted, fixed.subnetId);
  }
  const [only, ...others] = port.fixedIps;
  if (!only || others.length > 0) throw validationFailure("VIP port's subnet could not be determined. Please specify either a VIP subnet or address.");
  return at(only.ipAddress, only.subnetId);
}

async function placeOf(deps: VipDependencies, context: RequestContext, body: LoadBalancerBody): Promise<Place> {
  const address = body.vip_address ?? null;
  if (!body.vip_network_id) {
    const subnet = await requireSubnet(deps, context, body.vip_subnet_id ?? '');
    checkHolds(subnet, address);
    return { networkId: subnet.networkId, subnetId: subnet.id, address, portId: null };
  }
  const network = await requireNetwork(deps, context, body.vip_network_id);
  const at = (subnetId: string) => ({ networkId: network.id, subnetId, address, portId: null });
  if (body.vip_subnet_id) {
    if (!network.holdsAnySubnet && !network.subnetIds.includes(body.vip_subnet_id)) throw subresourceNotFound('Subnet', body.vip_subnet_id);
    if (address !== null) checkHolds(await knownSubnet(deps, body.vip_subnet_id), address);
    return at(body.vip_subnet_id);
  }
  const isChosenByAddress = address !== null && !network.holdsAnySubnet;
  return at(isChosenByAddress ? await subnetHolding(deps, address, network.subnetIds) : await roomiestSubnet(deps, network.id, network.subnetIds));
}

/** What the network service would refuse later, in words that name both. */
function checkHolds(subnet: Subnet, address: string | null): void {
  const [ip, cidr] = [address === null ? null : parseIp(address), parseCidr(subnet.cidr)];
  if (!ip || !cidr || subnet.holdsAnyAddress || cidrContains(cidr, ip)) return;
  throw validationFailure(`VIP address ${address} does not belong to subnet ${subnet.id} (${subnet.cidr}).`);
}

async function subnetHolding(deps: VipDependencies, address: string, subnetIds: readonly string[]): Promise<string> {
  const ip = parseIp(address);
  for (const id of subnetIds) {
    const cidr = parseCidr((await knownSubnet(deps, id)).cidr);
    if (ip && cidr && cidrContains(cidr, ip)) return id;
  }
  throw validationFailure('Supplied network does not contain a subnet for VIP address specified.');
}

/** The first IPv4 (else any) subnet with an address for the VIP and one for each amphora. */
async function roomiestSubnet(deps: VipDependencies, networkId: string, subnetIds: readonly string[]): Promise<string> {
  if (subnetIds.length === 0) throw validationFailure('Supplied network does not contain a subnet.');
  const needed = deps.config.controller_worker.loadbalancer_topology === 'ACTIVE_STANDBY' ? 3 : 2;
  const free = await deps.network.countFreeAddresses(networkId);
  const fitting = subnetIds.filter((id) => (free.get(id) ?? 0) >= needed);
  for (const id of fitting) if ((await knownSubnet(deps, id)).ipVersion === 4) return id;
  const first = fitting[0];
  if (first === undefined) throw validationFailure('Subnet(s) in the supplied network do not contain enough available IPs.');
  return first;
}

async function knownSubnet(deps: VipDependencies, id: string) {
  try {
    return await deps.network.getSubnet(id);
  } catch (error) {
    throw Object.assign(validationFailure(`Subnet ${id} not found`), { cause: error });
  }
}

/** One address per subnet, all subnets in the VIP's network and all addresses in their subnets; a user's own port must have them all. */
async function checkAdditional(deps: VipDependencies, place: Place, additional: RequestedVip['additional'], port: Port | null): Promise<void> {
  if (additional.length === 0) return;
  const subnets = [place.subnetId, ...additional.map((extra) => extra.subnetId)];
  if (new Set(subnets).size < subnets.length) throw validationFailure('Duplicate VIP subnet(s) specified. Only one IP can be bound per subnet.');
  if ((await deps.network.getNetwork(place.networkId)).holdsAnySubnet) return;
  for (const { subnetId, address } of [place, ...additional]) {
    if (subnetId === null) continue;
    const subnet = await knownSubnet(deps, subnetId);
    if (subnet.networkId !== place.networkId) throw validationFailure('All VIP subnets must belong to the same network.');
    checkHolds(subnet, address);
  }
  for (const extra of port ? additional : []) {
    if (port?.fixedIps.some((ip) => ip.subnetId === extra.subnetId && (extra.address === null || isSameIp(ip.ipAddress, extra.address)))) continue;
    throw validationFailure(`The specified VIP port has no address${extra.address === null ? '' : ` ${extra.address}`} in subnet ${extra.subnetId} for an additional VIP.`);
  }
}

/** `valid_vip_networks` of the zone replaces the operator's list; the deny list always counts. */
export function checkVipNetwork({ config }: Pick<ApiDependencies, 'config'>, networkId: string, zoneNetworks: readonly string[] | undefined): void {
  const valid = zoneNetworks?.length ? zoneNetworks : (config.networking.valid_vip_networks ?? []);
  const holds = (list: readonly string[]) => list.some((id) => id.toLowerCase() === networkId.toLowerCase());
  if ((valid.length > 0 && !holds(valid)) || holds(config.networking.denylist_vip_networks)) {
    throw validationFailure('Supplied VIP network_id is not allowed by the configuration of this deployment.');
  }
}
