import { Checkbox, FormSelect, FormSelectOption, Switch, TextInput } from '@patternfly/react-core';
import type { Field } from '@model/resources/resource.ts';
import { useT } from '../i18n/i18n.tsx';
import { isSettings } from './capabilities.ts';
import { CapabilityInput } from './capability-input.tsx';
import { textOf, type FormValue, type FormValues } from './form-values.ts';
import type { FormKind } from './layout.ts';
import { HeaderChoice } from './header-choice.tsx';
import { ListInput } from './list-input.tsx';
import { PersistenceInput } from './persistence-input.tsx';
import { VipsInput } from './vips-input.tsx';

/** One thing to choose. */
export interface Choice {
  readonly value: string;
  readonly label: string;
}

export interface FieldControlProps {
  readonly id: string;
  readonly kind: FormKind;
  readonly name: string;
  readonly label: string;
  readonly field: Field;
  readonly value: FormValue;
  /** What the whole form holds. */
  readonly siblings: FormValues;
  readonly onChange: (value: FormValue) => void;
  readonly isRequired: boolean;
  readonly isInvalid: boolean;
  /** Values of an enumeration. */
  readonly values: readonly (string | number)[];
  readonly choices?: readonly Choice[];
  /** Id of the text that explains the field. */
  readonly describedBy: string;
}

/** The control that suits a field's type. */
export function FieldControl(props: FieldControlProps) {
  const { id, field, value, onChange, label, name, choices, values, isRequired, describedBy } = props;
  const validated = props.isInvalid ? 'error' : 'default';
  const { kind } = field.type;
  if (kind === 'boolean') return <Switch id={id} label={label} isChecked={value === true} onChange={(_event, isOn) => onChange(isOn)} aria-describedby={describedBy} />;
  if (kind === 'object') return <PersistenceInput value={value} onChange={onChange} id={id} />;
  if (kind === 'map') return <HeaderChoice value={value} onChange={onChange} id={id} />;
  if (isSettings(name)) return <CapabilityInput id={id} value={textOf(value)} onChange={onChange} provider={textOf(props.siblings['provider_name'])} of={name} />;
  if (name === 'additional_vips') return <VipsInput value={value} onChange={onChange} id={id} choices={choices ?? []} />;
  if (kind === 'list') {
    const offered = choices ?? values.map((one) => ({ value: String(one), label: String(one) }));
    return offered.length > 0
      ? <CheckList {...{ id, value, onChange, offered }} />
      : <ListInput {...{ id, value, onChange, label, validated }} />;
  }
  if (choices !== undefined || kind === 'enum') return <Choose {...{ id, value, onChange, isRequired, validated, describedBy }} offered={choices ?? values.map((one) => ({ value: String(one), label: String(one) }))} />;
  return (
    <TextInput
      id={id} name={name} value={textOf(value)} validated={validated} isRequired={isRequired} aria-describedby={describedBy} onChange={(_event, text) => onChange(text)}
      {...(kind === 'integer' && { inputMode: 'numeric' as const })}
    />
  );
}

interface ChooseProps {
  readonly id: string;
  readonly value: FormValue;
  readonly onChange: (value: FormValue) => void;
  readonly offered: readonly Choice[];
  readonly isRequired: boolean;
  readonly validated: 'error' | 'default';
  readonly describedBy: string;
}

function Choose({ id, value, onChange, offered, isRequired, validated, describedBy }: ChooseProps) {
  const t = useT();
  const current = textOf(value);
  const isForeign = current !== '' && !offered.some((choice) => choice.value === current);
  return (
    <FormSelect id={id} value={current} validated={validated} isRequired={isRequired} aria-describedby={describedBy} onChange={(_event, chosen) => onChange(chosen)}>
      {(!isRequired || current === '') && <FormSelectOption value="" label={isRequired ? t('form.choose') : t('form.none')} isPlaceholder={isRequired} />}
      {/* What an object has stays choosable, whether or not the user may list it. */}
      {isForeign && <FormSelectOption value={current} label={current} />}
      {offered.map((choice) => <FormSelectOption key={choice.value} value={choice.value} label={choice.label} />)}
    </FormSelect>
  );
}

function CheckList({ id, value, onChange, offered }: { id: string; value: FormValue; onChange: (value: FormValue) => void; offered: readonly Choice[] }) {
  const chosen = Array.isArray(value) ? (value as readonly string[]) : [];
  const all = [...offered, ...chosen.filter((one) => !offered.some((choice) => choice.value === one)).map((one) => ({ value: one, label: one }))];
  return (
    <div className="check-list">
      {all.map((choice) => (
        <Checkbox
          key={choice.value} id={`${id}-${choice.value}`} label={choice.label} isChecked={chosen.includes(choice.value)}
          // In the order offered: for ALPN the first is preferred.
          onChange={(_event, isOn) => onChange(all.map((one) => one.value).filter((one) => (one === choice.value ? isOn : chosen.includes(one))))}
        />
      ))}
    </div>
  );
}
