import { isIPv6 } from 'node:net';
import { ALPN_PROTOCOLS } from '../model/enums.ts';
import type { Trx } from '../store/database.ts';
import { UnsupportedOption, type ProviderDict } from './provider-driver.ts';

const LB_ALGORITHMS = ['ROUND_ROBIN', 'SOURCE_IP', 'LEAST_CONNECTIONS'];
const PROTOCOLS = ['TCP', 'HTTP', 'HTTPS', 'TERMINATED_HTTPS', 'PROXY', 'PROXYV2', 'UDP', 'SCTP', 'PROMETHEUS'];
const L7POLICY_LISTENER_PROTOCOLS = ['HTTP', 'TERMINATED_HTTPS'];
const L4_POOL_PROTOCOLS = ['UDP', 'SCTP'];

/** What the amphora data plane cannot do (upstream octavia/api/drivers/amphora_driver/v2/driver.py). Each throws UnsupportedOption. */
export function checkPoolAlgorithm(pool: ProviderDict): void {
  const algorithm = String(pool['lb_algorithm']);
  if (!LB_ALGORITHMS.includes(algorithm)) throw new UnsupportedOption(`Amphora provider does not support ${algorithm} algorithm.`);
}

export function checkListenerProtocol(listener: ProviderDict): void {
  const protocol = String(listener['protocol']);
  if (PROTOCOLS.includes(protocol)) return;
  throw new UnsupportedOption(`Amphora provider does not support ${protocol} protocol. Supported: ${PROTOCOLS.join(', ')}`);
}

export function checkAlpnProtocols(object: ProviderDict): void {
  const asked = object['alpn_protocols'];
  if (!Array.isArray(asked)) return;
  const supported: readonly unknown[] = ALPN_PROTOCOLS;
  const unsupported = asked.filter((protocol) => !supported.includes(protocol));
  if (unsupported.length === 0) return;
  throw new UnsupportedOption(`Amphora provider does not support ${unsupported.join(', ')} ALPN protocol(s). Supported: ${supported.join(', ')}`);
}

export async function checkL7PolicyListener(trx: Trx, policy: ProviderDict): Promise<void> {
  const listener = await trx.selectFrom('listener').select('protocol').where('id', '=', String(policy['listener_id'])).executeTakeFirst();
  if (listener !== undefined) checkTakesL7Policies(listener.protocol);
}

function checkTakesL7Policies(protocol: string): void {
  if (!L7POLICY_LISTENER_PROTOCOLS.includes(protocol)) throw new UnsupportedOption(`${protocol} protocol listeners do not support L7 policies`);
}

/** Members of UDP and SCTP pools need a VIP of their own IP family; a pool that no listener uses yet is not judged. */
export async function checkMemberFamilies(trx: Trx, poolId: string, members: readonly ProviderDict[]): Promise<void> {
  const pool = await trx.selectFrom('pool').select(['protocol', 'load_balancer_id']).where('id', '=', poolId).executeTakeFirst();
  if (pool === undefined || pool.load_balancer_id === null || !L4_POOL_PROTOCOLS.includes(pool.protocol)) return;
  const listener = await trx.selectFrom('listener').select('id').where('default_pool_id', '=', poolId).executeTakeFirst();
  if (listener !== undefined) refuseForeignFamilies(pool.protocol, await readVipAddresses(trx, pool.load_balancer_id), members);
}

function refuseForeignFamilies(protocol: string, vips: readonly string[], members: readonly ProviderDict[]): void {
  const isServed = (member: ProviderDict) => vips.some((address) => isIPv6(address) === isIPv6(String(member['address'])));
  if (members.every(isServed)) return;
  throw new UnsupportedOption(`This provider doesn't support mixing IPv4 and IPv6 addresses for its VIP and members in ${protocol} load balancers.`);
}

async function readVipAddresses(trx: Trx, loadBalancerId: string): Promise<readonly string[]> {
  const vips = await trx.selectFrom('vip').select('ip_address').where('load_balancer_id', '=', loadBalancerId).execute();
  const additional = await trx.selectFrom('additional_vip').select('ip_address').where('load_balancer_id', '=', loadBalancerId).execute();
  return [...vips, ...additional].flatMap((row) => (row.ip_address === null ? [] : [row.ip_address]));
}

/**
 * The same for the whole tree of a fully populated create. The original takes such a tree and fails when it builds it;
 * we refuse what we would refuse of each child by itself.
 */
export function checkWholeTree(loadBalancer: ProviderDict): void {
  const listeners = dicts(loadBalancer['listeners']);
  for (const listener of listeners) {
    checkListenerProtocol(listener);
    checkAlpnProtocols(listener);
    if (dicts(listener['l7policies']).length > 0) checkTakesL7Policies(String(listener['protocol']));
  }
  const vips = [loadBalancer, ...dicts(loadBalancer['additional_vips'])].map((vip) => vip['vip_address'] ?? vip['ip_address']).filter((address) => typeof address === 'string');
  for (const pool of dicts(loadBalancer['pools'])) {
    checkPoolAlgorithm(pool);
    checkAlpnProtocols(pool);
    const isUsed = listeners.some((listener) => listener['default_pool_id'] === pool['pool_id']);
    if (isUsed && L4_POOL_PROTOCOLS.includes(String(pool['protocol']))) refuseForeignFamilies(String(pool['protocol']), vips, dicts(pool['members']));
  }
}

/** A new listener may bring a new default pool and policies along. */
export async function checkListenerChildren(trx: Trx, listener: ProviderDict): Promise<void> {
  const policy = await trx.selectFrom('l7policy').select('id').where('listener_id', '=', String(listener['listener_id'])).executeTakeFirst();
  if (policy !== undefined) checkTakesL7Policies(String(listener['protocol']));
  const pools = await trx.selectFrom('pool').select('provisioning_status').where('id', '=', String(listener['default_pool_id'])).execute();
  const [pool] = pools.some((row) => row.provisioning_status === 'PENDING_CREATE') ? dicts([listener['default_pool']]) : [];
  if (pool === undefined) return;
  checkPoolAlgorithm(pool);
  checkAlpnProtocols(pool);
  await checkMemberFamilies(trx, String(pool['pool_id']), dicts(pool['members']));
}

function isDict(value: unknown): value is ProviderDict {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const dicts = (list: unknown): readonly ProviderDict[] => (Array.isArray(list) ? list.filter(isDict) : []);

/** The members that a new pool brings along. */
export const membersOf = (pool: ProviderDict): readonly ProviderDict[] => dicts(pool['members']);
