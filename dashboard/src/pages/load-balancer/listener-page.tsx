import { useT } from '../../i18n/i18n.tsx';
import { PageBody } from '../../shell/shell.tsx';

export function ListenerPage() {
  const t = useT();
  return <PageBody title={t('kind.listener')}>{null}</PageBody>;
}
