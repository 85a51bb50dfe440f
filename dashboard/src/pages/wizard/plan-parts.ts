/** A fully populated body taken apart: what the plan lists and the commands make one by one. */
export interface PlanParts {
  readonly loadBalancer: Part;
  readonly listeners: readonly (Part & { readonly policies: readonly (Part & { readonly rules: readonly Part[] })[] })[];
  readonly pools: readonly (Part & { readonly listener: string | null; readonly members: readonly Part[]; readonly monitor: Part | null })[];
}

export interface Part {
  /** What others refer to it by. */
  readonly name: string;
  /** Its own fields, children left out. */
  readonly fields: Readonly<Record<string, unknown>>;
}

type Body = Readonly<Record<string, unknown>>;

export function planParts(body: Body): PlanParts {
  const listeners = list(body['listeners']).map((listener, index) => ({
    ...part(listener, `listener${index + 1}`),
    policies: list(listener['l7policies']).map((policy, at) => ({
      ...part(withPoolName(policy), `policy${at + 1}`), rules: list(policy['rules']).map((rule, number) => part(rule, `rule${number + 1}`)),
    })),
  }));
  const pools = [
    ...list(body['listeners']).flatMap((listener, index) => (isBody(listener['default_pool']) ? [poolParts(listener['default_pool'], listeners[index]?.name ?? null)] : [])),
    ...list(body['pools']).map((pool) => poolParts(pool, null)),
  ];
  return { loadBalancer: part(body, 'lb1'), listeners, pools };
}

function poolParts(pool: Body, listener: string | null) {
  return {
    ...part(pool, 'pool1'), listener, members: list(pool['members']).map((member, index) => part(member, `member${index + 1}`)), monitor: isBody(pool['healthmonitor']) ? part(pool['healthmonitor'], 'monitor1') : null,
  };
}

const CHILDREN = new Set(['listeners', 'pools', 'default_pool', 'l7policies', 'rules', 'members', 'healthmonitor', 'redirect_pool']);

function part(body: Body, fallback: string): Part {
  const { name } = body;
  return { name: typeof name === 'string' && name !== '' ? name : fallback, fields: Object.fromEntries(Object.entries(body).filter(([key]) => !CHILDREN.has(key))) };
}

/** A policy names the pool that is made along. */
function withPoolName(policy: Body): Body {
  const pool = policy['redirect_pool'];
  return isBody(pool) ? { ...policy, redirect_pool_name: pool['name'] } : policy;
}

const isBody = (value: unknown): value is Body => typeof value === 'object' && value !== null && !Array.isArray(value);
const list = (value: unknown): readonly Body[] => (Array.isArray(value) ? value.filter(isBody) : []);
