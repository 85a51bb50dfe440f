import { useEffect, useMemo, useState } from 'react';
import { listAll, show, type Query } from '../api/client.ts';
import { ServiceFault } from '../api/http.ts';
import type { Loadbalancer } from '../api/schema.ts';
import { useSession } from '../session/session.tsx';
import { createChangingRows, type ChangingRows, type Fresh } from './changing-rows.ts';
import { useOnChange } from './changes.tsx';
import { oneAtATime } from './one-at-a-time.ts';

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
  // Another region answers the same calls with other load balancers.
  const { table, load, loadInTurn } = useMemo(() => {
    const changing = createChangingRows<ListedLoadBalancer>(setRows);
    const query = { fields: FIELDS, ...(!isEverybody && { project_id: projectId }) };
    const readAgain = () => readAll(changing, query, { setLoading, setError });
    return { table: changing, load: readAgain, loadInTurn: oneAtATime(readAgain) };
  }, [isEverybody, projectId, region]);
  useEffect(() => {
    table.open();
    setLoading(true);
    void load();
    return table.close;
  }, [table, load]);
  useOnChange((change) => {
    if (change.kind === 'anything') return void load();
    if (change.kind !== 'load-balancers') return;
    if (change.ids.length > ONE_BY_ONE) return void loadInTurn();
    // What could not be read by itself must not stay as it was.
    Promise.all(change.ids.map(readRow)).then(table.askRows(), () => loadInTurn());
  });
  return { rows, isLoading, error, reload: () => void load() };
}

async function readAll(table: ChangingRows<ListedLoadBalancer>, query: Query, say: { readonly setLoading: (isLoading: boolean) => void; readonly setError: (error: unknown) => void }): Promise<void> {
  const answer = table.askList();
  let failure: unknown = null;
  try {
    answer.whole(await listAll('loadbalancer', query, { onPage: answer.page }));
  } catch (error) {
    failure = error;
  }
  if (!answer.isCurrent()) return;
  say.setError(failure);
  say.setLoading(false);
}

async function readRow(id: string): Promise<Fresh<ListedLoadBalancer>> {
  try {
    return { id, row: await show('loadbalancer', id) };
  } catch (error) {
    if (error instanceof ServiceFault && (error.status === 404 || error.status === 403)) return { id, row: null };
    throw error;
  }
}
