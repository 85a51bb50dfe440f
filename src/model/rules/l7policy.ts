import type { L7PolicyAction } from '../enums.ts';
import { RuleViolation } from '../violation.ts';

/** Redirect part of a policy body; absent = not given. */
export interface RedirectFields {
  readonly action?: L7PolicyAction | null | undefined;
  readonly redirect_pool_id?: string | null | undefined;
  readonly redirect_url?: string | null | undefined;
  readonly redirect_prefix?: string | null | undefined;
  readonly redirect_http_code?: number | null | undefined;
}

/** What to store: only the keys that change. */
export type RedirectChange = { -readonly [K in keyof RedirectFields]: RedirectFields[K] };

const wrongArguments = (reason: string) => new RuleViolation(`Invalid L7 Policy arguments: ${reason}`);

/**
 * Makes action and redirect fields consistent: a target implies its action, and the other targets are cleared
 * (octavia: common/validate.py sanitize_l7policy_api_args and db/repositories.py L7PolicyRepository).
 * Other fields of a body are left out. `hasRedirectPool` stands for a pool that is created along.
 */
export function settleRedirect(body: RedirectFields, hasRedirectPool = false): RedirectChange {
  const given = redirectPartOf(body);
  if (given.action === null) throw new RuleViolation('Invalid L7 Policy action specified: None');
  requireTarget(given, hasRedirectPool);
  const wanted = forAction(given);
  const hasPool = Boolean(wanted.redirect_pool_id) || hasRedirectPool;
  if (hasPool && (wanted.redirect_url || wanted.redirect_prefix)) {
    throw wrongArguments('Cannot specify redirect_pool_id and redirect_url or redirect_prefix at the same time');
  }
  if (hasPool) return { ...wanted, action: 'REDIRECT_TO_POOL', redirect_url: null, redirect_prefix: null, redirect_http_code: null };
  // A URL is looked at before a prefix, so it wins when both are given, as in the original.
  if (wanted.redirect_url) {
    return { action: 'REDIRECT_TO_URL', redirect_url: wanted.redirect_url, redirect_pool_id: null, redirect_prefix: null, redirect_http_code: wanted.redirect_http_code || 302 };
  }
  if (wanted.redirect_prefix) {
    return { action: 'REDIRECT_PREFIX', redirect_prefix: wanted.redirect_prefix, redirect_pool_id: null, redirect_url: null, redirect_http_code: wanted.redirect_http_code || 302 };
  }
  return wanted;
}

function redirectPartOf({ action, redirect_pool_id, redirect_url, redirect_prefix, redirect_http_code }: RedirectFields): RedirectFields {
  return {
    ...(action !== undefined && { action }), ...(redirect_pool_id !== undefined && { redirect_pool_id }), ...(redirect_url !== undefined && { redirect_url }),
    ...(redirect_prefix !== undefined && { redirect_prefix }), ...(redirect_http_code !== undefined && { redirect_http_code }),
  };
}

function requireTarget(given: RedirectFields, hasRedirectPool: boolean): void {
  if (given.action === 'REDIRECT_TO_URL' && !given.redirect_url) throw wrongArguments('redirect_url must not be None');
  if (given.action === 'REDIRECT_TO_POOL' && !given.redirect_pool_id && !hasRedirectPool) throw wrongArguments('redirect_pool_id or redirect_pool must not be None');
  if (given.action === 'REDIRECT_PREFIX' && !given.redirect_prefix) throw wrongArguments('redirect_prefix must not be None');
}

function forAction(given: RedirectFields): RedirectChange {
  switch (given.action) {
    case 'REJECT': return { ...given, redirect_url: null, redirect_pool_id: null, redirect_prefix: null, redirect_http_code: null };
    case 'REDIRECT_TO_URL': return { ...given, redirect_pool_id: null, redirect_prefix: null };
    case 'REDIRECT_TO_POOL': return { ...given, redirect_url: null };
    default: return { ...given };
  }
}

/** The new order after one was put at `position` (1-based; beyond the end means at the end). */
export function movedTo<T>(ordered: readonly T[], one: T, position: number): readonly T[] {
  const others = ordered.filter((other) => other !== one);
  const index = Math.min(position - 1, others.length);
  return [...others.slice(0, index), one, ...others.slice(index)];
}

/** Where each policy of a new listener ends up, numbered from 1, when they are put at the positions they ask for one after the other. */
export function settlePositions(wanted: readonly number[]): readonly number[] {
  const order = wanted.reduce<readonly number[]>((ordered, position, index) => movedTo(ordered, index, position), []);
  const places = new Map(order.map((index, place) => [index, place + 1]));
  return wanted.map((_position, index) => places.get(index) ?? 0);
}
