import { StatusLabel } from '../../components/status-label.tsx';
import type { ObjectRates } from '../../data/changes.tsx';
import type { Condition } from '../../data/figures.ts';
import { useT } from '../../i18n/i18n.tsx';
import { Link } from '../../router/router.tsx';
import { Explanation, RatesLine } from './node-parts.tsx';
import { explain, nameOf, type PoolNode, type Topology } from './topology-model.ts';

interface ListenerCardProps {
  readonly node: Topology['listeners'][number];
  /** Those it sends to. */
  readonly pools: readonly PoolNode[];
  readonly loadBalancerId: string;
  readonly rates: ReadonlyMap<string, ObjectRates>;
  readonly conditions: ReadonlyMap<string, Condition>;
}

/** A listener, its policies in their order, and in words where each sends its requests. */
export function ListenerCard({ node: { listener, policies }, pools, loadBalancerId, rates, conditions }: ListenerCardProps) {
  const t = useT();
  const poolName = (id: string | null | undefined) => pools.find(({ pool }) => pool.id === id)?.pool;
  const fallback = poolName(listener.default_pool_id);
  const below = pools.map(({ pool }) => ({ ...pool, name: nameOf(pool) }));
  return (
    <li className={`topology__card topology__edge--${listener.operating_status}`} data-node={listener.id} data-testid={`listener-${nameOf(listener)}`}>
      <div className="topology__line">
        <Link to={`/load-balancers/${loadBalancerId}/listeners/${listener.id}`}>{nameOf(listener)}</Link> <StatusLabel status={listener.operating_status} /> {listener.provisioning_status !== 'ACTIVE' && <StatusLabel status={listener.provisioning_status} />}
        <span className="subtle">{listener.protocol} : {listener.protocol_port}</span>
      </div>
      <RatesLine rates={rates.get(listener.id)} />
      <Explanation explained={explain(listener, conditions, below)} />
      {policies.length > 0 && (
        <ol className="topology__policies" aria-label={t('topology.policies-of', { name: nameOf(listener) })}>
          {policies.map((policy) => {
            const target = poolName(policy.redirect_pool_id);
            return (
              <li key={policy.id}>
                <Link to={`/load-balancers/${loadBalancerId}/listeners/${listener.id}/policies/${policy.id}`}>{nameOf(policy)}</Link> <StatusLabel status={policy.operating_status} />{' '}
                <span className="subtle">{policy.action} {target === undefined ? (policy.redirect_url ?? policy.redirect_prefix ?? '') : `→ ${nameOf(target)}`}</span>
                <Explanation explained={explain(policy, conditions)} />
              </li>
            );
          })}
        </ol>
      )}
      {fallback !== undefined && <p className="subtle">{t('topology.default-pool', { name: nameOf(fallback) })}</p>}
    </li>
  );
}
