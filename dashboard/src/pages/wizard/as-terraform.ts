import { planParts } from './plan-parts.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Where the provider's names differ from the API's. */
const NAMES: Readonly<Record<string, string>> = { lb_algorithm: 'lb_method', provider: 'loadbalancer_provider', vip_sg_ids: 'security_group_ids' };

/** The plan for the OpenStack provider of Terraform. */
export function asTerraform(body: Fields): string {
  const { loadBalancer, listeners, pools } = planParts(body);
  const blocks = [block('loadbalancer', loadBalancer.name, loadBalancer.fields)];
  const lb = reference('loadbalancer', loadBalancer.name);
  for (const listener of listeners) blocks.push(block('listener', listener.name, { ...listener.fields, loadbalancer_id: lb }));
  for (const pool of pools) {
    const { session_persistence: persistence, ...fields } = pool.fields;
    const owner = pool.listener === null ? { loadbalancer_id: lb } : { listener_id: reference('listener', pool.listener) };
    blocks.push(block('pool', pool.name, { ...fields, ...owner }, persistence === undefined ? [] : [['persistence', persistence as Fields]]));
    const poolId = { pool_id: reference('pool', pool.name) };
    for (const [index, member] of pool.members.entries()) blocks.push(block('member', `${pool.name}_member${index + 1}`, { ...member.fields, ...poolId }));
    if (pool.monitor !== null) blocks.push(block('monitor', pool.monitor.name, { ...pool.monitor.fields, ...poolId }));
  }
  for (const listener of listeners) {
    for (const policy of listener.policies) {
      const { redirect_pool_name: target, ...fields } = policy.fields;
      blocks.push(block('l7policy', policy.name, { ...fields, listener_id: reference('listener', listener.name), ...(typeof target === 'string' && { redirect_pool_id: reference('pool', target) }) }));
      for (const [index, rule] of policy.rules.entries()) blocks.push(block('l7rule', `${policy.name}_rule${index + 1}`, { ...rule.fields, l7policy_id: reference('l7policy', policy.name) }));
    }
  }
  return blocks.join('\n\n');
}

/** An expression rather than a text. */
class Expression {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Terraform's names begin with a letter and have letters, digits, `_` and `-` only. */
const label = (name: string) => name.replaceAll(/[^\w-]/g, '_').replace(/^(?![A-Za-z_])/, '_');
const reference = (kind: string, name: string) => new Expression(`openstack_lb_${kind}_v2.${label(name)}.id`);

function block(kind: string, name: string, fields: Fields, inner: readonly (readonly [string, Fields])[] = []): string {
  const { additional_vips: _vips, request_sriov: _sriov, ...known } = fields;
  const lines = Object.entries(known).map(([key, value]) => `  ${NAMES[key] ?? key} = ${expression(value)}`);
  const blocks = inner.map(([title, content]) => `\n  ${title} {\n${Object.entries(content).map(([key, value]) => `    ${key} = ${expression(value)}`).join('\n')}\n  }`);
  return `resource "openstack_lb_${kind}_v2" "${label(name)}" {\n${[...lines, ...blocks].join('\n')}\n}`;
}

function expression(value: unknown): string {
  if (value instanceof Expression) return value.text;
  if (Array.isArray(value)) return `[${value.map(expression).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `{ ${Object.entries(value).map(([key, one]) => `${JSON.stringify(key)} = ${expression(one)}`).join(', ')} }`;
  // Terraform would take ${ and %{ for templates.
  return JSON.stringify(value).replaceAll('${', '$${').replaceAll('%{', '%%{');
}
