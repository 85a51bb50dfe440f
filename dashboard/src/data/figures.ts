import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { octavia, withQuery } from '../api/client.ts';
import { useOnChange, type ObjectRates, type Rates } from './changes.tsx';
import { keyOf } from './objects.ts';
import { createRereader } from './rereader.ts';

/** Since when and why something is not well. */
export interface Condition {
  readonly object_id: string;
  readonly object_type: string;
  readonly operating_status: string;
  /** UTC without a zone. */
  readonly since: string;
  readonly reason: string | null;
}

export type Period = 'hour' | 'day';

/** What was counted in the step that begins `at` (seconds since the epoch). */
export type Point = Omit<ObjectRates, 'id' | 'active_connections'> & { readonly at: number; readonly peak_connections: number };

/** Traffic over time; steps without traffic have no point. */
export interface Statistics {
  readonly step_seconds: number;
  readonly from: number;
  readonly to: number;
  readonly points: readonly Point[];
}

export interface LogLine {
  readonly amphora_id: string;
  readonly text: string;
}

export interface AccessLog {
  readonly cursor: string;
  readonly is_kept: boolean;
  readonly is_cut: boolean;
  readonly lines: readonly LogLine[];
}

const pathOf = (id: string, what: string) => `/v2.0/octavia/loadbalancers/${id}/${what}`;

/** Everything that is not well in a load balancer, by object. */
export function useConditions(id: string): ReadonlyMap<string, Condition> {
  const { data } = useQuery({
    queryKey: keyOf(id, 'conditions'),
    queryFn: async () => (await octavia<{ conditions: readonly Condition[] }>('GET', pathOf(id, 'conditions'))).conditions,
    select: byObject,
  });
  return data ?? NO_CONDITIONS;
}

const NO_CONDITIONS: ReadonlyMap<string, Condition> = new Map();
const NO_RATES: ReadonlyMap<string, ObjectRates> = new Map();
const byObject = (conditions: readonly Condition[]): ReadonlyMap<string, Condition> => new Map(conditions.map((condition) => [condition.object_id, condition]));
const ratesById = (rates: Rates): ReadonlyMap<string, ObjectRates> => new Map(rates.objects.map((one) => [one.id, one]));

/** What the parts of a load balancer do per second; read once, then pushed. */
export function useRates(id: string): ReadonlyMap<string, ObjectRates> {
  const client = useQueryClient();
  // Not below the key of the load balancer: other changes do not make rates stale.
  const queryKey = ['rates', id];
  const { data } = useQuery({ queryKey, queryFn: async () => (await octavia<{ rates: Rates }>('GET', pathOf(id, 'rates'))).rates, select: ratesById });
  useOnChange((change) => {
    if (change.kind === 'rates' && change.rates.loadbalancer_id === id) client.setQueryData(queryKey, change.rates);
  });
  return data ?? NO_RATES;
}

/** Traffic of the load balancer (null) or one of its parts, read anew when new rates have come. */
export function useStatistics(id: string, objectId: string | null, period: Period) {
  const client = useQueryClient();
  const reread = useMemo(() => createRereader(client), [client]);
  useOnChange((change) => {
    if (change.kind === 'rates' && change.rates.loadbalancer_id === id) reread(['statistics', id]);
  });
  return useQuery({
    queryKey: ['statistics', id, objectId, period],
    queryFn: async () => (await octavia<{ statistics: Statistics }>('GET', withQuery(pathOf(id, 'statistics'), { period, ...(objectId !== null && { object_id: objectId }) }))).statistics,
  });
}

/** The newest lines, or those after a cursor as soon as there are some (at most 20 seconds later, unless `signal` ends it). Throws ServiceFault. */
export async function readAccessLog(id: string, cursor: string | null, filter: string, signal: AbortSignal): Promise<AccessLog> {
  const query = { ...(cursor !== null && { after: cursor, wait: '20' }), ...(filter !== '' && { filter }) };
  return (await octavia<{ access_log: AccessLog }>('GET', withQuery(pathOf(id, 'access_log'), query), undefined, signal)).access_log;
}
