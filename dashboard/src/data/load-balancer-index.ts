import { useCallback, useEffect, useRef, useState } from 'react';
import { listAll, show } from '../api/client.ts';
import { ServiceFault } from '../api/http.ts';
import type { Loadbalancer } from '../api/schema.ts';
import { useSession } from '../session/session.tsx';
import { useOnChange } from './changes.tsx';

/** What the list shows of a load balancer. */
export type ListedLoadBalancer = Pick<Loadbalancer, 'id' | 'name' | 'description' | 'vip_address' | 'provisioning_status' | 'operating_status' | 'admin_state_up' | 'availability_zone' | 'provider' | 'tags' | 'created_at' | 'project_id' | 'vip_port_id'>;

const FIELDS: readonly (keyof ListedLoadBalancer)[] = [
  'id', 'name', 'description', 'vip_address', 'provisioning_status', 'operating_status', 'admin_state_up', 'availability_zone', 'provider', 'tags', 'created_at', 'project_id', 'vip_port_id',
];

/** More than this many changes at once are cheaper to read as a whole. */
const ONE_BY_ONE = 25;

export interface LoadBalancerIndex {
  readonly rows: readonly ListedLoadBalancer[];
  readonly isLoading: boolean;
  readonly error: unknown;
  readonly reload: () => void;
}

/**
 * All load balancers of the project (or of everybody), read page by page: the first thousand show while the rest comes.
 * Pushed changes replace single rows, so that thousands of rows stay current without being read again.
 */
export function useLoadBalancerIndex(isEverybody: boolean): LoadBalancerIndex {
  const { session } = useSession();
  const projectId = session.project?.id ?? '';
  const { region } = session;
  const [rows, setRows] = useState<readonly ListedLoadBalancer[]>([]);
  const [isLoading, setLoading] = useState(true);
  const [error, setError] = useState<unknown>(null);
  const round = useRef(0);
  const load = useCallback(async () => {
    round.current += 1;
    const mine = round.current;
    const query = { fields: FIELDS, ...(!isEverybody && { project_id: projectId }) };
    try {
      const all = await listAll('loadbalancer', query, { onPage: (soFar) => mine === round.current && setRows((shown) => (shown.length > soFar.length ? shown : [...soFar])) });
      if (mine === round.current) setRows(all);
      setError(null);
    } catch (failure) {
      setError(failure);
    } finally {
      if (mine === round.current) setLoading(false);
    }
  }, [isEverybody, projectId]);
  // Another region answers the same calls with other load balancers.
  useEffect(() => {
    setRows([]);
    setLoading(true);
    void load();
  }, [load, region]);
  useOnChange((change) => {
    if (change.kind === 'anything') return void load();
    if (change.kind !== 'load-balancers') return;
    if (change.ids.length > ONE_BY_ONE) return void load();
    void Promise.all(change.ids.map(readRow)).then((fresh) => setRows((shown) => withFresh(shown, fresh)));
  });
  return { rows, isLoading, error, reload: () => void load() };
}

interface Fresh {
  readonly id: string;
  /** Null when it is gone. */
  readonly row: ListedLoadBalancer | null;
}

async function readRow(id: string): Promise<Fresh> {
  try {
    return { id, row: await show('loadbalancer', id) };
  } catch (error) {
    if (error instanceof ServiceFault && (error.status === 404 || error.status === 403)) return { id, row: null };
    throw error;
  }
}

function withFresh(shown: readonly ListedLoadBalancer[], fresh: readonly Fresh[]): readonly ListedLoadBalancer[] {
  const byId = new Map(fresh.map(({ id, row }) => [id, row]));
  const kept = shown.flatMap((row) => {
    const now = byId.get(row.id);
    byId.delete(row.id);
    return now === undefined ? [row] : now === null ? [] : [now];
  });
  return [...kept, ...[...byId.values()].filter((row) => row !== null)];
}
