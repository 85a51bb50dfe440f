import type { ObjectRates } from '../../data/changes.tsx';
import { formatBytes, formatNumber, formatTime, timeOf } from '../../format/figures.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Reason } from './topology-model.ts';

/** What an object does right now, in one line; nothing while it does nothing. */
export function RatesLine({ rates }: { rates: ObjectRates | undefined }) {
  const { t, language } = useI18n();
  if (rates === undefined) return null;
  const parts = [
    rates.requests > 0 ? t('topology.requests', { count: formatNumber(rates.requests, language) }) : rates.connections > 0 ? t('topology.new-connections', { count: formatNumber(rates.connections, language) }) : null,
    t('topology.connections', { count: rates.active_connections }),
    rates.bytes_in + rates.bytes_out > 0 ? t('topology.bytes', { in: formatBytes(rates.bytes_in, language), out: formatBytes(rates.bytes_out, language) }) : null,
    rates.errors > 0 ? t('topology.errors', { count: formatNumber(rates.errors, language) }) : null,
  ];
  return <p className="topology__rates" data-testid="rates">{parts.filter((part) => part !== null).join(' · ')}</p>;
}

/** Why something is not green, and since when. */
export function Explanation({ explained }: { explained: { readonly since: string | null; readonly reason: Reason } | null }) {
  const { t, language } = useI18n();
  if (explained === null) return null;
  const { since, reason } = explained;
  return (
    <p className="topology__reason" data-testid="reason">
      {'text' in reason ? reason.text : t(reason.key, reason.values)}
      {since !== null && <> (<time dateTime={new Date(timeOf(since)).toISOString()}>{t('topology.since', { time: formatTime(timeOf(since), language) })}</time>)</>}
    </p>
  );
}
