import { planParts, type Part } from './plan-parts.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A word of a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The plan as one call with curl. `apiUrl` is where the API answers. */
export function asCurl(body: Fields, apiUrl: string): string {
  return [
    `curl -sS -X POST ${quoted(`${apiUrl}/v2.0/lbaas/loadbalancers`)} \\`,
    '  -H "X-Auth-Token: $(openstack token issue -f value -c id)" \\',
    "  -H 'Content-Type: application/json' \\",
    `  -d ${quoted(JSON.stringify({ loadbalancer: body }, null, 2))}`,
  ].join('\n');
}

/** Options whose names differ from those of the fields, or that take no value. */
const OPTIONS: Readonly<Record<string, (value: unknown) => readonly string[]>> = {
  admin_state_up: (value) => (value === false ? ['--disable'] : []),
  backup: (value) => (value === true ? ['--enable-backup'] : []),
  tls_enabled: (value) => (value === true ? ['--enable-tls'] : []),
  invert: (value) => (value === true ? ['--invert'] : []),
  hsts_include_subdomains: (value) => (value === true ? ['--hsts-include-subdomains'] : []),
  hsts_preload: (value) => (value === true ? ['--hsts-preload'] : []),
  request_sriov: (value) => (value === true ? ['--request-sriov'] : []),
  flavor_id: (value) => ['--flavor', String(value)],
  redirect_pool_name: (value) => ['--redirect-pool', String(value)],
  insert_headers: (value) => ['--insert-headers', Object.entries(value as Fields).map(([name, on]) => `${name}=${String(on)}`).join(',')],
  session_persistence: (value) => ['--session-persistence', Object.entries(value as Fields).map(([name, one]) => `${name}=${String(one)}`).join(',')],
  additional_vips: (value) => (value as readonly Fields[]).flatMap((vip) => ['--additional-vip', Object.entries(vip).map(([name, one]) => `${name.replaceAll('_', '-')}=${String(one)}`).join(',')]),
  sni_container_refs: (value) => ['--sni-container-refs', ...(value as readonly string[])],
  tags: (value) => each('--tag', value),
  vip_sg_ids: (value) => each('--vip-sg-id', value),
  allowed_cidrs: (value) => each('--allowed-cidr', value),
  tls_versions: (value) => each('--tls-version', value),
  alpn_protocols: (value) => each('--alpn-protocol', value),
};

const each = (option: string, values: unknown) => (values as readonly string[]).flatMap((value) => [option, value]);

function optionsOf(fields: Fields): readonly string[] {
  return Object.entries(fields).flatMap(([name, value]) => OPTIONS[name]?.(value) ?? [`--${name.replaceAll('_', '-')}`, String(value)]);
}

const command = (resource: string | null, fields: Fields, ...rest: readonly string[]) => ['openstack', 'loadbalancer', ...(resource === null ? [] : [resource]), 'create', ...optionsOf(fields), '--wait', ...rest].map(quoted).join(' ');

/** The plan as commands of the ordinary client, in an order that works. */
export function asOpenstack(body: Fields): string {
  const { loadBalancer, listeners, pools } = planParts(body);
  const named = ({ name, fields }: Part) => ({ ...fields, name });
  return [
    command(null, named(loadBalancer)),
    ...listeners.map((listener) => command('listener', named(listener), loadBalancer.name)),
    ...pools.flatMap((pool) => [
      command('pool', named(pool), ...(pool.listener === null ? ['--loadbalancer', loadBalancer.name] : ['--listener', pool.listener])),
      ...(pool.monitor === null ? [] : [command('healthmonitor', named(pool.monitor), pool.name)]),
      ...pool.members.map((member) => command('member', member.fields, pool.name)),
    ]),
    ...listeners.flatMap((listener) => listener.policies.flatMap((policy) => [
      command('l7policy', named(policy), listener.name), ...policy.rules.map((rule) => command('l7rule', rule.fields, policy.name)),
    ])),
  ].join('\n');
}
