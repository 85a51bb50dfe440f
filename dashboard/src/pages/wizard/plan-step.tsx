import { Content, List, ListItem, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import { CopyBlock } from '../../components/copy-block.tsx';
import { ValueText } from '../../components/properties.tsx';
import { labelOf } from '../../forms/field-text.ts';
import type { FormKind } from '../../forms/layout.ts';
import { useT } from '../../i18n/i18n.tsx';
import { asCurl, asOpenstack } from './as-commands.ts';
import { asTerraform } from './as-terraform.ts';
import { planParts, type Part } from './plan-parts.ts';
import { populatedBody, type WizardState } from './wizard-state.ts';

/** What is going to be made, as a tree, and the same for people who prefer commands. */
export function PlanStep({ state }: { state: WizardState }) {
  const t = useT();
  const body = useMemo(() => populatedBody(state), [state]);
  const { loadBalancer, listeners, pools } = planParts(body);
  const [tab, setTab] = useState('openstack');
  const commands = [
    { key: 'openstack', title: t('wizard.as-openstack'), text: () => asOpenstack(body) },
    { key: 'curl', title: t('wizard.as-curl'), text: () => asCurl(body, location.origin) },
    { key: 'terraform', title: t('wizard.as-terraform'), text: () => asTerraform(body) },
  ];
  return (
    <>
      <List className="plan" data-testid="plan">
        <PlanPart kind="loadbalancer" part={loadBalancer} />
        {listeners.map((listener) => (
          <ListItem key={listener.name}>
            <PlanLine kind="listener" part={listener} />
            {listener.policies.length > 0 && (
              <List>{listener.policies.map((policy) => (
                <ListItem key={policy.name}>
                  <PlanLine kind="l7policy" part={policy} />
                  <List>{policy.rules.map((rule) => <PlanPart key={rule.name} kind="rule" part={rule} />)}</List>
                </ListItem>
              ))}</List>
            )}
          </ListItem>
        ))}
        {pools.map((pool) => (
          <ListItem key={pool.name}>
            <PlanLine kind="pool" part={pool} />
            <List>
              {pool.members.map((member, index) => <PlanPart key={`${member.name} ${index}`} kind="member" part={member} />)}
              {pool.monitor !== null && <PlanPart kind="healthmonitor" part={pool.monitor} />}
            </List>
          </ListItem>
        ))}
      </List>
      <h2 className="part-title">{t('wizard.same-as')}</h2>
      <Content component="p">{t('wizard.same-as-help')}</Content>
      <Tabs activeKey={tab} backScrollAriaLabel={t('table.back')} forwardScrollAriaLabel={t('table.forward')} onSelect={(_event, key) => setTab(String(key))} aria-label={t('wizard.same-as')}>
        {commands.map(({ key, title, text }) => <Tab key={key} eventKey={key} title={<TabTitleText>{title}</TabTitleText>}>{tab === key && <CopyBlock text={text()} label={title} />}</Tab>)}
      </Tabs>
    </>
  );
}

const PlanPart = (props: { kind: FormKind; part: Part }) => <ListItem><PlanLine {...props} /></ListItem>;

function PlanLine({ kind, part }: { kind: FormKind; part: Part }) {
  const t = useT();
  const fields = Object.entries(part.fields).filter(([name]) => name !== 'name');
  return (
    <>
      <strong>{t(`kind.${kind}`)} {kind === 'rule' || (kind === 'member' && part.fields['name'] === undefined) ? '' : part.name}</strong>
      {fields.map(([name, value]) => <span key={name} className="plan__field"><span className="subtle">{labelOf(t, kind, name)}</span> <ValueText value={value} /></span>)}
    </>
  );
}
