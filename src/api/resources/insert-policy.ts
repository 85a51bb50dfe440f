import { l7policy } from '../../model/resources/l7policy.ts';
import { l7rule } from '../../model/resources/l7rule.ts';
import type { CreateBody, NestedBody } from '../../model/resources/resource.ts';
import { movedTo, settleRedirect } from '../../model/rules/l7policy.ts';
import { checkL7Rule, MAX_RULES_PER_POLICY } from '../../model/rules/l7rule.ts';
import type { Trx } from '../../store/database.ts';
import { insertRow, replaceTags, toColumns, updateRow } from '../../store/resources/write-rows.ts';
import type { Change } from '../machinery/change-tree.ts';
import { tooManyRules } from '../machinery/faults.ts';
import { newChild } from './child-rows.ts';

export type NewPolicy = CreateBody<typeof l7policy> | NestedBody<typeof l7policy>;
export type NewRule = CreateBody<typeof l7rule> | NestedBody<typeof l7rule>;

/** Throws the L7Rule fault when type, comparison, key and value do not fit. */
export function checkNewRule(rule: NewRule): void {
  checkL7Rule({ type: rule.type, compareType: rule.compare_type, key: rule.key ?? null, value: rule.value });
}

/** Inserts a policy at its position (others move down) and answers its id. */
export async function insertPolicy(change: Change, listenerId: string, body: NewPolicy): Promise<string> {
  const id = await insertPolicyAt(change, listenerId, body, { redirectPoolId: null });
  await movePolicy(change.trx, listenerId, id, body.position ?? Number.MAX_SAFE_INTEGER);
  return id;
}

/** The same, but moves no others: `position` is where it stays. `redirectPoolId` is that of a pool made along. */
export async function insertPolicyAt(change: Change, listenerId: string, body: NewPolicy, { redirectPoolId, position }: { readonly redirectPoolId: string | null; readonly position?: number }): Promise<string> {
  const redirect = settleRedirect({ ...body, ...(redirectPoolId !== null && { redirect_pool_id: redirectPoolId }) });
  const columns = { ...toColumns(l7policy, { ...body, ...redirect, ...(position !== undefined && { position }) }), ...newChild(change), listener_id: listenerId };
  await insertRow(change.trx, 'l7policy', columns);
  await replaceTags(change.trx, columns.id, body.tags, true);
  return columns.id;
}

/** Puts a policy at a place and numbers all policies of the listener from 1; only rows whose number changes are written. */
export async function movePolicy(trx: Trx, listenerId: string, policyId: string, position: number): Promise<void> {
  const rows = await trx.selectFrom('l7policy').select(['id', 'position']).where('listener_id', '=', listenerId).orderBy('position').orderBy('created_at').orderBy('id').execute();
  const order = movedTo(rows.map((row) => row.id), policyId, position);
  const present = new Map(rows.map((row) => [row.id, row.position]));
  for (const [index, id] of order.entries()) {
    if (present.get(id) !== index + 1) await updateRow(trx, 'l7policy', id, { position: index + 1 });
  }
}

/** Inserts one rule and answers its id; the fifty-first is 409. */
export async function insertRule(change: Change, policyId: string, body: NewRule): Promise<string> {
  const present = await change.trx.selectFrom('l7rule').select((eb) => eb.fn.countAll().as('count')).where('l7policy_id', '=', policyId).executeTakeFirst();
  if (Number(present?.count ?? 0) >= MAX_RULES_PER_POLICY) throw tooManyRules(policyId);
  const columns = { ...toColumns(l7rule, body), ...newChild(change), l7policy_id: policyId };
  await insertRow(change.trx, 'l7rule', columns);
  await replaceTags(change.trx, columns.id, body.tags, true);
  return columns.id;
}
