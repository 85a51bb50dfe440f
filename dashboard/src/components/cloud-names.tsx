import { useQuery } from '@tanstack/react-query';
import { listNetworks, listSubnets } from '../api/cloud.ts';
import { useSession } from '../session/session.tsx';
import { subnetChoices } from '../dialogs/use-choices.ts';
import { ValueText } from './properties.tsx';

/** How long lists of the network service are taken for current. */
const FRESH_MS = 60_000;

function useNetworking() {
  const { session } = useSession();
  const enabled = session.services.includes('network');
  const networks = useQuery({ queryKey: ['choices', 'networks'], queryFn: listNetworks, enabled, staleTime: FRESH_MS, retry: false });
  const subnets = useQuery({ queryKey: ['choices', 'subnets'], queryFn: listSubnets, enabled, staleTime: FRESH_MS, retry: false });
  return { networks: networks.data ?? [], subnets: subnets.data ?? [] };
}

/** A subnet with its network and range, or its id while or where nothing more is known. */
export function SubnetName({ id }: { id: string | null }) {
  const { networks, subnets } = useNetworking();
  const label = subnetChoices(subnets, networks).find(({ value }) => value === id)?.label;
  return label === undefined ? <ValueText value={id} /> : <span title={id ?? ''}>{label}</span>;
}

/** A network by name, or its id while or where nothing more is known. */
export function NetworkName({ id }: { id: string | null }) {
  const { networks } = useNetworking();
  const name = networks.find((network) => network.id === id)?.name;
  return name === undefined || name === '' ? <ValueText value={id} /> : <span title={id ?? ''}>{name}</span>;
}
