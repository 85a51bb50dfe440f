import { FormSelect, FormSelectOption, FormSelectOptionGroup, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { Failure, LoadingPage } from '../../components/states.tsx';
import { useListeners, usePools, useStatusTree } from '../../data/objects.ts';
import { useStatistics, type Period } from '../../data/figures.ts';
import { useT } from '../../i18n/i18n.tsx';
import { useQueryState } from '../../router/router.tsx';
import { nameOf } from '../topology/topology-model.ts';
import { Chart } from './chart.tsx';
import { LogTail } from './log-tail.tsx';
import { CHARTS, PERIODS } from './series.ts';
import { Timeline } from './timeline.tsx';
import './statistics.css';

/** Charts, event timeline and log tail of one load balancer. */
export function StatisticsTab({ id }: { id: string }) {
  const t = useT();
  const [period, setPeriod] = useQueryState('period', 'hour');
  const [objectId, setObjectId] = useQueryState('object');
  const chosen: Period = period === 'day' ? 'day' : 'hour';
  return (
    <>
      <div className="statistics__tools">
        <ScopeSelect id={id} value={objectId} onChange={setObjectId} />
        <ToggleGroup aria-label={t('statistics.period')}>
          {PERIODS.map((one) => <ToggleGroupItem key={one} text={t(`statistics.period.${one}`)} buttonId={`period-${one}`} isSelected={chosen === one} onChange={() => setPeriod(one)} />)}
        </ToggleGroup>
      </div>
      <Charts id={id} objectId={objectId === '' ? null : objectId} period={chosen} />
      <div className="statistics__halves">
        <section aria-label={t('timeline.title')}>
          <h2 className="part-title">{t('timeline.title')}</h2>
          <Timeline id={id} />
        </section>
        <section aria-label={t('log.title')}>
          <h2 className="part-title">{t('log.title')}</h2>
          <LogTail id={id} />
        </section>
      </div>
    </>
  );
}

function Charts({ id, objectId, period }: { id: string; objectId: string | null; period: Period }) {
  const t = useT();
  const { data, error, refetch } = useStatistics(id, objectId, period);
  if (data === undefined) return error === null ? <LoadingPage /> : <Failure error={error} retry={() => void refetch()} />;
  return (
    <section aria-label={t('statistics.charts')}>
      <h2 className="part-title">{t('statistics.charts')}</h2>
      {data.points.length === 0 && <p className="subtle" role="status">{t(objectId === null ? 'statistics.quiet' : 'statistics.quiet-part')}</p>}
      <div className="statistics__charts">{CHARTS.map((definition) => <Chart key={definition.key} definition={definition} statistics={data} />)}</div>
    </section>
  );
}

/** The whole load balancer, or one of its parts. */
function ScopeSelect({ id, value, onChange }: { id: string; value: string; onChange: (objectId: string) => void }) {
  const t = useT();
  const { data: listeners = [] } = useListeners(id);
  const { data: pools = [] } = usePools(id);
  const tree = useStatusTree(id);
  const members = new Map(tree.data?.listeners.flatMap((listener) => listener.pools).map((pool) => [pool.id, pool.members]));
  const option = (one: { readonly id: string; readonly name: string }) => <FormSelectOption key={one.id} value={one.id} label={nameOf(one)} />;
  return (
    <FormSelect className="statistics__scope" aria-label={t('statistics.scope')} value={value} onChange={(_event, chosen) => onChange(chosen)}>
      <FormSelectOption value="" label={t('statistics.whole')} />
      <FormSelectOptionGroup label={t('detail.listeners')}>{listeners.map(option)}</FormSelectOptionGroup>
      <FormSelectOptionGroup label={t('detail.pools')}>{pools.map(option)}</FormSelectOptionGroup>
      {pools.filter((pool) => (members.get(pool.id) ?? []).length > 0).map((pool) => (
        <FormSelectOptionGroup key={pool.id} label={t('topology.members-of', { name: nameOf(pool) })}>{(members.get(pool.id) ?? []).map(option)}</FormSelectOptionGroup>
      ))}
    </FormSelect>
  );
}
