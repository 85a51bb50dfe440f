import { useQuery } from '@tanstack/react-query';
import { listAll } from '../../api/client.ts';
import type { Loadbalancer } from '../../api/schema.ts';
import { StatusLabel } from '../../components/status-label.tsx';
import type { Condition } from '../../data/figures.ts';
import { keyOf } from '../../data/objects.ts';
import { useT } from '../../i18n/i18n.tsx';
import { useSession } from '../../session/session.tsx';
import { Explanation } from './node-parts.tsx';
import { explain, nameOf, type PoolNode, type Topology } from './topology-model.ts';

interface EntryColumnProps {
  readonly loadBalancer: Loadbalancer;
  readonly topology: Topology;
  readonly pools: readonly PoolNode[];
  readonly conditions: ReadonlyMap<string, Condition>;
}

/** Where traffic comes in: the addresses, and for those who may see them the amphorae behind. */
export function EntryColumn({ loadBalancer, topology, pools, conditions }: EntryColumnProps) {
  const t = useT();
  const { may } = useSession();
  const addresses = [loadBalancer.vip_address, ...(loadBalancer.additional_vips ?? []).map(({ ip_address: address }) => address)].filter((address) => typeof address === 'string');
  const below = [...topology.listeners.map(({ listener }) => ({ ...listener, name: nameOf(listener) })), ...pools.map(({ pool }) => ({ ...pool, name: nameOf(pool) }))];
  return (
    <section aria-label={t('topology.entry')}>
      <h2 className="part-title">{t('topology.entry')}</h2>
      <ul className="topology__cards">
        <li className={`topology__card topology__edge--${loadBalancer.operating_status}`} data-node={loadBalancer.id} data-testid="vip">
          <div className="topology__line"><strong>{nameOf(loadBalancer)}</strong> <StatusLabel status={loadBalancer.operating_status} /> {loadBalancer.provisioning_status !== 'ACTIVE' && <StatusLabel status={loadBalancer.provisioning_status} />}</div>
          <p>{addresses.join(', ')}</p>
          <Explanation explained={explain(loadBalancer, conditions, below)} />
        </li>
      </ul>
      {may('amphora:get_all') && <Amphorae id={loadBalancer.id} />}
    </section>
  );
}

/** Health of an amphora in the words of other statuses. */
const HEALTHY = ['ALLOCATED', 'READY'];

function Amphorae({ id }: { id: string }) {
  const t = useT();
  const { data = [] } = useQuery({ queryKey: keyOf(id, 'amphorae'), queryFn: () => listAll('amphora', { loadbalancer_id: id }) });
  const amphorae = data.filter(({ status }) => status !== 'DELETED');
  if (amphorae.length === 0) return null;
  return (
    <>
      <h3 className="part-title">{t('topology.amphorae')}</h3>
      <ul className="topology__cards" aria-label={t('topology.amphorae')}>
        {amphorae.map((amphora) => (
          <li key={amphora.id} className={`topology__card topology__edge--${HEALTHY.includes(amphora.status) ? 'ONLINE' : amphora.status}`} data-testid="amphora" data-amphora={amphora.id}>
            <div className="topology__line"><strong>{amphora.role ?? t('topology.no-role')}</strong> <StatusLabel status={amphora.status} /></div>
            <p className="subtle">{[amphora.id.slice(0, 8), amphora.vrrp_ip, amphora.lb_network_ip].filter(Boolean).join(' · ')}</p>
          </li>
        ))}
      </ul>
    </>
  );
}
