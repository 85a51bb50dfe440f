import { member } from '@model/resources/member.ts';
import { Button, Checkbox, Content, ExpandableSection, TextInput } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { useT } from '../i18n/i18n.tsx';
import type { Choice } from './field-control.tsx';
import { initialValues, textOf, type FormValues } from './form-values.ts';
import type { MemberCandidate } from './member-candidates.ts';
import { problemsOf } from './problems.ts';
import { ResourceForm } from './resource-form.tsx';
import { useRowKeys } from './use-row-keys.ts';

interface MembersEditorProps {
  readonly members: readonly FormValues[];
  readonly onChange: (members: readonly FormValues[]) => void;
  readonly candidates: readonly MemberCandidate[];
  readonly subnets: readonly Choice[] | undefined;
  readonly showProblems: boolean;
}

/** A row of the editor for a server, or an empty one for an address to be typed. */
function newMember(candidate: MemberCandidate | null, port: string): FormValues {
  const empty = initialValues(member.fields, 'nested');
  return { ...empty, protocol_port: port, ...(candidate !== null && { address: candidate.address, subnet_id: candidate.subnetId, name: candidate.name }) };
}

/** Members in the making: picked from servers and ports, or typed; every field of each. */
export function MembersEditor({ members, onChange, candidates, subnets, showProblems }: MembersEditorProps) {
  const t = useT();
  const { keys, forget } = useRowKeys(members.length);
  const removeAt = (index: number) => {
    forget(index);
    onChange(members.filter((_member, at) => at !== index));
  };
  const set = (index: number, change: FormValues) => onChange(members.map((values, at) => (at === index ? { ...values, ...change } : values)));
  const add = (candidate: MemberCandidate | null) => onChange([...members, newMember(candidate, textOf(members.at(-1)?.['protocol_port']) || '80')]);
  return (
    <>
      <h2 className="part-title">{t('members.available')}</h2>
      {candidates.length === 0 ? <Content component="p">{t('members.available-none')}</Content> : (
        <Table variant="compact" aria-label={t('members.available')} className="candidates">
          <Thead><Tr><Th>{t('field.name')}</Th><Th>{t('field.address')}</Th><Th>{t('field.subnet_id')}</Th><Th screenReaderText={t('table.actions')} /></Tr></Thead>
          <Tbody>
            {candidates.map((candidate) => (
              <Tr key={candidate.key}>
                <Td dataLabel={t('field.name')}>{candidate.name}</Td><Td dataLabel={t('field.address')}>{candidate.address}</Td><Td dataLabel={t('field.subnet_id')}>{candidate.subnetName}</Td>
                <Td isActionCell><Button variant="secondary" size="sm" aria-label={t('members.add', { name: `${candidate.name} ${candidate.address}` })} onClick={() => add(candidate)}>{t('action.add')}</Button></Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      <Button variant="link" isInline onClick={() => add(null)}>{t('members.add-external')}</Button>
      <h2 className="part-title">{t('members.chosen', { count: members.length })}</h2>
      {members.length === 0 && <Content component="p">{t('members.none-chosen')}</Content>}
      {members.map((values, index) => <MemberRow key={keys[index]} number={index + 1} {...{ values, subnets, showProblems }} onChange={(change) => set(index, change)} onRemove={() => removeAt(index)} />)}
    </>
  );
}

interface MemberRowProps {
  readonly number: number;
  readonly values: FormValues;
  readonly subnets: readonly Choice[] | undefined;
  readonly showProblems: boolean;
  readonly onChange: (change: FormValues) => void;
  readonly onRemove: () => void;
}

function MemberRow({ number, values, subnets, showProblems, onChange, onRemove }: MemberRowProps) {
  const t = useT();
  const [isOpen, setOpen] = useState(false);
  const problems = showProblems ? problemsOf(member.fields, 'nested', values) : {};
  const input = (name: 'address' | 'protocol_port' | 'weight', size: string) => (
    <div className={`member-row__${size}`}>
      <TextInput aria-label={`${t(`field.${name}`)} ${number}`} placeholder={t(`field.${name}`)} value={textOf(values[name])} validated={problems[name] === undefined ? 'default' : 'error'} onChange={(_event, text) => onChange({ [name]: text })} />
      {problems[name] !== undefined && <span className="problem" role="alert">{t(problems[name].key, problems[name].values)}</span>}
    </div>
  );
  return (
    <div className="member-row" role="group" aria-label={`${t('kind.member')} ${number}`}>
      <div className="member-row__line">
        {input('address', 'wide')}
        {input('protocol_port', 'narrow')}
        {input('weight', 'narrow')}
        <Checkbox id={`member-${number}-backup`} label={t('field.backup')} isChecked={values['backup'] === true} onChange={(_event, isOn) => onChange({ backup: isOn })} />
        <Button variant="plain" aria-label={t('form.remove', { what: `${t('kind.member')} ${number}` })} onClick={onRemove}>×</Button>
      </div>
      <ExpandableSection toggleText={t('members.more', { number })} isExpanded={isOpen} onToggle={(_event, open) => setOpen(open)}>
        {isOpen && (
          <div className="form-section">
            <ResourceForm kind="member" use="nested" values={values} onChange={onChange} problems={problems} without={['address', 'protocol_port', 'weight', 'backup']} {...(subnets !== undefined && { choices: { subnet_id: subnets } })} />
          </div>
        )}
      </ExpandableSection>
    </div>
  );
}
