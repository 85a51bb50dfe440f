import type { Config } from '../../config/config.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { OctaviaError } from '../../lib/errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { RequestContext } from '../auth/request-context.ts';
import { policyForbidden } from '../machinery/faults.ts';
import { compileRules } from './compile-rules.ts';
import type { PolicyEnforcer } from './policy-enforcer.ts';
import { fingerprintPolicyFiles, readPolicyFiles, type PolicyLocations } from './policy-file.ts';
import { decide, type Credentials, type RuleSet } from './rule.ts';
import { BASE_RULES, OPERATION_RULES } from './rules.ts';

export interface PolicyEnforcerOptions {
  /** Where relative policy files are looked for. @default ['/etc/octavia'] */
  readonly configDirs?: readonly string[];
  readonly log?: Logger;
  readonly clock?: Clock;
}

const RECHECK_MS = 1000;

/**
 * The policy engine with the built-in rules and the operator's files over them. Files are read again after a change;
 * a broken new file is logged and the rules before it stay. Throws InvalidPolicyFile or InvalidRule when the files are
 * broken from the start.
 */
export function createPolicyEnforcer(config: Pick<Config, 'oslo_policy'>, options: PolicyEnforcerOptions = {}): PolicyEnforcer {
  const { enforce_scope: enforceScope } = config.oslo_policy;
  const currentRules = watchRules(config.oslo_policy, options);
  const allows: PolicyEnforcer['allows'] = (rule, context, target) => {
    const compiled = currentRules();
    if (enforceScope && !isProjectScoped(context) && REGISTERED.has(rule)) return false;
    const found = compiled.rules.find(rule);
    return found !== undefined && decide(found, compiled.rules, credentialsOf(context, compiled, enforceScope), target);
  };
  return {
    allows,
    enforce(rule, context, target) {
      if (!allows(rule, context, target)) throw policyForbidden();
    },
  };
}

/** Every built-in rule asks for a project token. */
const REGISTERED = new Set([...BASE_RULES, ...OPERATION_RULES].map((rule) => rule.name));

function isProjectScoped(context: RequestContext): boolean {
  return context.systemScope === null && (context.domainId === null || context.projectId !== null);
}

interface Compiled {
  readonly rules: RuleSet;
  /** Credentials with the answer of `context_is_admin`, worked out once per request. */
  readonly credentials: WeakMap<RequestContext, Credentials>;
}

function watchRules(settings: Config['oslo_policy'], options: PolicyEnforcerOptions): () => Compiled {
  const { log, clock = systemClock } = options;
  const locations: PolicyLocations = { file: settings.policy_file ?? '', dirs: settings.policy_dirs, configDirs: options.configDirs ?? ['/etc/octavia'] };
  const compile = (): Compiled => ({
    rules: compileRules(readPolicyFiles(locations), {
      enforceNewDefaults: settings.enforce_new_defaults,
      defaultRule: settings.policy_default_rule ?? 'default',
      onInvalid: (rule, reason) => log?.error({ rule, reason }, 'A policy rule is not valid and denies'),
    }),
    credentials: new WeakMap(),
  });
  let fingerprint = fingerprintPolicyFiles(locations);
  let compiled = compile();
  let checkedAtMs = clock.now();
  return () => {
    const nowMs = clock.now();
    if (nowMs - checkedAtMs < RECHECK_MS) return compiled;
    checkedAtMs = nowMs;
    try {
      const seen = fingerprintPolicyFiles(locations);
      if (seen === fingerprint) return compiled;
      fingerprint = seen;
      compiled = compile();
      log?.info({}, 'Policy files were read again');
    } catch (error) {
      // Files vanish while they are listed or are half written: the next look settles it.
      if (!(error instanceof OctaviaError) && !isFileError(error)) throw error;
      log?.error({ err: error }, 'Policy files cannot be used; the rules before stay');
    }
    return compiled;
  };
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

function credentialsOf(context: RequestContext, compiled: Compiled, enforceScope: boolean): Credentials {
  const known = compiled.credentials.get(context);
  if (known !== undefined) return known;
  const caller: Credentials = {
    user_id: context.userId, project_id: context.projectId, domain_id: context.domainId, system_scope: context.systemScope, roles: context.roles,
    user_domain_id: context.userDomainId ?? null, project_domain_id: context.projectDomainId ?? null,
    service_user_id: context.service?.userId ?? null, service_project_id: context.service?.projectId ?? null, service_roles: context.service?.roles ?? [],
    is_admin: false, is_admin_project: context.isAdminProject ?? true,
  };
  const rule = enforceScope && !isProjectScoped(context) ? undefined : compiled.rules.find('context_is_admin');
  const target = { user_id: context.userId, project_id: context.projectId };
  const isAdmin = context.isAdmin || (rule !== undefined && decide(rule, compiled.rules, caller, target));
  const credentials = { ...caller, is_admin: isAdmin };
  compiled.credentials.set(context, credentials);
  return credentials;
}
