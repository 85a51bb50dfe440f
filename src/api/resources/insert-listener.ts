import { listener } from '../../model/resources/listener.ts';
import { checkAllowedCidrs } from '../../model/rules/allowed-cidrs.ts';
import { checkPoolProtocol, checkTakesChildren, l4ProtocolOf } from '../../model/rules/protocols.ts';
import type { ListenerProtocol } from '../../model/enums.ts';
import type { Trx } from '../../store/database.ts';
import { DuplicateKey } from '../../store/errors.ts';
import { insertRow, replaceTags, toColumns } from '../../store/resources/write-rows.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { Change } from '../machinery/change-tree.ts';
import { duplicateListener, notFound } from '../machinery/faults.ts';
import type { NewListener } from './check-listener.ts';
import { newChild } from './child-rows.ts';

/** First peer port; each further listener gets the next one (contracts section 22). */
const FIRST_PEER_PORT = 1025;

/** What new listeners of a load balancer must agree with: read once for all of a request. */
export interface ListenerSite {
  /** Throws 409 when another listener has the port on the same L4 protocol; answers the peer port to use. */
  claimPort(protocol: ListenerProtocol, port: number): number;
  readonly vip: Awaited<ReturnType<typeof vipOf>>;
}

/** Reads the listeners and addresses of the load balancer that `change` has locked. */
export async function openListenerSite({ trx, loadBalancer }: Change): Promise<ListenerSite> {
  const there = await trx.selectFrom('listener').select(['protocol', 'protocol_port', 'peer_port']).where('load_balancer_id', '=', loadBalancer.id).execute();
  const keyOf = (protocol: ListenerProtocol, port: number) => `${l4ProtocolOf(protocol)} ${port}`;
  const takers = new Map<string, ListenerProtocol>();
  for (const { protocol, protocol_port: port } of there) if (!takers.has(keyOf(protocol, port))) takers.set(keyOf(protocol, port), protocol);
  let highest = there.reduce((former, { peer_port: port }) => Math.max(former, port ?? 0), FIRST_PEER_PORT - 1);
  return {
    claimPort(protocol, port) {
      const taker = takers.get(keyOf(protocol, port));
      // The original names the protocol of the listener that is there.
      if (taker !== undefined) throw duplicateListener(taker, port);
      takers.set(keyOf(protocol, port), protocol);
      return (highest += 1);
    },
    vip: await vipOf(trx, loadBalancer.id),
  };
}

/** Inserts a listener with its CIDRs, SNI references and tags; a taken port is 409. Answers the id. */
export async function insertListener(deps: Pick<ApiDependencies, 'config'>, change: Change, body: NewListener, site: ListenerSite): Promise<string> {
  const { trx, loadBalancer } = change;
  const peerPort = site.claimPort(body.protocol, body.protocol_port);
  checkAllowedCidrs(body.allowed_cidrs, site.vip);
  const columns = {
    ...toColumns(listener, { ...body, ...defaults(deps, body) }), ...newChild(change), load_balancer_id: loadBalancer.id, peer_port: peerPort,
  };
  try {
    await insertRow(trx, 'listener', columns);
  } catch (error) {
    if (error instanceof DuplicateKey) throw duplicateListener(body.protocol, body.protocol_port);
    throw error;
  }
  await replaceSni(trx, columns.id, body.sni_container_refs ?? [], true);
  await replaceCidrs(trx, columns.id, body.allowed_cidrs ?? [], true);
  await replaceTags(trx, columns.id, body.tags, true);
  return columns.id;
}

/** The addresses of a load balancer, for CIDR checks. */
export async function vipOf(trx: Trx, loadBalancerId: string): Promise<{ addresses: string[]; hasSecurityGroups: boolean }> {
  const vip = await trx.selectFrom('vip').select('ip_address').where('load_balancer_id', '=', loadBalancerId).executeTakeFirst();
  const additional = await trx.selectFrom('additional_vip').select('ip_address').where('load_balancer_id', '=', loadBalancerId).execute();
  const group = await trx.selectFrom('vip_security_group').select('sg_id').where('load_balancer_id', '=', loadBalancerId).limit(1).executeTakeFirst();
  const addresses = [vip?.ip_address, ...additional.map((row) => row.ip_address)].filter((address) => typeof address === 'string');
  return { addresses, hasSecurityGroups: group !== undefined };
}

function defaults({ config }: Pick<ApiDependencies, 'config'>, body: NewListener): Record<string, unknown> {
  const { api_settings: settings, haproxy_amphora: timeouts } = config;
  const isTls = body.protocol === 'TERMINATED_HTTPS';
  return {
    timeout_client_data: body.timeout_client_data ?? timeouts.timeout_client_data,
    timeout_member_connect: body.timeout_member_connect ?? timeouts.timeout_member_connect,
    timeout_member_data: body.timeout_member_data ?? timeouts.timeout_member_data,
    timeout_tcp_inspect: body.timeout_tcp_inspect ?? timeouts.timeout_tcp_inspect,
    ...(isTls && {
      tls_ciphers: body.tls_ciphers ?? settings.default_listener_ciphers, tls_versions: body.tls_versions ?? settings.default_listener_tls_versions,
      alpn_protocols: body.alpn_protocols ?? settings.default_listener_alpn_protocols,
    }),
  };
}

/** A default pool must be on the same load balancer and speak a fitting protocol. */
export async function requireDefaultPool(trx: Trx, loadBalancerId: string, poolId: string, protocol: ListenerProtocol): Promise<void> {
  checkTakesChildren(protocol);
  await requireTargetPool(trx, loadBalancerId, poolId, protocol);
}

/** So must every pool that a listener sends requests to; one whose deletion has been accepted is none any more. */
export async function requireTargetPool(trx: Trx, loadBalancerId: string, poolId: string, protocol: ListenerProtocol): Promise<void> {
  const row = await trx.selectFrom('pool').select(['protocol']).where('id', '=', poolId).where('load_balancer_id', '=', loadBalancerId)
    .where('provisioning_status', '<>', 'PENDING_DELETE').executeTakeFirst();
  if (!row) throw notFound('Pool', poolId);
  checkPoolProtocol(protocol, row.protocol);
}

export async function replaceSni(trx: Trx, listenerId: string, refs: readonly string[], isNew = false): Promise<void> {
  if (!isNew) await trx.deleteFrom('sni').where('listener_id', '=', listenerId).execute();
  const distinct = [...new Set(refs)];
  if (distinct.length > 0) await trx.insertInto('sni').values(distinct.map((ref, position) => ({ listener_id: listenerId, tls_container_id: ref, position }))).execute();
}

export async function replaceCidrs(trx: Trx, listenerId: string, cidrs: readonly string[], isNew = false): Promise<void> {
  if (!isNew) await trx.deleteFrom('listener_cidr').where('listener_id', '=', listenerId).execute();
  const distinct = [...new Set(cidrs)];
  if (distinct.length > 0) await trx.insertInto('listener_cidr').values(distinct.map((cidr) => ({ listener_id: listenerId, cidr }))).execute();
}
