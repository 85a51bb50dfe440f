import { useQuery } from '@tanstack/react-query';
import { octavia, withQuery } from '../../api/client.ts';
import { Failure, LoadingPage } from '../../components/states.tsx';
import { StatusLabel } from '../../components/status-label.tsx';
import type { HistoryEvent } from '../../data/changes.tsx';
import { useConditions, type Condition } from '../../data/figures.ts';
import { keyOf, useStatusTree } from '../../data/objects.ts';
import { formatTime, timeOf } from '../../format/figures.ts';
import { isMessageKey, useI18n, type Translate } from '../../i18n/i18n.tsx';
import { namesIn } from './names.ts';

type Entry = { readonly kind: 'event'; readonly at: number; readonly event: HistoryEvent } | { readonly kind: 'condition'; readonly at: number; readonly condition: Condition };

/** What was asked for, how it ended, and what is not well since when; newest first. */
export function Timeline({ id }: { id: string }) {
  const { t, language } = useI18n();
  const conditions = useConditions(id);
  const tree = useStatusTree(id);
  const { data, error, refetch } = useQuery({
    queryKey: keyOf(id, 'events'),
    queryFn: async () => (await octavia<{ events: readonly HistoryEvent[] }>('GET', withQuery('/v2.0/octavia/events', { loadbalancer_id: id, limit: '100' }))).events,
  });
  if (error !== null) return <Failure error={error} retry={() => void refetch()} />;
  if (data === undefined) return <LoadingPage />;
  const names = namesIn(tree.data);
  const entries = [
    ...data.map((event): Entry => ({ kind: 'event', at: timeOf(event.created_at), event })), ...[...conditions.values()].map((condition): Entry => ({ kind: 'condition', at: timeOf(condition.since), condition })),
  ].toSorted((a, b) => b.at - a.at);
  if (entries.length === 0) return <p className="subtle">{t('timeline.empty')}</p>;
  return (
    <ol className="timeline" tabIndex={0} aria-label={t('timeline.title')}>
      {entries.map((entry) => (
        <li key={entry.kind === 'event' ? entry.event.id : entry.condition.object_id} className="timeline__entry">
          <time dateTime={new Date(entry.at).toISOString()}>{formatTime(entry.at, language)}</time>
          {entry.kind === 'event' ? <span>{eventText(t, entry.event)}</span> : (
            <span>{kindText(t, entry.condition.object_type)} {names.get(entry.condition.object_id) ?? entry.condition.object_id.slice(0, 8)}: <StatusLabel status={entry.condition.operating_status} /> {entry.condition.reason}</span>
          )}
        </li>
      ))}
    </ol>
  );
}

function eventText(t: Translate, event: HistoryEvent): string {
  const [action, outcome] = [`timeline.action.${event.action}`, `timeline.outcome.${event.outcome}`];
  const what = `${isMessageKey(action) ? t(action) : event.action} ${kindText(t, event.object_type)}`;
  return [`${what}: ${isMessageKey(outcome) ? t(outcome) : event.outcome}`, event.reason].filter(Boolean).join(', ');
}

/** `load_balancer` in the reader's language. */
function kindText(t: Translate, type: string): string {
  const key = `kind.${type === 'l7rule' ? 'rule' : type.replace('_', '')}`;
  return isMessageKey(key) ? t(key) : type;
}
