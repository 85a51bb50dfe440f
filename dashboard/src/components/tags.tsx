import { Label, LabelGroup } from '@patternfly/react-core';
import { useT } from '../i18n/i18n.tsx';

const SHOWN = 4;

export function Tags({ tags }: { tags: readonly string[] }) {
  const t = useT();
  if (tags.length === 0) return null;
  return <LabelGroup numLabels={SHOWN} aria-label={t('field.tags')} expandedText={t('table.less')} collapsedText={t('table.more', { count: tags.length - SHOWN })}>{tags.map((tag) => <Label key={tag} isCompact>{tag}</Label>)}</LabelGroup>;
}
