import type { ListenerProtocol, PoolProtocol } from '@model/enums.ts';
import { createBody, initialValues, isEmpty, textOf, type FormValues } from '../../forms/form-values.ts';
import { DEFINITIONS, isShown, startValues, withoutHidden, type FormKind } from '../../forms/layout.ts';
import { problemsOf, type Problem } from '../../forms/problems.ts';
import { brokenRule, type Surroundings } from '../../forms/rules.ts';

export interface PolicyDraft {
  readonly policy: FormValues;
  readonly rules: readonly FormValues[];
}

/** Everything typed into the wizard. */
export interface WizardState {
  readonly loadBalancer: FormValues;
  readonly hasListener: boolean;
  readonly listener: FormValues;
  readonly policies: readonly PolicyDraft[];
  readonly hasPool: boolean;
  readonly pool: FormValues;
  readonly members: readonly FormValues[];
  readonly hasMonitor: boolean;
  readonly monitor: FormValues;
}

export type Step = 'details' | 'listener' | 'certificates' | 'l7' | 'pool' | 'members' | 'monitor' | 'review';

const fresh = (kind: FormKind, around: Surroundings = {}): FormValues => ({ ...initialValues(DEFINITIONS[kind].fields, kind === 'loadbalancer' ? 'create' : 'nested'), ...startValues(kind, around) });

/** What many want: HTTP on port 80, a pool and a monitor that fit. */
export function startState(): WizardState {
  return {
    loadBalancer: { ...fresh('loadbalancer'), name: 'lb1' }, hasListener: true, listener: { ...fresh('listener'), name: 'listener1' }, policies: [], hasPool: true,
    pool: { ...fresh('pool', { listenerProtocol: 'HTTP' }), name: 'pool1' }, members: [], hasMonitor: true, monitor: { ...fresh('healthmonitor', { poolProtocol: 'HTTP' }), name: 'monitor1' },
  };
}

export const newPolicy = (): PolicyDraft => ({ policy: { ...fresh('l7policy'), action: 'REJECT' }, rules: [newRule()] });
export const newRule = (): FormValues => fresh('rule');

/** The steps that these choices call for. */
export function stepsOf({ hasListener, hasPool, listener }: WizardState): readonly Step[] {
  const protocol = hasListener ? listener['protocol'] : null;
  return [
    'details', 'listener', ...(protocol === 'TERMINATED_HTTPS' ? ['certificates' as const] : []), ...(protocol === 'HTTP' || protocol === 'TERMINATED_HTTPS' ? ['l7' as const] : []),
    ...(protocol === 'PROMETHEUS' ? [] : ['pool' as const, ...(hasPool ? ['members' as const, 'monitor' as const] : [])]), 'review',
  ];
}

/** What decides which protocols and checks fit. */
export function surroundings(state: WizardState): Surroundings {
  return {
    ...(state.hasListener && { listenerProtocol: state.listener['protocol'] as ListenerProtocol }),
    ...(takesPool(state) && { poolProtocol: state.pool['protocol'] as PoolProtocol }),
  };
}

const takesPool = (state: WizardState) => state.hasPool && !(state.hasListener && state.listener['protocol'] === 'PROMETHEUS');
const takesPolicies = ({ hasListener, listener }: WizardState) => hasListener && (listener['protocol'] === 'HTTP' || listener['protocol'] === 'TERMINATED_HTTPS');

/** A listener's or pool's new protocol takes what depends on it along. */
export function withFitting(state: WizardState, change: Partial<WizardState>): WizardState {
  const next = { ...state, ...change };
  const poolChoice = startValues('pool', surroundings({ ...next, hasPool: true }));
  const isListenerOther = change.listener !== undefined && change.listener['protocol'] !== state.listener['protocol'];
  const pool = isListenerOther ? { ...next.pool, ...poolChoice, lb_algorithm: next.pool['lb_algorithm'] ?? 'ROUND_ROBIN', session_persistence: null } : next.pool;
  const isPoolOther = pool['protocol'] !== state.pool['protocol'];
  const monitor = isPoolOther ? { ...fresh('healthmonitor', { poolProtocol: pool['protocol'] as PoolProtocol }), name: next.monitor['name'] ?? '' } : next.monitor;
  return { ...next, pool, monitor };
}

/** Problems of one step by field; `''` holds a sentence about the step as a whole. */
export function problemsOfStep(state: WizardState, step: Step): { readonly fields: Readonly<Record<string, Problem>>; readonly whole: Problem | string | null } {
  const around = surroundings(state);
  switch (step) {
    case 'details': {
      const { fields } = check('loadbalancer', state.loadBalancer, around);
      const hasPlace = ['vip_subnet_id', 'vip_network_id', 'vip_port_id'].some((name) => !isEmpty(state.loadBalancer[name] ?? null));
      return { fields: hasPlace ? fields : { vip_subnet_id: { key: 'wizard.vip-needed' }, ...fields }, whole: null };
    }
    case 'listener': return state.hasListener ? check('listener', state.listener, around) : NONE;
    case 'certificates': return isEmpty(state.listener['default_tls_container_ref'] ?? null) ? { fields: { default_tls_container_ref: { key: 'problem.required' } }, whole: null } : NONE;
    case 'l7': return state.policies.map((draft) => checkPolicy(draft, state)).find(({ whole, fields }) => whole !== null || Object.keys(fields).length > 0) ?? NONE;
    case 'pool': {
      if (!takesPool(state)) return NONE;
      const found = check('pool', state.pool, around);
      return isEmpty(state.pool['name'] ?? null) ? { ...found, fields: { ...found.fields, name: { key: 'problem.required' } } } : found;
    }
    case 'members': return state.members.map((values) => check('member', values, around)).find(({ fields }) => Object.keys(fields).length > 0) ?? NONE;
    case 'monitor': return state.hasMonitor ? check('healthmonitor', state.monitor, around) : NONE;
    default: return NONE;
  }
}

export const isFine = (state: WizardState, step: Step): boolean => {
  const { fields, whole } = problemsOfStep(state, step);
  return whole === null && Object.keys(fields).length === 0;
};

const NONE = { fields: {}, whole: null } as const;

function check(kind: FormKind, values: FormValues, around: Surroundings): { readonly fields: Readonly<Record<string, Problem>>; readonly whole: string | null } {
  const use = kind === 'loadbalancer' ? 'create' : 'nested';
  const { fields: definition } = DEFINITIONS[kind];
  const fields = problemsOnScreen(kind, values, around);
  const broken = Object.keys(fields).length > 0 ? null : brokenRule(kind, createBody(definition, use, withoutHidden(kind, values, around)), around);
  return { fields, whole: broken };
}

/** Problems of single fields, without those that are hidden and not sent. */
function problemsOnScreen(kind: FormKind, values: FormValues, around: Surroundings): Readonly<Record<string, Problem>> {
  const use = kind === 'loadbalancer' ? 'create' : 'nested';
  const { fields } = DEFINITIONS[kind];
  return problemsOf(fields, use, values, Object.keys(initialValues(fields, use)).filter((name) => isShown(kind, name, values, around)));
}

function checkPolicy({ policy, rules }: PolicyDraft, state: WizardState): ReturnType<typeof problemsOfStep> {
  // Where the requests go is the wizard's pool, which has no id yet: no rule could be satisfied about it.
  const toPool = policy['action'] === 'REDIRECT_TO_POOL';
  if (toPool && !takesPool(state)) return { fields: {}, whole: { key: 'wizard.policy-needs-pool' } };
  const own = toPool ? { fields: problemsOnScreen('l7policy', policy, {}), whole: null } : check('l7policy', policy, {});
  if (own.whole !== null || Object.keys(own.fields).length > 0) return own;
  return rules.map((rule) => check('rule', rule, {})).find(({ whole, fields }) => whole !== null || Object.keys(fields).length > 0) ?? NONE;
}

type Body = Record<string, unknown>;

/** The one fully populated create that the wizard comes to. */
export function populatedBody(state: WizardState): Body {
  const around = surroundings(state);
  const part = (kind: FormKind, values: FormValues): Body => createBody(DEFINITIONS[kind].fields, 'nested', withoutHidden(kind, values, around));
  const body = createBody(DEFINITIONS.loadbalancer.fields, 'create', state.loadBalancer);
  const pool = takesPool(state) ? {
    ...part('pool', state.pool),
    ...(state.members.length > 0 && { members: state.members.map((values) => part('member', values)) }),
    ...(state.hasMonitor && { healthmonitor: part('healthmonitor', state.monitor) }),
  } : null;
  if (!state.hasListener) return pool === null ? body : { ...body, pools: [pool] };
  const policies = takesPolicies(state) ? state.policies.map(({ policy, rules }) => ({
    ...part('l7policy', policy), ...(policy['action'] === 'REDIRECT_TO_POOL' && { redirect_pool: { name: textOf(state.pool['name']) } }), rules: rules.map((rule) => part('rule', rule)),
  })) : [];
  const listener = { ...part('listener', state.listener), ...(pool !== null && { default_pool: pool }), ...(policies.length > 0 && { l7policies: policies }) };
  return { ...body, listeners: [listener] };
}
