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
  if (listener === undefined || L7POLICY_LISTENER_PROTOCOLS.includes(listener.protocol)) return;
  throw new UnsupportedOption(`${listener.protocol} protocol listeners do not support L7 policies`);
}

/** Members of UDP and SCTP pools need a VIP of their own IP family; a pool that no listener uses yet is not judged. */
export async function checkMemberFamilies(trx: Trx, poolId: string, members: readonly ProviderDict[]): Promise<void> {
  const pool = await trx.selectFrom('pool').select(['protocol', 'load_balancer_id']).where('id', '=', poolId).executeTakeFirst();
  if (pool === undefined || pool.load_balancer_id === null || !L4_POOL_PROTOCOLS.includes(pool.protocol)) return;
  const listener = await trx.selectFrom('listener').select('id').where('default_pool_id', '=', poolId).executeTakeFirst();
  if (listener === undefined) return;
  const vips = await readVipAddresses(trx, pool.load_balancer_id);
  for (const member of members) {
    const memberIsIpv6 = isIPv6(String(member['address']));
    if (vips.some((address) => isIPv6(address) === memberIsIpv6)) continue;
    throw new UnsupportedOption(
      `This provider doesn't support mixing IPv4 and IPv6 addresses for its VIP and members in ${pool.protocol} load balancers.`,
    );
  }
}

async function readVipAddresses(trx: Trx, loadBalancerId: string): Promise<readonly string[]> {
  const vips = await trx.selectFrom('vip').select('ip_address').where('load_balancer_id', '=', loadBalancerId).execute();
  const additional = await trx.selectFrom('additional_vip').select('ip_address').where('load_balancer_id', '=', loadBalancerId).execute();
  return [...vips, ...additional].flatMap((row) => (row.ip_address === null ? [] : [row.ip_address]));
}
