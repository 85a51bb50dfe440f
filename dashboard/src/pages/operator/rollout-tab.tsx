import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import type { Rollout } from '../../api/schema.ts';
import { DataTable } from '../../components/data-table.tsx';
import { Empty, Failure, LoadingPage } from '../../components/states.tsx';
import { useCloudObjects } from '../../data/objects.ts';
import { ObjectDialog } from '../../dialogs/object-dialog.tsx';
import { formatTime, timeOf } from '../../format/figures.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { useSession } from '../../session/session.tsx';
import { textColumn } from '../load-balancer/columns.tsx';
import { RolloutProgress, RolloutState } from './rollout-progress.tsx';

/** Renewal of the whole fleet in steps: the one under way, and those before. */
export function RolloutTab() {
  const { t, language } = useI18n();
  const { may } = useSession();
  const { data, error, refetch } = useCloudObjects('rollout');
  const [isStarting, setStarting] = useState(false);
  if (data === undefined) return error === null ? <LoadingPage /> : <Failure error={error} retry={() => void refetch()} />;
  const newest = data.toSorted((a, b) => b.created_at.localeCompare(a.created_at));
  const [last] = newest;
  const start = may('rollout:post') && (last === undefined || last.state === 'done') ? <Button onClick={() => setStarting(true)}>{t('operator.rollout.start')}</Button> : undefined;
  return (
    <>
      {last === undefined ? <Empty title={t('operator.rollout.empty')} body={t('operator.rollout.empty-explained')} actions={start} /> : (
        <>
          {start}
          <RolloutProgress rollout={last} />
        </>
      )}
      {newest.length > 1 && (
        <>
          <h2 className="part-title">{t('operator.rollout.before')}</h2>
          <DataTable
            label={t('operator.rollout.before')} rows={newest.slice(1)} idOf={(row) => row.id} nameOf={(row) => row.id}
            columns={[
              textColumn<Rollout>('created', t('field.created_at'), (row) => row.created_at, (row) => formatTime(timeOf(row.created_at), language)), textColumn<Rollout>('kind', t('field.rollout.kind'), (row) => t(`operator.rollout.${row.kind}`)),
              textColumn<Rollout>('image', t('field.image_id'), (row) => row.image_id ?? ''), textColumn<Rollout>('state', t('operator.status'), (row) => row.state, (row) => <RolloutState rollout={row} />),
            ]}
          />
        </>
      )}
      {isStarting && <ObjectDialog kind="rollout" loadBalancerId={null} onClose={() => setStarting(false)} />}
    </>
  );
}
