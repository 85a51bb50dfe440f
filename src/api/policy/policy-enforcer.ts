import type { RequestContext } from '../auth/request-context.ts';

/** Attributes of the object that is asked for; `project_id` decides ownership. */
export type PolicyTarget = Readonly<Record<string, string | null | undefined>>;

/** Decides `os_load-balancer_api:*` rules for one caller. */
export interface PolicyEnforcer {
  /** `rule` is the full name, e.g. `os_load-balancer_api:listener:get_one`. */
  allows(rule: string, context: RequestContext, target: PolicyTarget): boolean;
  /** Throws the 403 fault `Policy does not allow this request to be performed.` */
  enforce(rule: string, context: RequestContext, target: PolicyTarget): void;
}
