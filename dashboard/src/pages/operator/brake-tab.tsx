import { Notice } from '../../components/notice.tsx';
import { Properties } from '../../components/properties.tsx';
import { Failure, LoadingPage } from '../../components/states.tsx';
import { formatTime, timeOf } from '../../format/figures.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { Link } from '../../router/router.tsx';
import { useStormBrake } from './fleet-data.ts';

const VARIANTS = { off: 'warning', ready: 'success', engaged: 'danger', releasing: 'info' } as const;

/** Whether silent amphorae are failed over, or so many are silent that none is. */
export function BrakeTab() {
  const { t, language } = useI18n();
  const { data, error, refetch } = useStormBrake();
  if (data === undefined) return error === null ? <LoadingPage /> : <Failure error={error} retry={() => void refetch()} />;
  return (
    <>
      <Notice isInline variant={VARIANTS[data.state]} title={t(`operator.brake.${data.state}`)} data-brake={data.state}>{t(`operator.brake.${data.state}-explained`)}</Notice>
      <div className="tab-body">
        <Properties
          entries={[
            [t('operator.brake.in-service'), data.in_service], [t('operator.brake.silent'), data.silent], [t('operator.brake.threshold'), data.threshold ?? t('state.none')],
            [t('operator.brake.stopped'), data.stopped === 0 ? 0 : <Link key="stopped" to="/operator?status=FAILOVER_STOPPED">{data.stopped}</Link>],
            data.stopped_since === null ? null : [t('operator.brake.since'), formatTime(timeOf(data.stopped_since), language)],
          ]}
        />
      </div>
    </>
  );
}
