import { textOf, type JsonObject } from '../../../openstack/json.ts';
import { createRecent } from '../../../openstack/recent.ts';
import type { ServiceCallOptions, ServiceClient } from '../../../openstack/service-client.ts';
import { DriverFailure, ResourceNotFound } from '../../errors.ts';
import { ONCE, persistEvenly, persistWith, type RetryOptions } from '../../persistence.ts';
import type { NetworkCaller, NetworkDriver, Subnet } from '../network-driver.ts';
import { createAmphoraPorts, type AttachNetwork } from './amphora-ports.ts';
import { decodeFreeAddresses, decodeNetwork, decodePort, decodeQosPolicy, decodeSecurityGroup, decodeSubnet } from './decode.ts';
import { createNetworkDirectory } from './network-directory.ts';
import { createPorts } from './ports.ts';
import { createLoadBalancerGroups } from './security-group.ts';
import { allocateVip, ensureVip, removeVip } from './vip-port.ts';

export interface NeutronDriverOptions {
  readonly neutron: ServiceClient;
  /** `[controller_worker] amp_boot_network_list` */
  readonly bootNetworkIds: readonly string[];
  /** How an amphora's machine gets an interface on a network by itself; null, or left out: it takes ports only. */
  readonly attachNetwork?: AttachNetwork;
  /** `[networking]`; each thing is done once where it is left out. */
  readonly retries?: RetryOptions;
  /** Milliseconds since the epoch, for tests. */
  readonly now?: () => number;
}

const SHARED_MS = 1000;

/** `allowed_address_pairs_driver`: VIPs, ports and security groups in Neutron, found again by the names and devices that the original gives them. */
export function createNeutronDriver({ neutron, bootNetworkIds, attachNetwork, retries, now }: NeutronDriverOptions): NetworkDriver {
  const clock = now === undefined ? {} : { now };
  const ports = createPorts(neutron, now);
  const persist = retries === undefined ? ONCE : persistWith(retries);
  // What still uses a group or a port goes within seconds.
  const removePersistently = retries === undefined ? ONCE : persistEvenly(retries);
  const extensions = createRecent<ReadonlySet<string>>(Number.POSITIVE_INFINITY, clock);
  const hasExtension = async (alias: string) => (await extensions.get('all', () => readExtensions(neutron))).has(alias);
  const groups = createLoadBalancerGroups(neutron, ports, () => hasExtension('security-group'), now);
  const directory = createNetworkDirectory(neutron, now);
  const amphoraPorts = createAmphoraPorts({
    ports, groups, bootNetworkIds, directory, ...(attachNetwork !== undefined && { attachNetwork }), ...clock,
  });
  const lookUp = async <T>(what: Resource, id: string, decode: (raw: JsonObject) => T, caller?: NetworkCaller): Promise<T> => {
    const raw = await neutron.object('GET', `/${what.path}/${encodeURIComponent(id)}`, what.key, { ...asCaller(caller), accept: [404] });
    if (raw === null) throw new ResourceNotFound(what.label, id);
    return decode(raw);
  };
  const getSubnet = (id: string, caller?: NetworkCaller) => lookUp({ label: 'Subnet', path: 'subnets', key: 'subnet' }, id, decodeSubnet, caller);
  // The amphorae of a pair ask at the same time.
  const subnets = createRecent<Subnet>(SHARED_MS, clock);
  return {
    cutsRemovedPorts: true,
    getNetwork: (id, caller) => lookUp({ label: 'Network', path: 'networks', key: 'network' }, id, decodeNetwork, caller),
    getSubnet: (id, caller) => (caller === undefined ? subnets.get(id, () => getSubnet(id)) : getSubnet(id, caller)),
    getPort: (id, caller) => lookUp({ label: 'Port', path: 'ports', key: 'port' }, id, decodePort, caller),
    getQosPolicy: (id, caller) => lookUp({ label: 'QoS policy', path: 'qos/policies', key: 'policy' }, id, decodeQosPolicy, caller),
    getSecurityGroup: (id, caller) => lookUp({ label: 'Security group', path: 'security-groups', key: 'security_group' }, id, decodeSecurityGroup, caller),
    countFreeAddresses: (id) => lookUp({ label: 'Network', path: 'network-ip-availabilities', key: 'network_ip_availability' }, id, decodeFreeAddresses),
    qosSupported: () => hasExtension('qos'),

    allocateVip: (request) => allocateVip(ports, request),
    ensureVip: (loadBalancer) => ensureVip(ports, directory, loadBalancer),
    removeVip: (loadBalancer) => persist(() => removeVip(ports, loadBalancer, () => groups.find(loadBalancer.id))),

    async ensureVrrpPort(loadBalancer, amphoraId, isNew = false) {
      if (!(await hasExtension('allowed-address-pairs'))) throw new DriverFailure('Neutron', 'make VRRP port', 'The extension allowed-address-pairs is not enabled.', { retry: 'wait' });
      let attempts = 0;
      // A first attempt that failed may have made one all the same.
      return persist(() => amphoraPorts.ensureVrrpPort(loadBalancer, amphoraId, isNew && (attempts += 1) === 1));
    },
    ensureMemberPort({ amphorae }, amphoraId, networkId, subnetIds, vnicType, isNew = false) {
      const amphora = amphorae.find(({ id }) => id === amphoraId);
      return amphoraPorts.ensureMemberPort(amphoraId, { networkId, subnetIds, vnicType, isNew, computeId: amphora?.computeId ?? null, lbNetworkIp: amphora?.lbNetworkIp ?? null });
    },
    listAmphoraPorts: (amphoraId, which = 'all', computeId = null) => amphoraPorts.list(amphoraId, which, computeId),
    removePort: (portId) => persist(() => amphoraPorts.remove(portId)),

    ensureSecurityGroup: (loadBalancer) => groups.ensure(loadBalancer),
    removeSecurityGroup: (loadBalancerId) => removePersistently(() => groups.remove(loadBalancerId)),
    async applyQos(portId, qosPolicyId) {
      // Without the extension no port ever had a policy, and Neutron refuses the attribute.
      if (qosPolicyId === null && !(await hasExtension('qos'))) return;
      const port = (await ports.recall(portId)) ?? (await ports.find(portId));
      // A port that is gone limits nobody any more.
      if (port === null && qosPolicyId === null) return;
      if (port?.qosPolicyId !== qosPolicyId) await ports.update(portId, { qos_policy_id: qosPolicyId });
    },
    forget: (loadBalancer) => groups.forget(loadBalancer),
  };
}

interface Resource { readonly label: string; readonly path: string; readonly key: string }

/** Look-ups for a user are made with his token: what he cannot see is not there. */
function asCaller(caller: NetworkCaller | undefined): ServiceCallOptions {
  return {
    ...(caller?.token !== undefined && { token: caller.token }), ...(caller?.requestId !== undefined && { headers: { 'x-openstack-request-id': caller.requestId } }),
  };
}

async function readExtensions(neutron: ServiceClient): Promise<ReadonlySet<string>> {
  return new Set((await neutron.list('/extensions', 'extensions')).flatMap(({ alias }) => textOf(alias) ?? []));
}
