import { AlertActionCloseButton, ProgressStep, ProgressStepper } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { listAll, show } from '../../api/client.ts';
import { Notice } from '../../components/notice.tsx';
import { useT } from '../../i18n/i18n.tsx';
import { failoverSteps, STEPS } from './failover-steps.ts';

/** A failover that was asked for here. */
export interface WatchedFailover {
  readonly amphoraId: string;
  readonly loadBalancerId: string;
  readonly name: string;
}

/** Booting and taking over are no changes of the load balancer that would be pushed: they are looked for while they last. */
const LOOK_MS = 1000;

/** How far each failover is, as it happens. */
export function FailoverProgress({ watched, onClose }: { watched: readonly WatchedFailover[]; onClose: (amphoraId: string) => void }) {
  return <>{watched.map((one) => <OneFailover key={one.amphoraId} watched={one} onClose={() => onClose(one.amphoraId)} />)}</>;
}

function OneFailover({ watched: { amphoraId, loadBalancerId, name }, onClose }: { watched: WatchedFailover; onClose: () => void }) {
  const t = useT();
  const { data } = useQuery({
    queryKey: ['fleet', 'failover', amphoraId],
    queryFn: async () => failoverSteps(amphoraId, await show('loadbalancer', loadBalancerId), await listAll('amphora', { loadbalancer_id: loadBalancerId })),
    refetchInterval: ({ state }) => (state.data?.outcome === undefined || state.data.outcome === 'under-way' ? LOOK_MS : false),
  });
  const steps = data?.steps ?? STEPS.map((step) => ({ step, state: step === 'accepted' ? 'success' : 'pending' } as const));
  const outcome = data?.outcome ?? 'under-way';
  return (
    <Notice
      isInline variant={outcome === 'done' ? 'success' : outcome === 'failed' ? 'danger' : 'info'} title={t(`operator.failover.${outcome}`, { name })} data-outcome={outcome}
      actionClose={<AlertActionCloseButton onClose={onClose} aria-label={t('action.close')} />}
    >
      <ProgressStepper aria-label={t('operator.failover.under-way', { name })} className="failover-steps">
        {steps.map(({ step, state }) => <ProgressStep key={step} id={`${amphoraId}-${step}`} titleId={`${amphoraId}-${step}-title`} variant={state} isCurrent={state === 'info'} aria-label={t(`operator.step.${step}`)}>{t(`operator.step.${step}`)}</ProgressStep>)}
      </ProgressStepper>
    </Notice>
  );
}
