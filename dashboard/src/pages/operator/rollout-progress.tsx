import { Button, Progress } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { octavia, pathOf } from '../../api/client.ts';
import type { Rollout } from '../../api/schema.ts';
import { ColouredLabel } from '../../components/coloured-label.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Notice } from '../../components/notice.tsx';
import { Properties } from '../../components/properties.tsx';
import { useOnChange } from '../../data/changes.tsx';
import { staleAfter, useSend } from '../../data/objects.ts';
import { ConfirmDialog } from '../../dialogs/confirm-dialog.tsx';
import { useT } from '../../i18n/i18n.tsx';
import { Link } from '../../router/router.tsx';
import { useSession } from '../../session/session.tsx';
import { textColumn } from '../load-balancer/columns.tsx';

interface Step {
  readonly amphora_id: string;
  readonly loadbalancer_id: string | null;
  readonly is_canary: boolean;
  readonly state: 'waiting' | 'started' | 'soaking' | 'done' | 'failed' | 'skipped';
  readonly reason: string | null;
}

type ProgressCounts = Readonly<Record<Step['state'], number>> & { readonly steps: readonly Step[] };

const COLOURS = { running: 'info', paused: 'warning', halted: 'danger', aborted: 'warning', done: 'success' } as const;

export function RolloutState({ rollout: { state } }: { rollout: Rollout }) {
  const t = useT();
  return <ColouredLabel colour={COLOURS[state]} data-rollout={state}>{t(`operator.rollout.state.${state}`)}</ColouredLabel>;
}

/** Housekeeping moves a rollout on without changing a load balancer: it is read again while it is open. */
const LOOK_MS = 3000;

/** How far a rollout is, what is under way or went wrong, and the orders that can be given. */
export function RolloutProgress({ rollout }: { rollout: Rollout }) {
  const t = useT();
  const client = useQueryClient();
  const isOpen = rollout.state !== 'done';
  const { data } = useQuery({
    queryKey: ['cloud', 'rollout', rollout.id, 'progress'],
    async queryFn() {
      // The state of the rollout itself changes with its steps.
      if (isOpen) void client.invalidateQueries({ queryKey: ['cloud', 'rollout', 'all'] });
      return (await octavia<{ progress: ProgressCounts }>('GET', pathOf('rollout', { id: rollout.id, action: 'progress' }))).progress;
    },
    refetchInterval: isOpen ? LOOK_MS : false,
  });
  useOnChange((change) => {
    if (isOpen && change.kind === 'load-balancers') void client.invalidateQueries({ queryKey: ['cloud', 'rollout'] });
  });
  const total = data === undefined ? 0 : data.waiting + data.started + data.soaking + data.done + data.failed + data.skipped;
  const over = data === undefined ? 0 : data.done + data.failed + data.skipped;
  return (
    <>
      <div className="part-head">
        <h2>{t(`operator.rollout.${rollout.kind}`)}</h2> <RolloutState rollout={rollout} />
        <Orders rollout={rollout} />
      </div>
      {rollout.reason !== null && rollout.state === 'halted' && <Notice variant="danger" isInline title={rollout.reason} />}
      <Progress aria-label={t('operator.rollout.progress')} title={t('operator.rollout.progress')} value={over} max={Math.max(total, 1)} label={t('list.count', { shown: over, count: total })} {...(data !== undefined && data.failed > 0 && { variant: 'danger' as const })} />
      <div className="tab-body">
        <Properties
          entries={[
            ...(data === undefined ? [] : (['waiting', 'started', 'soaking', 'done', 'failed', 'skipped'] as const).map((state) => [t(`operator.step-state.${state}`), data[state]] as const)),
            [t('field.image_id'), rollout.image_id ?? t('state.none')], [t('field.canary'), rollout.canary], [t('field.per_minute'), rollout.per_minute], [t('field.parallel'), rollout.parallel], [t('field.soak_seconds'), rollout.soak_seconds],
          ]}
        />
      </div>
      {data !== undefined && data.steps.length > 0 && <Steps steps={data.steps} />}
    </>
  );
}

function Steps({ steps }: { steps: readonly Step[] }) {
  const t = useT();
  return (
    <DataTable
      label={t('operator.rollout.steps')} rows={steps} idOf={(row) => row.amphora_id} nameOf={(row) => row.amphora_id} sortParameter="steps"
      columns={[
        textColumn<Step>('amphora', t('operator.amphora'), (row) => row.amphora_id.slice(0, 8)),
        textColumn<Step>('loadbalancer', t('kind.loadbalancer'), (row) => row.loadbalancer_id ?? '', (row) => (row.loadbalancer_id === null ? t('operator.spare') : <Link to={`/load-balancers/${row.loadbalancer_id}`}>{row.loadbalancer_id.slice(0, 8)}</Link>)),
        textColumn<Step>('state', t('operator.status'), (row) => row.state, (row) => t(`operator.step-state.${row.state}`)), textColumn<Step>('canary', t('field.canary'), (row) => (row.is_canary ? t('state.yes') : t('state.no'))), textColumn<Step>('reason', t('operator.reason'), (row) => row.reason ?? ''),
      ]}
    />
  );
}

function Orders({ rollout }: { rollout: Rollout }) {
  const t = useT();
  const send = useSend();
  const { may } = useSession();
  const [isAborting, setAborting] = useState(false);
  if (!may('rollout:put') || rollout.state === 'done' || rollout.state === 'aborted') return null;
  const give = async (order: 'pause' | 'resume' | 'abort') => {
    await octavia('PUT', pathOf('rollout', { id: rollout.id, action: order }));
    await send(() => Promise.resolve(), { stale: staleAfter('rollout'), accepted: t('dialog.accepted') });
  };
  const giveNow = (order: 'pause' | 'resume') => void send(() => give(order), {});
  return (
    <>
      {rollout.state === 'running' ? <Button variant="secondary" onClick={() => giveNow('pause')}>{t('operator.rollout.pause')}</Button> : <Button variant="secondary" onClick={() => giveNow('resume')}>{t('operator.rollout.resume')}</Button>}
      <Button variant="secondary" isDanger onClick={() => setAborting(true)}>{t('operator.rollout.abort')}</Button>
      {isAborting && <ConfirmDialog title={t('operator.rollout.abort')} confirm={t('operator.rollout.abort')} isDanger onConfirm={() => give('abort')} onClose={() => setAborting(false)}>{t('operator.rollout.abort-explained')}</ConfirmDialog>}
    </>
  );
}
