import { Button, FormSelect, FormSelectOption, TextInput } from '@patternfly/react-core';
import { useT } from '../i18n/i18n.tsx';
import type { Choice } from './field-control.tsx';
import { isValues, textOf, type FormValue, type FormValues } from './form-values.ts';

interface VipsInputProps {
  readonly id: string;
  readonly value: FormValue;
  readonly onChange: (value: readonly FormValues[]) => void;
  /** Subnets. */
  readonly choices: readonly Choice[];
}

/** Additional virtual addresses: a subnet each, and an address where it matters which. */
export function VipsInput({ id, value, onChange, choices }: VipsInputProps) {
  const t = useT();
  const vips = Array.isArray(value) ? (value as readonly FormValue[]).filter(isValues) : [];
  const set = (index: number, change: FormValues) => onChange(vips.map((vip, at) => (at === index ? { ...vip, ...change } : vip)));
  return (
    <>
      {vips.map((vip, index) => (
        // Rows have no identity but their place.
        <div className="row-input" key={index}>
          <FormSelect id={`${id}-subnet-${index}`} aria-label={`${t('field.subnet_id')} ${index + 1}`} value={textOf(vip['subnet_id'])} onChange={(_event, chosen) => set(index, { subnet_id: chosen })}>
            <FormSelectOption value="" label={t('form.choose')} isPlaceholder />
            {choices.map((choice) => <FormSelectOption key={choice.value} value={choice.value} label={choice.label} />)}
          </FormSelect>
          <TextInput aria-label={`${t('field.ip_address')} ${index + 1}`} placeholder={t('field.ip_address')} value={textOf(vip['ip_address'])} onChange={(_event, text) => set(index, { ip_address: text })} />
          <Button variant="plain" aria-label={t('form.remove', { what: `${index + 1}` })} onClick={() => onChange(vips.filter((_vip, at) => at !== index))}>×</Button>
        </div>
      ))}
      <Button id={id} variant="link" isInline onClick={() => onChange([...vips, { subnet_id: '', ip_address: '', port_id: '' }])}>{t('action.add-vip')}</Button>
    </>
  );
}
