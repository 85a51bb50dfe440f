import { Button, Card, CardBody, CardHeader, CardTitle, Content } from '@patternfly/react-core';
import { useChoices } from '../../dialogs/use-choices.ts';
import type { FormValues } from '../../forms/form-values.ts';
import { useMemberCandidates } from '../../forms/member-candidates.ts';
import { MembersEditor } from '../../forms/members-editor.tsx';
import { problemsOf, type Problem } from '../../forms/problems.ts';
import { ResourceForm } from '../../forms/resource-form.tsx';
import { DEFINITIONS } from '../../forms/layout.ts';
import { useRowKeys } from '../../forms/use-row-keys.ts';
import { useT } from '../../i18n/i18n.tsx';
import { PlanStep } from './plan-step.tsx';
import { newPolicy, newRule, surroundings, type PolicyDraft, type Step, type WizardState } from './wizard-state.ts';

interface StepProps {
  readonly state: WizardState;
  readonly change: (part: Partial<WizardState>) => void;
  readonly problems: Readonly<Record<string, Problem>>;
  readonly isTried: boolean;
}

/** Certificates have a step of their own. */
const CERTIFICATES = ['default_tls_container_ref', 'sni_container_refs'];
const LISTENER_OTHERS = ['name', 'description', 'protocol', 'protocol_port', 'default_pool_id', 'allowed_cidrs', 'insert_headers', 'tls_versions', 'tls_ciphers', 'alpn_protocols', 'client_authentication', 'client_ca_tls_container_ref', 'client_crl_container_ref', 'hsts_max_age', 'hsts_include_subdomains', 'hsts_preload', 'connection_limit', 'timeout_client_data', 'timeout_member_connect', 'timeout_member_data', 'timeout_tcp_inspect', 'tags', 'admin_state_up'];

export function StepContent({ step, ...props }: StepProps & { step: Step }) {
  const { state, change, problems } = props;
  const around = surroundings(state);
  switch (step) {
    case 'details': return <DetailsStep {...props} />;
    case 'listener': return <ListenerStep {...props} without={[...CERTIFICATES, 'default_pool_id']} />;
    case 'certificates': return <ListenerStep {...props} without={LISTENER_OTHERS} />;
    case 'l7': return <PoliciesStep {...props} />;
    case 'pool': return <PoolStep {...props} />;
    case 'members': return <MembersStep {...props} />;
    case 'monitor': return <ResourceForm kind="healthmonitor" use="nested" values={state.monitor} onChange={(monitor) => change({ monitor })} problems={problems} around={around} />;
    default: return <PlanStep state={state} />;
  }
}

function DetailsStep({ state, change, problems }: StepProps) {
  const choices = useChoices('loadbalancer', null);
  return <ResourceForm kind="loadbalancer" use="create" values={state.loadBalancer} onChange={(loadBalancer) => change({ loadBalancer })} problems={problems} choices={choices} />;
}

function ListenerStep({ state, change, problems, without }: StepProps & { without: readonly string[] }) {
  const choices = useChoices('listener', null);
  return <ResourceForm kind="listener" use="nested" values={state.listener} onChange={(listener) => change({ listener })} problems={problems} choices={choices} without={without} />;
}

function PoolStep({ state, change, problems }: StepProps) {
  const choices = useChoices('pool', null);
  return <ResourceForm kind="pool" use="nested" values={state.pool} onChange={(pool) => change({ pool })} problems={problems} around={surroundings(state)} choices={choices} />;
}

function MembersStep({ state, change, isTried }: StepProps) {
  const candidates = useMemberCandidates();
  const choices = useChoices('member', null);
  const used = new Set(state.members.map((values) => values['address']));
  return <MembersEditor members={state.members} onChange={(members) => change({ members })} candidates={candidates.filter(({ address }) => !used.has(address))} subnets={choices['subnet_id']} showProblems={isTried} />;
}

function PoliciesStep({ state, change, isTried }: StepProps) {
  const t = useT();
  const { keys, forget } = useRowKeys(state.policies.length);
  const removeAt = (index: number) => {
    forget(index);
    change({ policies: state.policies.filter((_one, at) => at !== index) });
  };
  const set = (index: number, draft: PolicyDraft) => change({ policies: state.policies.map((one, at) => (at === index ? draft : one)) });
  return (
    <>
      {state.policies.map((draft, index) => <PolicyCard key={keys[index]} number={index + 1} {...{ draft, isTried }} onChange={(next) => set(index, next)} onRemove={() => removeAt(index)} />)}
      <div><Button variant="secondary" onClick={() => change({ policies: [...state.policies, newPolicy()] })}>{t('wizard.add-policy')}</Button></div>
    </>
  );
}

interface PolicyCardProps {
  readonly number: number;
  readonly draft: PolicyDraft;
  readonly isTried: boolean;
  readonly onChange: (draft: PolicyDraft) => void;
  readonly onRemove: () => void;
}

function PolicyCard({ number, draft, isTried, onChange, onRemove }: PolicyCardProps) {
  const t = useT();
  const problems = (kind: 'l7policy' | 'rule', values: FormValues) => (isTried ? problemsOf(DEFINITIONS[kind].fields, 'nested', values) : {});
  const { keys, forget } = useRowKeys(draft.rules.length);
  const removeRule = (index: number) => {
    forget(index);
    onChange({ ...draft, rules: draft.rules.filter((_one, at) => at !== index) });
  };
  const setRule = (index: number, rule: FormValues) => onChange({ ...draft, rules: draft.rules.map((one, at) => (at === index ? rule : one)) });
  return (
    <Card>
      <CardHeader actions={{ actions: <Button variant="plain" aria-label={t('form.remove', { what: t('wizard.policy-number', { number }) })} onClick={onRemove}>×</Button> }}><CardTitle component="h2">{t('wizard.policy-number', { number })}</CardTitle></CardHeader>
      <CardBody>
        <ResourceForm kind="l7policy" use="nested" values={draft.policy} onChange={(policy) => onChange({ ...draft, policy })} problems={problems('l7policy', draft.policy)} />
        {draft.policy['action'] === 'REDIRECT_TO_POOL' && <Content component="p">{t('wizard.policy-pool')}</Content>}
      </CardBody>
      {draft.rules.map((rule, index) => (
        <CardBody key={keys[index]}>
          <div className="part-head">
            <h3>{t('wizard.rule-number', { number: index + 1 })}</h3>
            <Button variant="plain" aria-label={t('form.remove', { what: t('wizard.rule-number', { number: index + 1 }) })} onClick={() => removeRule(index)}>×</Button>
          </div>
          <ResourceForm kind="rule" use="nested" values={rule} onChange={(next) => setRule(index, next)} problems={problems('rule', rule)} />
        </CardBody>
      ))}
      <CardBody><Button variant="link" isInline onClick={() => onChange({ ...draft, rules: [...draft.rules, newRule()] })}>{t('wizard.add-rule')}</Button></CardBody>
    </Card>
  );
}
