import { Button, InputGroup, InputGroupItem, Label, LabelGroup, TextInput } from '@patternfly/react-core';
import { useState } from 'react';
import { useT } from '../i18n/i18n.tsx';
import type { FormValue } from './form-values.ts';

interface ListInputProps {
  readonly id: string;
  readonly label: string;
  readonly value: FormValue;
  readonly validated: 'error' | 'default';
  readonly onChange: (value: readonly string[]) => void;
}

/** Several texts (tags, CIDRs): Enter, a comma or leaving the field adds what was typed. */
export function ListInput({ id, label, value, validated, onChange }: ListInputProps) {
  const t = useT();
  const [typed, setTyped] = useState('');
  const items = Array.isArray(value) ? (value as readonly string[]) : [];
  const add = (text: string) => {
    const fresh = text.split(',').map((one) => one.trim()).filter((one) => one !== '' && !items.includes(one));
    if (fresh.length > 0) onChange([...items, ...fresh]);
    setTyped('');
  };
  return (
    <>
      {items.length > 0 && (
        <LabelGroup aria-label={label} numLabels={20}>
          {items.map((item) => <Label key={item} onClose={() => onChange(items.filter((one) => one !== item))} closeBtnAriaLabel={t('form.remove', { what: item })}>{item}</Label>)}
        </LabelGroup>
      )}
      <InputGroup>
        <InputGroupItem isFill>
          <TextInput
            id={id} aria-label={label} value={typed} validated={validated} onChange={(_event, text) => (text.includes(',') ? add(text) : setTyped(text))} onBlur={() => add(typed)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || typed === '') return;
              event.preventDefault();
              add(typed);
            }}
          />
        </InputGroupItem>
        <InputGroupItem><Button variant="control" isDisabled={typed === ''} onClick={() => add(typed)}>{t('action.add')}</Button></InputGroupItem>
      </InputGroup>
    </>
  );
}
