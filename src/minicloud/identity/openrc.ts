import { writeFileSync } from 'node:fs';
import { BUILT_IN_USERS } from './bootstrap-identity.ts';

/** Writes `path` for the administrator and `<path>-<user>` for every other built-in user; readable by their owner only. */
export function writeOpenrcFiles(path: string, baseUrl: string, passwords: ReadonlyMap<string, string>): void {
  for (const user of BUILT_IN_USERS) {
    const text = openrcText({ baseUrl, user: user.name, project: user.project, password: passwords.get(user.name) ?? '' });
    writeFileSync(user.name === 'admin' ? path : `${path}-${user.name}`, text, { mode: 0o600 });
  }
}

function openrcText(account: { baseUrl: string; user: string; project: string; password: string }): string {
  return `# Written by octavia up: source this file, then use the openstack client.
export OS_AUTH_URL=${account.baseUrl}/identity/v3
export OS_IDENTITY_API_VERSION=3
export OS_AUTH_TYPE=password
export OS_USERNAME=${account.user}
export OS_PASSWORD=${account.password}
export OS_PROJECT_NAME=${account.project}
export OS_USER_DOMAIN_ID=default
export OS_PROJECT_DOMAIN_ID=default
export OS_REGION_NAME=RegionOne
export OS_INTERFACE=public
`;
}
