import type { Config } from '../../config/config.ts';
import { OctaviaError } from '../../lib/errors.ts';
import type { TokenValidator } from '../../openstack/token.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Authenticator } from './authenticator.ts';
import { noauthAuthenticator, testingAuthenticator } from './header-authenticators.ts';
import { createKeystoneAuthenticator } from './keystone-authenticator.ts';

/** The authenticator that `[api_settings] auth_strategy` names; `keystone` needs a validator of tokens. */
export function createAuthenticator(
  config: Pick<Config, 'api_settings' | 'keystone_authtoken'>, services: { readonly validator?: TokenValidator; readonly log?: Logger } = {},
): Authenticator {
  switch (config.api_settings.auth_strategy) {
    case 'noauth': return noauthAuthenticator;
    case 'testing': return testingAuthenticator;
    default: {
      if (services.validator === undefined) throw new OctaviaError('auth-incomplete', 'auth_strategy keystone needs an identity service to ask about tokens.');
      return createKeystoneAuthenticator(services.validator, config.keystone_authtoken, services.log ? { log: services.log } : {});
    }
  }
}
