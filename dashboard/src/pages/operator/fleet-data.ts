import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { listAll, octavia } from '../../api/client.ts';
import { listHosts } from '../../api/cloud.ts';
import type { Amphora } from '../../api/schema.ts';
import { useOnChange } from '../../data/changes.tsx';
import { createRereader } from '../../data/rereader.ts';
import { useSession } from '../../session/session.tsx';

/** An amphora with what only the health managers and the compute service know of it. */
export interface FleetAmphora extends Amphora {
  readonly loadbalancer_name: string | null;
  readonly project_id: string | null;
  /** Null: never heard. */
  readonly heartbeatAgeSeconds: number | null;
  /** Null where the compute service does not tell. */
  readonly host: string | null;
}

interface FleetAnswer {
  readonly fleet: readonly { readonly amphora_id: string; readonly loadbalancer_name: string | null; readonly project_id: string | null; readonly heartbeat_age_seconds: number | null }[];
  readonly heartbeat_timeout_seconds: number;
}

/** Heartbeats come all the time and are no changes that anybody pushes: they are read again while they are looked at. */
const HEARTBEATS_MS = 10_000;
const HOSTS_FRESH_MS = 60_000;

export interface Fleet {
  readonly rows: readonly FleetAmphora[] | undefined;
  readonly timeoutSeconds: number;
  readonly error: unknown;
  readonly reload: () => void;
}

/** Every amphora, kept current by pushed changes of load balancers. */
export function useFleet(): Fleet {
  const client = useQueryClient();
  const reread = useMemo(() => createRereader(client), [client]);
  const { session } = useSession();
  const amphorae = useQuery({ queryKey: ['fleet', 'amphorae'], queryFn: () => listAll('amphora') });
  const heartbeats = useQuery({ queryKey: ['fleet', 'heartbeats'], queryFn: () => octavia<FleetAnswer>('GET', '/v2.0/octavia/fleet'), refetchInterval: HEARTBEATS_MS });
  // Whoever may not list the machines of all projects sees zones only.
  const hosts = useQuery({ queryKey: ['fleet', 'hosts'], queryFn: listHosts, enabled: session.services.includes('compute'), retry: false, staleTime: HOSTS_FRESH_MS });
  useOnChange((change) => {
    if (change.kind !== 'load-balancers' && change.kind !== 'history') return;
    for (const part of ['amphorae', 'heartbeats']) reread(['fleet', part]);
  });
  const rows = useMemo(() => {
    const known = new Map(heartbeats.data?.fleet.map((row) => [row.amphora_id, row]));
    return amphorae.data?.map((amphora): FleetAmphora => {
      const more = known.get(amphora.id);
      return {
        ...amphora, loadbalancer_name: more?.loadbalancer_name ?? null, project_id: more?.project_id ?? null, heartbeatAgeSeconds: more?.heartbeat_age_seconds ?? null,
        host: hosts.data?.get(amphora.compute_id ?? '') ?? null,
      };
    });
  }, [amphorae.data, heartbeats.data, hosts.data]);
  return {
    rows, timeoutSeconds: heartbeats.data?.heartbeat_timeout_seconds ?? Number.POSITIVE_INFINITY, error: amphorae.error ?? heartbeats.error,
    reload: () => void client.invalidateQueries({ queryKey: ['fleet'] }),
  };
}

export interface FleetFilters {
  readonly text: string;
  readonly status: string;
  readonly role: string;
  readonly place: string;
}

/** Rows that pass all filters; every word must occur in a name, address, id or place. */
export function filterFleet(rows: readonly FleetAmphora[], { text, status, role, place }: FleetFilters): readonly FleetAmphora[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return rows.filter((row) => {
    if ((status !== '' && row.status !== status) || (role !== '' && row.role !== role) || (place !== '' && placeOf(row) !== place)) return false;
    const haystack = [row.id, row.loadbalancer_name, row.loadbalancer_id, row.project_id, row.lb_network_ip, row.image_id, row.compute_id, placeOf(row)].join('\n').toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
}

/** Host and zone, as far as they are known. */
export const placeOf = ({ host, cached_zone: zone }: Pick<FleetAmphora, 'host' | 'cached_zone'>): string => [host, zone].filter((part) => part !== null && part !== '').join(' / ');

export interface StormBrake {
  readonly state: 'off' | 'ready' | 'engaged' | 'releasing';
  readonly threshold: number | null;
  readonly in_service: number;
  readonly silent: number;
  readonly stopped: number;
  /** UTC without a zone. */
  readonly stopped_since: string | null;
}

export const useStormBrake = () => useQuery({
  queryKey: ['fleet', 'brake'], refetchInterval: HEARTBEATS_MS,
  queryFn: async () => (await octavia<{ storm_brake: StormBrake }>('GET', '/v2.0/octavia/storm_brake')).storm_brake,
});
