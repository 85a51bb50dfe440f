import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PASSWORD } from '../keystone-directory.ts';

/** Groups of an oslo.config file. */
export type Groups = Readonly<Record<string, Readonly<Record<string, string | number>>>>;

export function writeConf(file: string, groups: Groups): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, Object.entries(groups).map(([group, options]) => `[${group}]\n${Object.entries(options).map(([name, value]) => `${name} = ${value}\n`).join('')}`).join('\n'));
  return file;
}

/** How a service logs in to Keystone. */
export function account(keystoneUrl: string, username: string): Groups[string] {
  return {
    auth_url: keystoneUrl, auth_type: 'password', username, password: PASSWORD, project_name: 'service', user_domain_name: 'Default', project_domain_name: 'Default', region_name: 'RegionOne',
  };
}

/** How it validates the tokens of others. */
export function authtoken(keystoneUrl: string, username: string): Groups {
  return { keystone_authtoken: { www_authenticate_uri: keystoneUrl, service_token_roles_required: 'True', service_token_roles: 'service', ...account(keystoneUrl, username) } };
}
