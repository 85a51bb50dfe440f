import { Button, Switch } from '@patternfly/react-core';
import { useQueries } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { listAll } from '../../api/client.ts';
import type { L7policy, Loadbalancer } from '../../api/schema.ts';
import { Empty, Failure, LoadingPage } from '../../components/states.tsx';
import { useOnChange } from '../../data/changes.tsx';
import { useConditions, useRates } from '../../data/figures.ts';
import { keyOf, useListeners, useLoadBalancer, useMembersOf, usePools, useStatusTree } from '../../data/objects.ts';
import { isMessageKey, useT } from '../../i18n/i18n.tsx';
import { useQueryState } from '../../router/router.tsx';
import { Edges } from './edges.tsx';
import { EntryColumn } from './entry-column.tsx';
import { ListenerCard } from './listener-card.tsx';
import { PoolCard } from './pool-card.tsx';
import { nameOf, topologyOf, unhealthyOnly, type Topology } from './topology-model.ts';
import './topology.css';

/** The load balancer as a picture, coloured by operating status and updated by pushed changes. */
export function TopologyTab({ id }: { id: string }) {
  const t = useT();
  const loadBalancer = useLoadBalancer(id);
  const topology = useTopology(id);
  const failed = [loadBalancer, topology].find(({ error }) => error !== null);
  if (failed) return <Failure error={failed.error} retry={() => void failed.refetch()} />;
  if (loadBalancer.data === undefined || topology.data === undefined) return <LoadingPage />;
  if (topology.data.listeners.length + topology.data.pools.length === 0) return <Empty title={t('empty.listener')} body={t('empty.listener-explained')} />;
  return <Picture loadBalancer={loadBalancer.data} topology={topology.data} />;
}

/** With more members than these, pools are closed until they are opened. */
const OPEN_UP_TO = 24;

function Picture({ loadBalancer, topology }: { loadBalancer: Loadbalancer; topology: Topology }) {
  const t = useT();
  const { id } = loadBalancer;
  const picture = useRef<HTMLDivElement>(null);
  const rates = useRates(id);
  const conditions = useConditions(id);
  const [view, setView] = useQueryState('show');
  const isUnhealthyOnly = view === 'unhealthy';
  const { listeners, pools } = isUnhealthyOnly ? unhealthyOnly(topology) : topology;
  const memberCount = pools.reduce((sum, { pool, only }) => sum + (only ?? pool.members).length, 0);
  const [near, setNear] = useState<string | null>(null);
  const [opened, setOpened] = useState<ReadonlyMap<string, boolean>>(new Map());
  const isOpen = (poolId: string) => opened.get(poolId) ?? memberCount <= OPEN_UP_TO;
  const openAll = (wanted: boolean) => setOpened(new Map(topology.pools.map(({ pool }) => [pool.id, wanted])));
  const edges = [
    ...listeners.map(({ listener }) => ({ from: id, to: listener.id, status: listener.operating_status })),
    ...listeners.flatMap(({ listener, poolIds }) => pools.filter(({ pool }) => poolIds.includes(pool.id)).map(({ pool }) => ({ from: listener.id, to: pool.id, status: pool.operating_status }))),
  ];
  return (
    <>
      <div className="topology__tools">
        <Switch id="unhealthy-only" label={t('topology.unhealthy-only')} isChecked={isUnhealthyOnly} onChange={(_event, isOn) => setView(isOn ? 'unhealthy' : '')} />
        <Button variant="secondary" size="sm" onClick={() => openAll(true)}>{t('topology.open-all')}</Button>
        <Button variant="secondary" size="sm" onClick={() => openAll(false)}>{t('topology.close-all')}</Button>
        <Announcer topology={topology} />
      </div>
      <div className="topology" ref={picture} onPointerOver={({ target }) => setNear(cardAround(target))} onFocus={({ target }) => setNear(cardAround(target))}>
        <Edges {...{ picture, edges, near }} />
        <EntryColumn {...{ loadBalancer, topology, conditions }} pools={topology.pools} />
        <section aria-label={t('detail.listeners')}>
          <h2 className="part-title">{t('detail.listeners')}</h2>
          <ul className="topology__cards">
            {listeners.map((node) => <ListenerCard key={node.listener.id} {...{ node, rates, conditions }} pools={topology.pools.filter(({ pool }) => node.poolIds.includes(pool.id))} loadBalancerId={id} />)}
          </ul>
        </section>
        <section aria-label={t('topology.pools-and-members')}>
          <h2 className="part-title">{t('topology.pools-and-members')}</h2>
          <ul className="topology__cards">
            {pools.map((node) => (
              <PoolCard
                key={node.pool.id} {...{ node, rates, conditions }} loadBalancerId={id} isOpen={isOpen(node.pool.id)}
                onToggle={() => setOpened(new Map([...opened, [node.pool.id, !isOpen(node.pool.id)]]))}
              />
            ))}
          </ul>
        </section>
      </div>
      {isUnhealthyOnly && listeners.length + pools.length === 0 && <p role="status" className="topology__all-well">{t('topology.all-well')}</p>}
    </>
  );
}

/** The card that an event came from. */
function cardAround(target: EventTarget): string | null {
  return (target instanceof Element && target.closest('[data-node]')?.getAttribute('data-node')) || null;
}

/** Reads status changes out as they are pushed. */
function Announcer({ topology }: { topology: Topology }) {
  const t = useT();
  const [said, say] = useState('');
  const names = useMemo(() => new Map<string, string>([
    ...topology.listeners.map(({ listener }) => [listener.id, nameOf(listener)] as const),
    ...topology.pools.flatMap(({ pool, members }) => [[pool.id, nameOf(pool)] as const, ...(members ?? []).map((member) => [member.id, nameOf(member)] as const)]),
  ]), [topology]);
  useOnChange((change) => {
    if (change.kind !== 'status') return;
    const news = change.status.changes.flatMap(({ id, operating_status: status }) => {
      const name = names.get(id);
      const key = `status.${status}`;
      return name === undefined ? [] : [`${name}: ${isMessageKey(key) ? t(key) : status}`];
    });
    if (news.length > 0) say(news.slice(0, 5).join(', '));
  });
  return <p className="pf-v6-u-screen-reader" role="status" aria-live="polite">{said}</p>;
}

/** Everything that is drawn: a few lists, whatever the number of pools and members. */
function useTopology(id: string): { readonly data: Topology | undefined; readonly error: Error | null; readonly refetch: () => unknown } {
  const listeners = useListeners(id);
  const pools = usePools(id);
  const tree = useStatusTree(id);
  const withPolicies = (listeners.data ?? []).filter(({ l7policies }) => l7policies.length > 0).map((listener) => listener.id);
  const policyLists = useQueries({
    queries: withPolicies.map((listenerId) => ({ queryKey: keyOf(id, 'listeners', listenerId, 'policies'), queryFn: () => listAll('l7policy', { listener_id: listenerId, sort: 'position:asc' }) })),
  });
  const inTree = new Set(tree.data?.listeners.flatMap((listener) => listener.pools.map((pool) => pool.id)));
  // The tree shows pools that listeners use; the others are asked for one by one.
  const others = tree.data === undefined ? [] : (pools.data ?? []).filter((pool) => !inTree.has(pool.id) && pool.members.length > 0).map((pool) => pool.id);
  const members = useMembersOf(id, others.slice(0, 20));
  const policies = new Map<string, readonly L7policy[]>(withPolicies.map((listenerId, index) => [listenerId, policyLists[index]?.data ?? []]));
  return {
    data: listeners.data && pools.data && topologyOf({ listeners: listeners.data, pools: pools.data, tree: tree.data, policies, members }),
    error: listeners.error ?? pools.error ?? tree.error,
    refetch: () => Promise.all([listeners.refetch(), pools.refetch(), tree.refetch()]),
  };
}
