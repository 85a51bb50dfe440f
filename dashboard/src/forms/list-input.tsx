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

/** Above this many the rest is folded away. */
const SHOWN = 20;

/**
 * Several texts (tags, CIDRs). Enter or a comma begins the next; what stands in the field counts as well, so that nothing
 * typed is lost and nothing moves under the pointer when the field is left.
 */
export function ListInput({ id, label, value, validated, onChange }: ListInputProps) {
  const t = useT();
  const [items, setItems] = useState<readonly string[]>(() => (Array.isArray(value) ? (value as readonly string[]) : []));
  const [typed, setTyped] = useState('');
  const keep = (kept: readonly string[], rest: string) => {
    setItems(kept);
    setTyped(rest);
    onChange([...new Set([...kept, ...(rest.trim() === '' ? [] : [rest.trim()])])]);
  };
  const type = (text: string) => {
    const parts = text.split(',');
    const finished = parts.slice(0, -1).map((part) => part.trim()).filter((part) => part !== '' && !items.includes(part));
    keep([...items, ...finished], parts.at(-1) ?? '');
  };
  return (
    <>
      {items.length > 0 && (
        <LabelGroup aria-label={label} numLabels={SHOWN} expandedText={t('table.less')} collapsedText={t('table.more', { count: items.length - SHOWN })}>
          {items.map((item) => <Label key={item} onClose={() => keep(items.filter((one) => one !== item), typed)} closeBtnAriaLabel={t('form.remove', { what: item })}>{item}</Label>)}
        </LabelGroup>
      )}
      <InputGroup>
        <InputGroupItem isFill>
          <TextInput
            id={id} aria-label={label} value={typed} validated={validated} onChange={(_event, text) => type(text)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || typed === '') return;
              event.preventDefault();
              type(`${typed},`);
            }}
          />
        </InputGroupItem>
        <InputGroupItem><Button variant="control" isDisabled={typed.trim() === ''} onClick={() => type(`${typed},`)}>{t('action.add')}</Button></InputGroupItem>
      </InputGroup>
    </>
  );
}
