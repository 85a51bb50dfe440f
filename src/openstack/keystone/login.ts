import { ConfigError } from '../../config/config-error.ts';

/** The options of a configuration group that say how to log in to Keystone (keystoneauth's names). */
export interface LoginOptions {
  readonly auth_type: string | null;
  readonly auth_url: string | null;
  readonly username: string | null;
  readonly user_id: string | null;
  readonly password: string | null;
  readonly user_domain_id: string | null;
  readonly user_domain_name: string | null;
  readonly project_id: string | null;
  readonly project_name: string | null;
  readonly project_domain_id: string | null;
  readonly project_domain_name: string | null;
  readonly domain_id: string | null;
  readonly domain_name: string | null;
  readonly default_domain_id: string | null;
  readonly default_domain_name: string | null;
  readonly system_scope: string | null;
  readonly trust_id: string | null;
  readonly token: string | null;
  readonly application_credential_id: string | null;
  readonly application_credential_name: string | null;
  readonly application_credential_secret: string | null;
}

/** A way to get a token, or `none`: services are called without one. */
export type Login = { readonly kind: 'none' } | { readonly kind: 'keystone'; readonly authUrl: string; readonly body: unknown };

/** Turns log-in options into the body of `POST /v3/auth/tokens`. Throws ConfigError naming what is missing in `group`. */
export function readLogin(options: LoginOptions, group: string): Login {
  const type = (options.auth_type ?? 'password').toLowerCase();
  if (type === 'none' || type === 'noauth') return { kind: 'none' };
  const identity = identityOf(type, options, group);
  const scope = type.endsWith('applicationcredential') ? null : scopeOf(options);
  return {
    kind: 'keystone',
    authUrl: v3Url(required(options, 'auth_url', group)),
    body: { auth: { identity, ...(scope !== null && { scope }) } },
  };
}

/** The identity service's URL with the version it is spoken to. */
export function v3Url(url: string): string {
  const base = url.replace(/\/+$/, '').replace(/\/v(2\.0|3)$/, '');
  return `${base}/v3`;
}

function identityOf(type: string, options: LoginOptions, group: string): unknown {
  if (type === 'password' || type === 'v3password') {
    return { methods: ['password'], password: { user: { ...userOf(options, group), password: required(options, 'password', group) } } };
  }
  if (type === 'token' || type === 'v3token') return { methods: ['token'], token: { id: required(options, 'token', group) } };
  if (type === 'v3applicationcredential') {
    const secret = required(options, 'application_credential_secret', group);
    const credential = options.application_credential_id !== null
      ? { id: options.application_credential_id, secret }
      : { name: required(options, 'application_credential_name', group), secret, user: userOf(options, group) };
    return { methods: ['application_credential'], application_credential: credential };
  }
  throw problem(group, 'auth_type', `"${type}" is not one of password, v3password, token, v3token, v3applicationcredential, none`);
}

function userOf(options: LoginOptions, group: string): Readonly<Record<string, unknown>> {
  if (options.user_id !== null) return { id: options.user_id };
  return { name: required(options, 'username', group), ...domainOf(options.user_domain_id, options.user_domain_name, options) };
}

function scopeOf(options: LoginOptions): unknown {
  if (options.trust_id !== null) return { 'OS-TRUST:trust': { id: options.trust_id } };
  if (options.project_id !== null) return { project: { id: options.project_id } };
  if (options.project_name !== null) {
    return { project: { name: options.project_name, ...domainOf(options.project_domain_id, options.project_domain_name, options) } };
  }
  if (options.domain_id !== null) return { domain: { id: options.domain_id } };
  if (options.domain_name !== null) return { domain: { name: options.domain_name } };
  return options.system_scope === 'all' ? { system: { all: true } } : null;
}

function domainOf(id: string | null, name: string | null, options: LoginOptions): { domain?: { id: string } | { name: string } } {
  if (id !== null) return { domain: { id } };
  if (name !== null) return { domain: { name } };
  if (options.default_domain_id !== null) return { domain: { id: options.default_domain_id } };
  return options.default_domain_name === null ? {} : { domain: { name: options.default_domain_name } };
}

function required(options: LoginOptions, name: keyof LoginOptions, group: string): string {
  const value = options[name];
  if (value === null || value === '') throw problem(group, name, 'is needed to log in to the identity service');
  return value;
}

function problem(group: string, option: string, reason: string): ConfigError {
  return new ConfigError({ group, option, reason });
}
