import { FormGroup, FormHelperText, FormSelect, FormSelectOption, HelperText, HelperTextItem, Spinner, TextArea, TextInput } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { octavia } from '../api/client.ts';
import { useT } from '../i18n/i18n.tsx';
import { capabilityList, readSettings, settingKind, withSetting, type Capability, type Settings, type SettingsField } from './capabilities.ts';
import { ListInput } from './list-input.tsx';

interface CapabilityInputProps {
  readonly id: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly provider: string;
  readonly of: SettingsField;
}

/** What a provider lets flavors or zones set; the list is read again for another provider. */
export const useCapabilities = (provider: string, of: SettingsField) => useQuery({
  queryKey: ['choices', 'capabilities', provider, of], enabled: provider !== '', retry: false,
  async queryFn() {
    const { path, key } = capabilityList(provider, of);
    return (await octavia<Readonly<Record<string, readonly Capability[]>>>('GET', path))[key] ?? [];
  },
});

/** A field for each setting that the provider knows. What it does not list, or cannot list, is typed as JSON. */
export function CapabilityInput({ id, value, onChange, provider, of }: CapabilityInputProps) {
  const t = useT();
  const { data, isLoading } = useCapabilities(provider, of);
  const settings = readSettings(value);
  if (isLoading) return <Spinner size="md" aria-label={t('state.loading')} aria-valuetext={t('state.loading')} />;
  if (settings === null || data === undefined || data.length === 0) return <TextArea id={id} aria-label={t(`field.${of}`)} value={value} onChange={(_event, text) => onChange(text)} resizeOrientation="vertical" />;
  const unlisted = Object.keys(settings).filter((name) => !data.some((capability) => capability.name === name)).map((name) => ({ name, description: t('operator.unlisted') }));
  return (
    <div className="form-section" id={id}>
      {[...data, ...unlisted].map((capability) => (
        <FormGroup key={`${provider} ${capability.name}`} label={capability.name} fieldId={`${id}-${capability.name}`}>
          <Setting id={`${id}-${capability.name}`} capability={capability} settings={settings} onChange={(changed) => onChange(withSetting(settings, capability.name, changed))} />
          <FormHelperText><HelperText id={`${id}-${capability.name}-help`}><HelperTextItem>{capability.description}</HelperTextItem></HelperText></FormHelperText>
        </FormGroup>
      ))}
    </div>
  );
}

function Setting({ id, capability, settings, onChange }: { id: string; capability: Capability; settings: Settings; onChange: (value: unknown) => void }) {
  const t = useT();
  const value = settings[capability.name];
  const setting = settingKind(capability, value);
  const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
  const chooser = (values: readonly { value: string; label: string }[], choose: (chosen: string) => unknown) => (
    <FormSelect id={id} aria-describedby={`${id}-help`} value={text} onChange={(_event, chosen) => onChange(chosen === '' ? undefined : choose(chosen))}>
      <FormSelectOption value="" label={t('operator.not-set')} />
      {values.map((one) => <FormSelectOption key={one.value} value={one.value} label={one.label} />)}
    </FormSelect>
  );
  switch (setting.kind) {
    case 'switch': return chooser([{ value: 'true', label: t('state.yes') }, { value: 'false', label: t('state.no') }], (chosen) => chosen === 'true');
    case 'choice': return chooser(setting.values.map((one) => ({ value: one, label: one })), (chosen) => chosen);
    case 'list': return <ListInput id={id} label={capability.name} value={Array.isArray(value) ? value.map(String) : []} validated="default" onChange={(list) => onChange(list.length === 0 ? undefined : list)} />;
    default: return <TextInput id={id} aria-describedby={`${id}-help`} value={text} onChange={(_event, typed) => onChange(typed === '' ? undefined : typed)} />;
  }
}
