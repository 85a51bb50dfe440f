import { useT } from '../../i18n/i18n.tsx';
import { PageBody } from '../../shell/shell.tsx';

export function WizardPage() {
  const t = useT();
  return <PageBody title={t('wizard.title')}>{null}</PageBody>;
}
