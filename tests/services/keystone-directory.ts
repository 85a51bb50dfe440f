export const PASSWORD = 'interop';

/** Ids of what `populate` made. */
export interface Directory {
  readonly projects: Readonly<Record<string, string>>;
  readonly users: Readonly<Record<string, { readonly id: string; readonly project: string }>>;
}

const projects = ['admin', 'service', 'demo', 'other'] as const;

/** Users by name: their project and roles in it. The password of all is PASSWORD; admin is one for the system too. */
const users: Readonly<Record<string, { readonly project: (typeof projects)[number]; readonly roles: readonly string[] }>> = {
  admin: { project: 'admin', roles: ['admin'] },
  octavia: { project: 'service', roles: ['admin', 'service'] },
  neutron: { project: 'service', roles: ['admin', 'service'] },
  nova: { project: 'service', roles: ['admin', 'service'] },
  glance: { project: 'service', roles: ['admin', 'service'] },
  placement: { project: 'service', roles: ['admin', 'service'] },
  barbican: { project: 'service', roles: ['admin', 'service'] },
  'lb-admin': { project: 'demo', roles: ['load-balancer_admin'] },
  'lb-member': { project: 'demo', roles: ['member', 'load-balancer_member'] },
  'lb-observer': { project: 'demo', roles: ['reader', 'load-balancer_observer'] },
  'lb-global-observer': { project: 'demo', roles: ['load-balancer_global_observer'] },
  'lb-quota-admin': { project: 'demo', roles: ['load-balancer_quota_admin'] },
  member: { project: 'demo', roles: ['member', 'creator'] },
  reader: { project: 'demo', roles: ['reader'] },
  'other-member': { project: 'other', roles: ['member', 'load-balancer_member'] },
};

type Call = (method: string, path: string, body?: object) => Promise<unknown>;

/** Makes projects, users and roles through the REST API of a bootstrapped Keystone. */
export async function populate(call: Call): Promise<Directory> {
  const ensure = async (kind: 'role' | 'project' | 'user', name: string, more: object = {}): Promise<string> => {
    const found = (await call('GET', `/${kind}s?name=${name}`)) as Record<string, { id: string }[]>;
    const id = found[`${kind}s`]?.[0]?.id;
    if (id !== undefined) return id;
    const made = (await call('POST', `/${kind}s`, { [kind]: { name, ...more } })) as Record<string, { id: string }>;
    return made[kind]?.id ?? '';
  };
  const projectIds: Record<string, string> = {};
  for (const name of projects) projectIds[name] = await ensure('project', name, { domain_id: 'default' });
  const roleIds: Record<string, string> = {};
  for (const name of new Set(Object.values(users).flatMap(({ roles }) => roles))) roleIds[name] = await ensure('role', name);
  const made: Record<string, { id: string; project: string }> = {};
  for (const [name, { project, roles }] of Object.entries(users)) {
    const id = await ensure('user', name, { domain_id: 'default', password: PASSWORD });
    for (const role of roles) await call('PUT', `/projects/${projectIds[project]}/users/${id}/roles/${roleIds[role]}`);
    made[name] = { id, project };
  }
  await call('PUT', `/system/users/${made['admin']?.id}/roles/${roleIds['admin']}`);
  return { projects: projectIds, users: made };
}
