import { SESSION_PERSISTENCE_TYPES } from '@model/enums.ts';
import { FormGroup, FormSelect, FormSelectOption, TextInput } from '@patternfly/react-core';
import { useT } from '../i18n/i18n.tsx';
import { labelOf } from './field-text.ts';
import { isValues, textOf, type FormValue, type FormValues } from './form-values.ts';

/** Session persistence: its type, and what that type takes. */
export function PersistenceInput({ id, value, onChange }: { id: string; value: FormValue; onChange: (value: FormValues | null) => void }) {
  const t = useT();
  const current = isValues(value) ? value : null;
  const type = textOf(current?.['type']);
  const more = type === 'APP_COOKIE' ? ['cookie_name'] : type === 'SOURCE_IP' ? ['persistence_timeout', 'persistence_granularity'] : [];
  return (
    <>
      <FormSelect id={id} aria-label={labelOf(t, 'pool', 'session_persistence')} value={type} onChange={(_event, chosen) => onChange(chosen === '' ? null : { type: chosen })}>
        <FormSelectOption value="" label={t('form.none')} />
        {SESSION_PERSISTENCE_TYPES.map((one) => <FormSelectOption key={one} value={one} label={one} />)}
      </FormSelect>
      {more.map((name) => (
        <FormGroup key={name} label={labelOf(t, 'pool', name)} fieldId={`${id}-${name}`}>
          <TextInput id={`${id}-${name}`} value={textOf(current?.[name])} onChange={(_event, text) => onChange({ ...current, [name]: text })} />
        </FormGroup>
      ))}
    </>
  );
}
