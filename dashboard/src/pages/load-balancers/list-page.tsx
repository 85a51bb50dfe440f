import { useT } from '../../i18n/i18n.tsx';
import { PageBody } from '../../shell/shell.tsx';

export function ListPage() {
  const t = useT();
  return <PageBody title={t('list.title')}>{null}</PageBody>;
}
