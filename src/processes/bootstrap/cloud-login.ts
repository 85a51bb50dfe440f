import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Config } from '../../config/config.ts';
import { reasonOf } from '../../lib/errors.ts';
import { objectOf, textOf, type JsonObject } from '../../openstack/json.ts';
import { BootstrapRefused } from './bootstrap-refused.ts';

/** Who bootstrap is in the cloud, in the words of [service_auth]. */
export interface CloudLogin {
  readonly options: Partial<Config['service_auth']>;
  readonly authUrl: string;
  readonly region: string | null;
  readonly interface: string | null;
}

const LOGIN_NAMES = [
  'auth_url', 'username', 'user_id', 'password', 'user_domain_id', 'user_domain_name', 'project_id', 'project_name', 'project_domain_id', 'project_domain_name', 'domain_id',
  'domain_name', 'system_scope', 'trust_id', 'token', 'application_credential_id', 'application_credential_name', 'application_credential_secret', 'default_domain_id', 'default_domain_name',
] as const;

/** Reads the variables that the `openstack` client reads (OS_AUTH_URL, OS_USERNAME ...). */
export function loginFromEnvironment(env: Readonly<Record<string, string | undefined>>): CloudLogin {
  const value = (name: string): string | null => env[`OS_${name.toUpperCase()}`] || null;
  if (value('auth_url') === null) throw new BootstrapRefused('Nothing says which cloud: OS_AUTH_URL is not set.', 'source the openrc file of an administrator, or name a cloud of clouds.yaml with --os-cloud');
  return loginOf(value, { cafile: value('cacert'), certfile: value('cert'), keyfile: value('key'), insecure: /^(1|true|yes)$/i.test(value('insecure') ?? '') });
}

/** Reads one cloud of a clouds.yaml, with what secure.yaml beside it adds. */
export function loginFromClouds(cloud: string, texts: { readonly clouds: string; readonly secure: string | null }): CloudLogin {
  const entry = (name: string, text: string | null): JsonObject => objectOf(objectOf(objectOf(text === null ? null : parsed(name, text))['clouds'])[cloud]);
  const [plain, secret] = [entry('clouds.yaml', texts.clouds), entry('secure.yaml', texts.secure)];
  const known = { ...plain, ...secret };
  const auth = { ...objectOf(plain['auth']), ...objectOf(secret['auth']) };
  if (Object.keys(known).length === 0) throw new BootstrapRefused(`clouds.yaml has no cloud ${cloud}.`, 'choose another with --os-cloud');
  const value = (name: string): string | null => textOf(auth[name] ?? known[name]);
  return loginOf(value, { cafile: textOf(known['cacert']), certfile: textOf(known['cert']), keyfile: textOf(known['key']), insecure: known['verify'] === false });
}

/** The first clouds.yaml where the `openstack` client looks. */
export function readClouds(env: Readonly<Record<string, string | undefined>>): { readonly clouds: string; readonly secure: string | null } {
  const named = env['OS_CLIENT_CONFIG_FILE'];
  const directories = ['.', join(homedir(), '.config/openstack'), '/etc/openstack'];
  const file = [...(named === undefined ? [] : [named]), ...directories.map((directory) => join(directory, 'clouds.yaml'))].find((one) => existsSync(one));
  if (file === undefined) throw new BootstrapRefused('There is no clouds.yaml.', `put one into ${directories.join(', ')}, or set the OS_* variables instead of --os-cloud`);
  const secure = file.replace(/clouds\.ya?ml$/, 'secure.yaml');
  return { clouds: readFileSync(file, 'utf8'), secure: secure !== file && existsSync(secure) ? readFileSync(secure, 'utf8') : null };
}

function parsed(name: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new BootstrapRefused(`${name} cannot be read: ${reasonOf(error).trim()}`, 'correct that line', error);
  }
}

type Connection = Pick<CloudLogin['options'], 'cafile' | 'certfile' | 'keyfile' | 'insecure'>;

function loginOf(value: (name: string) => string | null, connection: Connection): CloudLogin {
  const login = Object.fromEntries(LOGIN_NAMES.map((name) => [name, value(name)]));
  const authUrl = login['auth_url'] ?? '';
  if (!URL.canParse(authUrl)) throw new BootstrapRefused(`${authUrl === '' ? 'Nothing says' : `"${authUrl}" does not say`} where Keystone is.`, 'set OS_AUTH_URL, or auth_url of the cloud in clouds.yaml, as http://keystone.example.com:5000/v3');
  return {
    options: { ...login, ...connection, auth_type: value('auth_type') ?? 'password' },
    authUrl, region: value('region_name'), interface: (value('interface') ?? value('endpoint_type'))?.replace(/URL$/, '') ?? null,
  };
}
