import type { HealthMonitorType, L7PolicyAction, L7RuleCompareType, L7RuleType, ListenerProtocol, PoolProtocol } from '@model/enums.ts';
import { checkMonitorOnCreate } from '@model/rules/health-monitor.ts';
import { checkInsertHeaders } from '@model/rules/insert-headers.ts';
import { settleRedirect } from '@model/rules/l7policy.ts';
import { checkL7Rule } from '@model/rules/l7rule.ts';
import { checkMonitorType, checkPoolProtocol } from '@model/rules/protocols.ts';
import { checkSessionPersistence, type PersistenceOptions } from '@model/rules/session-persistence.ts';
import { checkHstsOnCreate } from '@model/rules/tls.ts';
import { RuleViolation } from '@model/violation.ts';

/** The object that a rule is about: what is sent, over what is there already. */
export type Subject = Readonly<Record<string, unknown>>;

/** What surrounds an object and decides what it may be. */
export interface Surroundings {
  readonly listenerProtocol?: ListenerProtocol;
  readonly poolProtocol?: PoolProtocol;
}

/** The API's own rules about how the fields of one object fit together; null when all is well. */
export function brokenRule(kind: string, subject: Subject, around: Surroundings = {}): string | null {
  try {
    RULES[kind]?.(subject, around);
    return null;
  } catch (error) {
    if (error instanceof RuleViolation) return error.message;
    throw error;
  }
}

// The fields have passed their own definition before: their types are what it says.
const RULES: Readonly<Record<string, (subject: Subject, around: Surroundings) => void>> = {
  listener(subject) {
    const protocol = subject['protocol'] as ListenerProtocol;
    checkInsertHeaders(subject['insert_headers'] as Record<string, string> | undefined, protocol);
    checkHstsOnCreate({ hsts_max_age: subject['hsts_max_age'] as number | undefined, hsts_include_subdomains: subject['hsts_include_subdomains'] as boolean | undefined, hsts_preload: subject['hsts_preload'] as boolean | undefined }, protocol);
  },
  pool(subject, { listenerProtocol }) {
    const protocol = subject['protocol'] as PoolProtocol;
    if (listenerProtocol !== undefined) checkPoolProtocol(listenerProtocol, protocol);
    checkSessionPersistence(subject['session_persistence'] as PersistenceOptions | undefined, protocol);
  },
  healthmonitor(subject, { poolProtocol }) {
    const type = subject['type'] as HealthMonitorType;
    // How small a delay may be is the operator's affair: the API says so.
    if (poolProtocol !== undefined) checkMonitorType({ type }, poolProtocol, 0);
    checkMonitorOnCreate({ ...subject, type });
  },
  l7policy(subject) {
    settleRedirect({ ...subject, action: subject['action'] as L7PolicyAction });
  },
  rule(subject) {
    checkL7Rule({
      type: subject['type'] as L7RuleType, compareType: subject['compare_type'] as L7RuleCompareType, key: (subject['key'] as string | undefined) ?? null, value: (subject['value'] as string | undefined) ?? null,
    });
  },
};

/** Those of `values` that a check accepts: choices that cannot work are not offered. */
export function acceptable<T>(values: readonly T[], check: (value: T) => void): readonly T[] {
  return values.filter((value) => {
    try {
      check(value);
      return true;
    } catch (error) {
      if (error instanceof RuleViolation) return false;
      throw error;
    }
  });
}
