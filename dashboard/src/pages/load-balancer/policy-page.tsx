import { useT } from '../../i18n/i18n.tsx';
import { PageBody } from '../../shell/shell.tsx';

export function PolicyPage() {
  const t = useT();
  return <PageBody title={t('kind.l7policy')}>{null}</PageBody>;
}
