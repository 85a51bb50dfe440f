import { formatIp, parseIp } from '../../model/ip.ts';
import { member } from '../../model/resources/member.ts';
import type { CreateBody } from '../../model/resources/resource.ts';
import { checkNotReserved } from '../../model/rules/reserved-address.ts';
import { validationFailure } from '../../model/violation.ts';
import { memberDict } from '../../providers/provider-models.ts';
import type { ProviderDict } from '../../providers/provider-driver.ts';
import type { Database } from '../../store/database.ts';
import { bareGraph } from '../../store/resources/provider-pieces.ts';
import { toMember } from '../../store/graph-rows.ts';
import { countReplacements } from '../../store/quotas.ts';
import { replaceTags, toColumns, updateRow } from '../../store/resources/write-rows.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { changeTree, takeQuota, type Change } from '../machinery/change-tree.ts';
import type { ApiRequest, Handler } from '../machinery/define-routes.ts';
import { parseBatch } from '../machinery/parse-body.ts';
import { isTrueFlag } from '../machinery/query-flag.ts';
import { ruleName } from '../machinery/read-handlers.ts';
import { sendEmpty } from '../machinery/respond.ts';
import { requireRow } from './child-rows.ts';
import { flavorAllowsSriov, insertMember } from './insert-member.ts';
import { requireParentPool, touchPool } from './parent-pool.ts';
import { requireSubnet } from './network-checks.ts';

type MemberBody = CreateBody<typeof member>;
type MemberRow = Database['member'];

interface Difference {
  readonly added: readonly MemberBody[];
  readonly updated: readonly { readonly row: MemberRow; readonly body: MemberBody }[];
  readonly removed: readonly MemberRow[];
}

/** `PUT /pools/{id}/members`: the list is the wanted set, told apart by address and port. */
export function updateMembersHandler(deps: ApiDependencies): Handler {
  return async (request, reply) => {
    const pool = await requireParentPool(deps, request);
    const wanted = parseBatch(member, request.body);
    const isAdditive = isTrueFlag(request.query['additive_only']);
    const actions = isAdditive ? ['post', 'put'] : ['post', 'put', 'delete'];
    for (const action of actions) deps.policy.enforce(ruleName(member, action), request.context, { project_id: pool.project_id });
    const known = await membersOf(deps.store.read, pool.id);
    await checkAddedSubnets(deps, request, difference(wanted, known, isAdditive).added);
    // Nothing to do is no change: the load balancer stays ACTIVE.
    if (isEmpty(difference(wanted, known, isAdditive))) return sendEmpty(reply, 202);
    await changeTree(deps, { loadBalancerId: pool.load_balancer_id ?? '', context: request.context }, (change) => applyBatch(deps, change, { poolId: pool.id, wanted, isAdditive }));
    return sendEmpty(reply, 202);
  };
}

async function applyBatch(deps: ApiDependencies, change: Change, batch: { poolId: string; wanted: readonly MemberBody[]; isAdditive: boolean }): Promise<void> {
  const { trx, loadBalancer } = change;
  const hasMonitor = await touchPool(change, batch.poolId);
  // Read again: other requests may have changed members before the lock was ours.
  const plan = difference(batch.wanted, await membersOf(trx, batch.poolId), batch.isAdditive);
  for (const body of plan.added) checkNotReserved(body.address, deps.config.networking.reserved_ips);
  const growth = plan.added.length - (batch.isAdditive ? 0 : plan.removed.length);
  await takeQuota(deps, trx, loadBalancer.project_id, { type: 'member', label: 'Member', count: growth });
  // Those that go give their share back when they are gone; until then both count.
  if (loadBalancer.project_id !== null) await countReplacements(trx, loadBalancer.project_id, 'member', plan.added.length - Math.max(0, growth));
  const allowsSriov = plan.added.some((body) => body.request_sriov) && (await flavorAllowsSriov(trx, loadBalancer.flavor_id));
  const dicts: ProviderDict[] = [];
  for (const body of plan.added) {
    const id = await insertMember(change, { poolId: batch.poolId, hasMonitor, allowsSriov }, body);
    dicts.push(memberDict(bareGraph(loadBalancer), toMember(await requireRow(trx, 'member', 'Member', id))));
  }
  for (const { row, body } of plan.updated) dicts.push(await updateOne(change, row, body));
  for (const row of plan.removed) await updateRow(trx, 'member', row.id, { provisioning_status: 'PENDING_DELETE', updated_at: change.now });
  if (batch.isAdditive) dicts.push(...(await untouched(change, batch.poolId, dicts)));
  await change.provider((driver) => driver.memberBatchUpdate(batch.poolId, dicts));
  change.record('replace_members', 'pool', batch.poolId);
}

async function updateOne(change: Change, row: MemberRow, body: MemberBody): Promise<ProviderDict> {
  const { address: _address, protocol_port: _port, tags, request_sriov: _sriov, project_id: _project, subnet_id: _subnet, ...attributes } = body;
  const status = row.provisioning_status === 'PENDING_CREATE' ? 'PENDING_CREATE' : 'PENDING_UPDATE';
  await updateRow(change.trx, 'member', row.id, { ...toColumns(member, attributes), provisioning_status: status, updated_at: change.now });
  await replaceTags(change.trx, row.id, tags);
  return {
    member_id: row.id, address: row.ip_address, protocol_port: row.protocol_port, ...attributes, pool_id: row.pool_id, project_id: row.project_id, vnic_type: row.vnic_type,
    // Providers that route by subnet know the member by it.
    ...(row.subnet_id !== null && { subnet_id: row.subnet_id }),
  };
}

/** Members an additive batch does not name stay wanted: without them the provider would take them away. */
async function untouched(change: Change, poolId: string, named: readonly ProviderDict[]): Promise<ProviderDict[]> {
  const ids = new Set(named.map((dict) => dict['member_id']));
  const rows = await membersOf(change.trx, poolId);
  return rows.filter((row) => !ids.has(row.id) && row.provisioning_status !== 'PENDING_DELETE').map((row) => memberDict(bareGraph(change.loadBalancer), toMember(row)));
}

/** Told apart through maps: a body holds thousands of members, and comparing each with each kept the process from answering anybody for half a minute. */
function difference(wanted: readonly MemberBody[], known: readonly MemberRow[], isAdditive: boolean): Difference {
  const added: MemberBody[] = [];
  const updated = new Map<string, { row: MemberRow; body: MemberBody }>();
  const rows = new Map(known.toReversed().map((row) => [placeOf(row.ip_address ?? '', row.protocol_port), row]));
  for (const body of wanted) {
    const row = rows.get(placeOf(body.address, body.protocol_port));
    if (!row) added.push(body);
    else if (updated.has(row.id)) throw validationFailure('Member must be updated only once in the same request.');
    else updated.set(row.id, { row, body });
  }
  const removed = isAdditive ? [] : known.filter((row) => !updated.has(row.id));
  return { added, updated: [...updated.values()], removed };
}

const isEmpty = (plan: Difference) => plan.added.length + plan.updated.length + plan.removed.length === 0;

/** By what members of a pool are told apart, however the address is spelled. */
function placeOf(address: string, port: number): string {
  const ip = parseIp(address);
  return `${ip === null ? address : formatIp(ip)} ${port}`;
}

function membersOf(db: ApiDependencies['store']['read'], poolId: string): Promise<MemberRow[]> {
  return db.selectFrom('member').selectAll().where('pool_id', '=', poolId).where('provisioning_status', '<>', 'DELETED').orderBy('created_at').orderBy('id').execute();
}

async function checkAddedSubnets(deps: ApiDependencies, request: ApiRequest, added: readonly MemberBody[]): Promise<void> {
  const subnets = new Set(added.flatMap((body) => (body.subnet_id ? [body.subnet_id] : [])));
  for (const subnet of subnets) await requireSubnet(deps, request.context, subnet);
}
