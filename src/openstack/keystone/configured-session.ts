import type { Config } from '../../config/config.ts';
import { ConfigError } from '../../config/config-error.ts';
import type { ConnectionOptions } from './http-client.ts';
import { createKeystoneSession, type KeystoneSession, type KeystoneSessionOptions } from './keystone-session.ts';
import type { LoginOptions } from './login.ts';

/** Groups of octavia.conf that say how to log in. */
const LOGIN_GROUPS = ['keystone_authtoken', 'service_auth', 'neutron'] as const;
export type LoginGroup = (typeof LOGIN_GROUPS)[number];

/**
 * The session that a group of octavia.conf describes; `auth_section` lends the log-in options of another group. Throws
 * ConfigError when something needed is missing.
 */
export function createConfiguredSession(config: Pick<Config, LoginGroup>, group: LoginGroup, options: Omit<KeystoneSessionOptions, 'group'> = {}): KeystoneSession {
  const loginGroup = loginGroupOf(config, group);
  const login: LoginOptions = config[loginGroup];
  return createKeystoneSession({ ...login, ...connectionOf(config, group) }, { ...options, group: loginGroup });
}

function loginGroupOf(config: Pick<Config, LoginGroup>, group: LoginGroup): LoginGroup {
  const section = config[group].auth_section;
  if (section === null) return group;
  const found = LOGIN_GROUPS.find((name) => name === section);
  if (found === undefined) throw new ConfigError({ group, option: 'auth_section', value: section, reason: `is not one of ${LOGIN_GROUPS.join(', ')}` });
  return found;
}

/** keystonemiddleware has its own names for time limit and retries. */
function connectionOf(config: Pick<Config, LoginGroup>, group: LoginGroup): ConnectionOptions {
  if (group !== 'keystone_authtoken') return config[group];
  const { cafile, certfile, keyfile, insecure, http_connect_timeout: timeout, http_request_max_retries: retries } = config.keystone_authtoken;
  return { cafile, certfile, keyfile, insecure, timeout, connect_retries: retries, status_code_retries: retries };
}
