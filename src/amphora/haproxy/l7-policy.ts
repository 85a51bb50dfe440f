import type { ConfigSection } from './config-writer.ts';
import { aclWords, conditionTerm } from './l7-acl.ts';
import { backendName } from './render-context.ts';
import type { ServedPolicy } from './served-objects.ts';

const REDIRECT_CODES = new Set([301, 302, 303, 307, 308]);

// haproxy refuses lines of more than 64 words; longer policies are cut into a chain of variables.
const TERMS_PER_LINE = 40;

/** Policies that send a request away before any redirect is looked at: haproxy evaluates `http-request` rules first. */
export function writeRejects(section: ConfigSection, policies: readonly ServedPolicy[]): void {
  for (const served of policies.filter((candidate) => candidate.policy.action === 'REJECT')) {
    section.add('http-request', 'deny', 'if', ...condition(section, served));
  }
}

/** Redirects, by position. */
export function writeRedirects(section: ConfigSection, policies: readonly ServedPolicy[]): void {
  for (const served of policies) {
    const { policy } = served;
    const [kind, target] =
      policy.action === 'REDIRECT_TO_URL' ? ['location', policy.redirectUrl] :
      policy.action === 'REDIRECT_PREFIX' ? ['prefix', policy.redirectPrefix] : [null, null];
    if (kind === null || !target) continue;
    const code = policy.redirectHttpCode !== null && REDIRECT_CODES.has(policy.redirectHttpCode) ? ['code', policy.redirectHttpCode] : [];
    section.add('redirect', ...code, kind, percentEncodeForbidden(target), 'if', ...condition(section, served));
  }
}

/** Switches to other pools, by position; a policy whose pool is disabled does nothing. */
export function writePoolSwitches(section: ConfigSection, policies: readonly ServedPolicy[]): void {
  for (const served of policies) {
    if (served.policy.action !== 'REDIRECT_TO_POOL' || !served.redirectPool) continue;
    const backend = backendName(served.redirectPool.id, served.policy.listenerId);
    section.add('use_backend', backend, 'if', ...condition(section, served));
  }
}

/** Writes the ACLs of a policy and returns the words after `if`: all rules must hold. */
function condition(section: ConfigSection, served: ServedPolicy): readonly string[] {
  for (const rule of served.rules) section.add('acl', rule.id, ...aclWords(rule));
  let terms = served.rules.map(conditionTerm);
  const variable = `txn.policy_${served.policy.id.replaceAll('-', '_')}`;
  for (let round = 0; terms.length > TERMS_PER_LINE; round += 1) {
    section.add('http-request', `set-var(${variable}_${round})`, 'bool(true)', 'if', ...terms.slice(0, TERMS_PER_LINE));
    section.add('acl', `${served.policy.id}_${round}`, `var(${variable}_${round})`, '-m', 'bool');
    terms = [`${served.policy.id}_${round}`, ...terms.slice(TERMS_PER_LINE)];
  }
  return terms;
}

/**
 * Rows written before the API refused blanks and control characters in redirect targets (CVE of 2026) may hold them;
 * percent-encoding keeps the target's meaning and keeps it one header value.
 */
function percentEncodeForbidden(target: string): string {
  // oxlint-disable-next-line no-control-regex
  return target.replace(/[\u0000-\u0020\u007f-\u009f]/g, (character) => encodeURIComponent(character));
}
