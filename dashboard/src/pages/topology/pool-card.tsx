import { Button } from '@patternfly/react-core';
import { StatusLabel } from '../../components/status-label.tsx';
import type { ObjectRates } from '../../data/changes.tsx';
import type { Condition } from '../../data/figures.ts';
import { useMembers } from '../../data/objects.ts';
import { useT } from '../../i18n/i18n.tsx';
import { Link } from '../../router/router.tsx';
import { MemberRow } from './member-row.tsx';
import { Explanation, RatesLine } from './node-parts.tsx';
import { byName, countStatuses, explain, nameOf, type PoolNode } from './topology-model.ts';

interface PoolCardProps {
  readonly node: PoolNode;
  readonly loadBalancerId: string;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly rates: ReadonlyMap<string, ObjectRates>;
  readonly conditions: ReadonlyMap<string, Condition>;
}

/** A pool: closed it counts its members by status, open it shows each. */
export function PoolCard({ node: { pool, members, only }, loadBalancerId, isOpen, onToggle, rates, conditions }: PoolCardProps) {
  const t = useT();
  const name = nameOf(pool);
  const listId = `members-${pool.id}`;
  return (
    <li className={`topology__card topology__edge--${pool.operating_status}`} data-node={pool.id} data-testid={`pool-${name}`}>
      <div className="topology__line">
        <Link to={`/load-balancers/${loadBalancerId}/pools/${pool.id}`}>{name}</Link> <StatusLabel status={pool.operating_status} /> {pool.provisioning_status !== 'ACTIVE' && <StatusLabel status={pool.provisioning_status} />}
        <span className="subtle">{pool.protocol} · {pool.lb_algorithm}</span>
      </div>
      <RatesLine rates={rates.get(pool.id)} />
      <Explanation explained={explain(pool, conditions, members ?? [])} />
      {(only ?? pool.members).length > 0 && (
        <div className="topology__line">
          <Button variant="link" isInline aria-expanded={isOpen} {...(isOpen && { 'aria-controls': listId })} onClick={onToggle}>
            {t(isOpen ? 'topology.hide-members' : 'topology.show-members', { count: (only ?? pool.members).length, name })}
          </Button>
          {members !== null && countStatuses(members).map(([status, count]) => <span key={status} className="topology__count">{count} × <StatusLabel status={status} /></span>)}
        </div>
      )}
      {isOpen && <Members {...{ loadBalancerId, rates, conditions, listId }} poolId={pool.id} poolName={name} only={only ?? null} />}
    </li>
  );
}

interface MembersProps extends Pick<PoolCardProps, 'loadBalancerId' | 'rates' | 'conditions'> {
  readonly poolId: string;
  readonly poolName: string;
  readonly listId: string;
  /** Null: all of them. */
  readonly only: readonly string[] | null;
}

/** Read only while they are shown: large load balancers have thousands. */
function Members({ loadBalancerId, poolId, poolName, listId, only, rates, conditions }: MembersProps) {
  const t = useT();
  const { data = [] } = useMembers(loadBalancerId, poolId);
  const shown = (only === null ? data : data.filter(({ id }) => only.includes(id))).toSorted(byName);
  return (
    <ul id={listId} className="topology__members" aria-label={t('topology.members-of', { name: poolName })}>
      {shown.map((member) => <MemberRow key={member.id} {...{ member, poolId, loadBalancerId, conditions }} rates={rates.get(member.id)} />)}
    </ul>
  );
}
