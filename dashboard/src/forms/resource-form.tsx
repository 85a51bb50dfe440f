import { ExpandableSection, FormFieldGroup, FormFieldGroupHeader, FormGroup, FormHelperText, HelperText, HelperTextItem } from '@patternfly/react-core';
import { acceptanceOf, type BodyKind } from '@model/resources/resource.ts';
import { useId } from 'react';
import { useT } from '../i18n/i18n.tsx';
import { isSettings } from './capabilities.ts';
import { FieldControl, type Choice } from './field-control.tsx';
import { helpOf, labelOf } from './field-text.ts';
import { formFields, type FormValue, type FormValues } from './form-values.ts';
import { choicesOf, DEFINITIONS, isShown, LAYOUT, type FormKind } from './layout.ts';
import type { Problem } from './problems.ts';
import type { Surroundings } from './rules.ts';

export interface ResourceFormProps {
  readonly kind: FormKind;
  readonly use: BodyKind;
  readonly values: FormValues;
  readonly onChange: (values: FormValues) => void;
  /** Problems to show; leave out those of fields nobody has touched yet. */
  readonly problems: Readonly<Record<string, Problem>>;
  readonly around?: Surroundings;
  /** Things to choose from, by field: subnets, pools, certificates. */
  readonly choices?: Readonly<Record<string, readonly Choice[]>>;
  /** Fields to leave out. */
  readonly without?: readonly string[];
}

const NOTHING = {};

/** The form of one object, made from its definition: every field the API takes, none that cannot matter with these values. */
export function ResourceForm({ kind, use, values, onChange, problems, around = NOTHING, choices = NOTHING, without = [] }: ResourceFormProps) {
  const t = useT();
  const { fields } = DEFINITIONS[kind];
  const taken = new Set(formFields(fields, use).filter((name) => !without.includes(name)));
  const sections = LAYOUT[kind].map((section) => ({ ...section, fields: section.fields.filter((name) => taken.has(name) && isShown(kind, name, values, around)) })).filter((section) => section.fields.length > 0);
  const set = (name: string, value: FormValue) => onChange({ ...values, [name]: value });
  return (
    <>
      {sections.map((section) => {
        const content = section.fields.map((name) => (
          <FormField key={name} {...{ kind, use, name, around }} siblings={values} value={values[name] ?? null} problem={problems[name]} choices={choices[name]} onChange={(value) => set(name, value)} />
        ));
        if (section.title === 'section.basic') return <div key={section.title} className="form-section">{content}</div>;
        if (!section.isAdvanced) return <FormFieldGroup key={section.title} header={<FormFieldGroupHeader titleText={{ text: t(section.title), id: `${kind}-${section.title}` }} />}>{content}</FormFieldGroup>;
        const hasProblem = section.fields.some((name) => problems[name] !== undefined);
        return (
          <ExpandableSection key={`${section.title}${hasProblem ? '!' : ''}`} toggleText={t(section.title)} isIndented {...(hasProblem && { isExpanded: true })}>
            <div className="form-section">{content}</div>
          </ExpandableSection>
        );
      })}
    </>
  );
}

interface FormFieldProps {
  readonly kind: FormKind;
  readonly use: BodyKind;
  readonly name: string;
  readonly around: Surroundings;
  /** What the whole form holds. */
  readonly siblings: FormValues;
  readonly value: FormValue;
  readonly problem: Problem | undefined;
  readonly choices: readonly Choice[] | undefined;
  readonly onChange: (value: FormValue) => void;
}

function FormField({ kind, use, name, around, siblings, value, problem, choices, onChange }: FormFieldProps) {
  const t = useT();
  const id = useId();
  const field = DEFINITIONS[kind].fields[name];
  if (field === undefined) return null;
  const help = helpOf(t, kind, name);
  const label = labelOf(t, kind, name);
  const isRequired = acceptanceOf(field, use) === 'mandatory';
  const control = (
    <FieldControl
      {...{ id, name, kind, label, field, value, siblings, onChange, isRequired }} isInvalid={problem !== undefined} values={choicesOf(kind, name, around)} describedBy={`${id}-help`} {...(choices !== undefined && { choices })}
    />
  );
  return (
    <FormGroup fieldId={id} {...(field.type.kind !== 'boolean' && { label, isRequired })} {...((isGroup(field.type.kind) || isSettings(name)) && { role: 'group' as const })}>
      {control}
      {(problem !== undefined || help !== null) && (
        <FormHelperText>
          <HelperText id={`${id}-help`} {...(problem !== undefined && { isLiveRegion: true })}>
            {problem === undefined ? <HelperTextItem>{help}</HelperTextItem> : <HelperTextItem variant="error" screenReaderText={t('notice.danger')}>{t(problem.key, problem.values)}</HelperTextItem>}
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}

const isGroup = (kind: string) => kind === 'list' || kind === 'map' || kind === 'object';
