import type { View } from '../http/listing.ts';
import { DEFAULT_DOMAIN, type ProjectRecord, type RoleRecord, type UserRecord } from './identity-records.ts';

export function projectView(project: ProjectRecord, baseUrl: string): View {
  return {
    ...project, domain_id: DEFAULT_DOMAIN, parent_id: DEFAULT_DOMAIN, is_domain: false, options: {},
    links: { self: `${baseUrl}/identity/v3/projects/${project.id}` },
  };
}

export function userView(user: UserRecord, baseUrl: string): View {
  return {
    id: user.id, name: user.name, description: user.description, enabled: user.enabled, domain_id: DEFAULT_DOMAIN, options: {}, password_expires_at: null,
    ...(user.email !== null && { email: user.email }), ...(user.defaultProjectId !== null && { default_project_id: user.defaultProjectId }),
    links: { self: `${baseUrl}/identity/v3/users/${user.id}` },
  };
}

export function roleView(role: RoleRecord, baseUrl: string): View {
  return { ...role, domain_id: null, options: {}, links: { self: `${baseUrl}/identity/v3/roles/${role.id}` } };
}
