import { useT } from '../i18n/i18n.tsx';
import './coloured-label.css';

/** Tags as labels; those beyond `most` are a number whose title names them. @param most default all */
export function Tags({ tags, most = Infinity }: { tags: readonly string[]; most?: number }) {
  const t = useT();
  if (tags.length === 0) return null;
  const hidden = tags.slice(most);
  return (
    <ul className="tags" aria-label={t('field.tags')}>
      {tags.slice(0, most).map((tag) => <li key={tag} className="tags__tag">{tag}</li>)}
      {hidden.length > 0 && <li className="subtle" title={hidden.join(', ')}>{t('table.more', { count: hidden.length })}</li>}
    </ul>
  );
}
