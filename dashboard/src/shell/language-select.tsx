import { FormSelect, FormSelectOption } from '@patternfly/react-core';
import { LANGUAGES, useI18n, type Language } from '../i18n/i18n.tsx';

export function LanguageSelect() {
  const { language, setLanguage, t } = useI18n();
  return (
    <FormSelect aria-label={t('app.language')} className="small-select" value={language} onChange={(_event, chosen) => setLanguage(chosen as Language)}>
      {Object.entries(LANGUAGES).map(([key, label]) => <FormSelectOption key={key} value={key} label={label} />)}
    </FormSelect>
  );
}
