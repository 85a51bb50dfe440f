import { ColouredLabel } from '../../components/coloured-label.tsx';
import { useT } from '../../i18n/i18n.tsx';
import { timeOf } from '../../format/figures.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in its largest unit, in the reader's language. */
function formatDuration(seconds: number, language: string): string {
  const [value, unit] = seconds < 2 * MINUTE ? [seconds, 'second'] as const : seconds < 2 * HOUR ? [seconds / MINUTE, 'minute'] as const : seconds < 2 * DAY ? [seconds / HOUR, 'hour'] as const : [seconds / DAY, 'day'] as const;
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 0 }).format(value);
}

/** How long ago a heartbeat came. */
export function AgeLabel({ seconds, isLate, language }: { seconds: number | null; isLate: boolean; language: string }) {
  const t = useT();
  if (seconds === null) return <span className="subtle">{t('operator.never-heard')}</span>;
  const age = formatDuration(seconds, language);
  return isLate ? <ColouredLabel colour="danger" data-late="true">{t('operator.silent', { age })}</ColouredLabel> : <>{age}</>;
}

/** Certificates are renewed by themselves two weeks before their end; one that is nearer to it wants a look. */
const SOON_DAYS = 13;

/** When a certificate ends, told apart when that is near. */
export function ExpiryLabel({ at, language }: { at: string | null; language: string }) {
  const t = useT();
  if (at === null) return <span className="subtle">{t('state.none')}</span>;
  const end = timeOf(at);
  const days = Math.floor((end - Date.now()) / (DAY * 1000));
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(end);
  if (days < 0) return <ColouredLabel colour="danger" title={at}>{t('operator.expired', { date })}</ColouredLabel>;
  return days < SOON_DAYS ? <ColouredLabel colour="warning" title={at}>{t('operator.expires-soon', { date })}</ColouredLabel> : <span title={at}>{date}</span>;
}
