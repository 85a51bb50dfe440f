import { useQuery } from '@tanstack/react-query';
import { listAll, octavia } from '../api/client.ts';
import { listCertificates, listNetworks, listPorts, listQosPolicies, listSecrets, listSecurityGroups, listSubnets, type Network, type Subnet } from '../api/cloud.ts';
import { usePools } from '../data/objects.ts';
import type { Choice } from '../forms/field-control.tsx';
import type { FormKind } from '../forms/layout.ts';
import { useSession } from '../session/session.tsx';

/** What a list holds; nothing while it is being read, so that the field is one to choose from at once; undefined when it cannot be had. */
const offered = <T,>({ data, isLoading }: { readonly data: readonly T[] | undefined; readonly isLoading: boolean }): readonly T[] | undefined => data ?? (isLoading ? [] : undefined);

type Choices = Readonly<Record<string, readonly Choice[]>>;

/** How long lists of other services are taken for current. */
const FRESH_MS = 60_000;

const named = ({ id, name }: { id: string; name: string }): Choice => ({ value: id, label: name === '' ? id : name });

/**
 * What the reference fields of a kind may be set to. A field whose service is missing or refuses gets no choices, and is
 * then a plain text field.
 */
export function useChoices(kind: FormKind, loadBalancerId: string | null): Choices {
  const { session } = useSession();
  const has = (service: string) => session.services.includes(service);
  const load = <T,>(name: string, queryFn: () => Promise<readonly T[]>, enabled: boolean) => ({ queryKey: ['choices', name], queryFn, enabled, staleTime: FRESH_MS, retry: false });
  const isBalancer = kind === 'loadbalancer';
  const networks = offered(useQuery(load('networks', listNetworks, has('network') && (isBalancer || kind === 'member'))));
  const subnets = offered(useQuery(load('subnets', listSubnets, has('network') && (isBalancer || kind === 'member'))));
  const ports = offered(useQuery(load('ports', listPorts, has('network') && isBalancer)));
  const groups = offered(useQuery(load('security-groups', listSecurityGroups, has('network') && isBalancer)));
  const qos = offered(useQuery(load('qos', listQosPolicies, has('network') && isBalancer)));
  const flavors = offered(useQuery(load('flavors', () => listAll('flavor', { enabled: 'True' }), isBalancer)));
  const zones = offered(useQuery(load('zones', () => listAll('availability_zone', { enabled: 'True' }), isBalancer)));
  const isProfile = kind === 'flavorprofile' || kind === 'availability_zone_profile';
  const providers = offered(useQuery(load('providers', listProviders, isBalancer || isProfile)));
  const flavorProfiles = offered(useQuery(load('flavor-profiles', () => listAll('flavorprofile'), kind === 'flavor')));
  const zoneProfiles = offered(useQuery(load('zone-profiles', () => listAll('availability_zone_profile'), kind === 'availability_zone')));
  const hasKeys = has('key-manager') && (kind === 'listener' || kind === 'pool');
  const certificates = offered(useQuery(load('certificates', listKeys, hasKeys)));
  const pools = usePools(loadBalancerId ?? '');
  switch (kind) {
    case 'loadbalancer': return present({
      vip_subnet_id: subnets && subnetChoices(subnets, networks ?? []), additional_vips: subnets && subnetChoices(subnets, networks ?? []),
      vip_network_id: networks?.map(named), vip_port_id: ports?.filter((port) => port.device_owner === '').map((port) => ({ value: port.id, label: [port.name, ...port.fixed_ips.map((ip) => ip.ip_address)].filter(Boolean).join(' ') || port.id })),
      vip_sg_ids: groups?.map(named), vip_qos_policy_id: qos?.map(named), flavor_id: flavors?.map(named),
      availability_zone: zones?.map(({ name }) => ({ value: name, label: name })), provider: providers?.map(({ name, description }) => ({ value: name, label: description === '' ? name : `${name}: ${description}` })),
    });
    case 'listener': return present({
      ...keyChoices(['default_tls_container_ref', 'sni_container_refs', 'client_ca_tls_container_ref', 'client_crl_container_ref'], certificates),
      default_pool_id: loadBalancerId === null ? undefined : offered(pools)?.map(named),
    });
    case 'pool': return present(keyChoices(['tls_container_ref', 'ca_tls_container_ref', 'crl_container_ref'], certificates));
    case 'member': return present({ subnet_id: subnets && subnetChoices(subnets, networks ?? []) });
    case 'flavor': return present({ flavor_profile_id: flavorProfiles?.map(named) });
    case 'availability_zone': return present({ availability_zone_profile_id: zoneProfiles?.map(named) });
    case 'flavorprofile': case 'availability_zone_profile': return present({ provider_name: providers?.map(({ name, description }) => ({ value: name, label: description === '' ? name : `${name}: ${description}` })) });
    case 'l7policy': return present({ redirect_pool_id: loadBalancerId === null ? undefined : offered(pools)?.map(named) });
    default: return {};
  }
}

/** Subnets with their network, as people know them. */
export function subnetChoices(subnets: readonly Subnet[], networks: readonly Network[]): readonly Choice[] {
  return subnets.map((subnet) => {
    const network = networks.find(({ id }) => id === subnet.network_id);
    return { value: subnet.id, label: `${[network?.name, subnet.name].filter(Boolean).join(' / ') || subnet.id} (${subnet.cidr})` };
  });
}

export async function listProviders(): Promise<readonly { name: string; description: string }[]> {
  return (await octavia<{ providers: readonly { name: string; description: string }[] }>('GET', '/v2.0/lbaas/providers')).providers;
}

/** Containers of certificates, and secrets (PKCS#12 bundles, CA certificates, revocation lists). */
async function listKeys(): Promise<readonly Choice[]> {
  const [containers, secrets] = await Promise.all([listCertificates(), listSecrets()]);
  return [...containers.map(({ name, container_ref: ref }) => ({ value: ref, label: name ?? ref })), ...secrets.map(({ name, secret_ref: ref }) => ({ value: ref, label: name ?? ref }))];
}

const keyChoices = (names: readonly string[], keys: readonly Choice[] | undefined) => Object.fromEntries(names.map((name) => [name, keys]));

function present(choices: Readonly<Record<string, readonly Choice[] | undefined>>): Choices {
  return Object.fromEntries(Object.entries(choices).flatMap(([name, offered]) => (offered === undefined ? [] : [[name, offered]])));
}
