import type { Config } from '../../config/config.ts';
import { ConfigError } from '../../config/config-error.ts';
import type { ConnectionOptions } from './http-client.ts';
import type { LoginOptions } from './login.ts';

type KeyManagerConfig = Pick<Config, 'key_manager' | 'barbican'>;

/** Castellan's names for Keystone's ways to log in; those of it that know no Keystone are useless for Barbican there too. */
const KEYSTONE_TYPES: Readonly<Record<string, string>> = { keystone_password: 'password', keystone_token: 'token' };

/** The log-in of [key_manager]; null when [service_auth] is to be used. Throws ConfigError. */
export function keyManagerLogin({ key_manager: login, barbican }: KeyManagerConfig): (LoginOptions & ConnectionOptions) | null {
  if (login.auth_type === null) return null;
  const type = KEYSTONE_TYPES[login.auth_type];
  if (type === undefined) throw new ConfigError({ group: 'key_manager', option: 'auth_type', value: login.auth_type, reason: `is not one of ${Object.keys(KEYSTONE_TYPES).join(', ')}` });
  return {
    ...login, auth_type: type, auth_url: login.auth_url ?? barbican.auth_endpoint,
    default_domain_id: null, default_domain_name: null, system_scope: null,
    application_credential_id: null, application_credential_name: null, application_credential_secret: null,
    cafile: barbican.verify_ssl_path, insecure: !barbican.verify_ssl,
  };
}
