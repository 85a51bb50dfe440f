import { Button, Content, ProgressStep, ProgressStepper } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { octavia } from '../../api/client.ts';
import { Failure, LoadingPage } from '../../components/states.tsx';
import type { HistoryEvent } from '../../data/changes.tsx';
import { keyOf, useListeners, useLoadBalancer, useMembersOf, usePools } from '../../data/objects.ts';
import { objectName } from '../../format/object-name.ts';
import { useT } from '../../i18n/i18n.tsx';
import { useRouter } from '../../router/router.tsx';
import type { PageProps } from '../../routes.tsx';
import { PageBody } from '../../shell/shell.tsx';
import { Crumbs } from '../load-balancer/object-page.tsx';
import { progressSteps, type StepState } from './progress-steps.ts';

const VARIANTS: Readonly<Record<StepState, 'success' | 'info' | 'pending' | 'danger'>> = { done: 'success', running: 'info', waiting: 'pending', failed: 'danger' };

/** How far a new load balancer is, each step as it happens, pushed by the service. */
export function ProgressPage({ parameters: { id = '' } }: PageProps) {
  const t = useT();
  const { navigate } = useRouter();
  const query = useLoadBalancer(id);
  const listeners = useListeners(id);
  const pools = usePools(id);
  const members = useMembersOf(id, (pools.data ?? []).map((pool) => pool.id));
  const events = useQuery({ queryKey: keyOf(id, 'events'), queryFn: async () => (await octavia<{ events: readonly HistoryEvent[] }>('GET', `/v2.0/octavia/events?loadbalancer_id=${id}`)).events, retry: false });
  const shown = query.data;
  if (shown === undefined) return <PageBody title={t('kind.loadbalancer')}>{query.isLoading ? <LoadingPage /> : <Failure error={query.error} retry={() => void query.refetch()} />}</PageBody>;
  const steps = progressSteps({ loadBalancer: shown, listeners: listeners.data ?? [], pools: pools.data ?? [], members: [...members.values()].flat().toSorted((one, other) => one.name.localeCompare(other.name)) });
  const name = objectName(id, shown.name);
  const isFailed = shown.provisioning_status === 'ERROR';
  const isDone = shown.provisioning_status === 'ACTIVE';
  const title = t(isFailed ? 'progress.failed' : isDone ? 'progress.done' : 'progress.title', { name });
  return (
    <PageBody
      title={title} breadcrumb={<Crumbs crumbs={[{ to: '/load-balancers', label: t('list.title') }, { to: '', label: name }]} />}
      actions={<Button variant={isDone ? 'primary' : 'secondary'} onClick={() => navigate(`/load-balancers/${id}`)}>{t('progress.open')}</Button>}
    >
      <ProgressStepper isVertical aria-label={title}>
        {steps.map((step) => (
          <ProgressStep
            key={step.key} id={`progress-${step.key}`} titleId={`progress-${step.key}-title`} variant={VARIANTS[step.state]} isCurrent={step.state === 'running'} data-state={step.state}
            aria-label={t(`progress.state.${step.state}`)} description={t(`progress.state.${step.state}`)}
          >
            {step.kind === undefined ? t(step.message, step.values) : t(step.message, { ...step.values, kind: t(`kind.${step.kind}`) })}
          </ProgressStep>
        ))}
      </ProgressStepper>
      {events.data !== undefined && events.data.length > 0 && (
        <>
          <h2 className="part-title">{t('progress.events')}</h2>
          {events.data.toReversed().map((event) => <Content key={event.id} component="p" className="event-line"><time>{event.created_at.replace('T', ' ')}</time> {event.object_type} {event.action} {event.outcome} {event.reason}</Content>)}
        </>
      )}
    </PageBody>
  );
}
