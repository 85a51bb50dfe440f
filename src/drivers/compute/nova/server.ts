import { objectOf, objectsOf, textOf, type JsonObject } from '../../../openstack/json.ts';
import type { AttachedInterface, ComputeInstance, ComputeState } from '../compute-driver.ts';

/** A server of Nova as far as it is looked at. */
export interface Server {
  readonly instance: ComputeInstance;
  /** Its addresses with the interfaces they are on, as Nova's own memory has them. */
  readonly addresses: readonly { readonly ipAddress: string; readonly macAddress: string | null }[];
  /** Volumes it was booted from or given. */
  readonly volumeIds: readonly string[];
}

/** States on the way from or to ACTIVE that an operator's maintenance passes through. */
const WORKING = ['ACTIVE', 'REBOOT', 'HARD_REBOOT', 'MIGRATING', 'PASSWORD', 'RESIZE', 'VERIFY_RESIZE', 'REVERT_RESIZE'];
const GONE = ['DELETED', 'SOFT_DELETED'];

export function decodeServer(raw: JsonObject): Server {
  const status = (textOf(raw['status']) ?? 'UNKNOWN').toUpperCase();
  const state = stateOf(status);
  return {
    instance: {
      computeId: textOf(raw['id']) ?? '', state, lbNetworkIp: null, zone: textOf(raw['OS-EXT-AZ:availability_zone']),
      imageId: textOf(objectOf(raw['image'])['id']), flavorId: textOf(objectOf(raw['flavor'])['id']), fault: state === 'error' ? faultOf(raw, status) : null,
    },
    addresses: Object.values(objectOf(raw['addresses'])).flatMap((entries) => objectsOf(entries))
      .filter((entry) => entry['OS-EXT-IPS:type'] !== 'floating')
      .flatMap((entry) => { const ipAddress = textOf(entry['addr']); return ipAddress === null ? [] : [{ ipAddress, macAddress: textOf(entry['OS-EXT-IPS-MAC:mac_addr']) }]; }),
    volumeIds: objectsOf(raw['os-extended-volumes:volumes_attached']).flatMap(({ id }) => textOf(id) ?? []),
  };
}

/** An interface as `os-interface` lists it. */
export interface ServerInterface extends AttachedInterface { readonly networkId: string }

export function decodeInterface(raw: JsonObject): ServerInterface {
  return { networkId: textOf(raw['net_id']) ?? '', ...decodeAttached(raw) };
}

/** The same interface in the answer that made it. */
export function decodeAttached(raw: JsonObject): AttachedInterface {
  const fixedIps = objectsOf(raw['fixed_ips']).map((fixed) => ({ subnetId: textOf(fixed['subnet_id']) ?? '', ipAddress: textOf(fixed['ip_address']) ?? '' }));
  return { portId: textOf(raw['port_id']) ?? '', macAddress: textOf(raw['mac_addr']) ?? '', fixedIps };
}

/** The first address of the only interface but `others` (MAC addresses): while a server has just one of its own, nobody else need be asked. */
export function soleAddress(server: Server, others: ReadonlySet<string>): string | null {
  const addresses = server.addresses.filter(({ macAddress }) => macAddress === null || !others.has(macAddress));
  const interfaces = new Set(addresses.map(({ macAddress }) => macAddress));
  return interfaces.size === 1 ? (addresses[0]?.ipAddress ?? null) : null;
}

/**
 * The interfaces as the server got them, which the order of its addresses tells; Neutron lists them in any. A VIP or members
 * may be on the management network too: their interfaces come later.
 */
export function inOrderOf({ addresses }: Server, interfaces: readonly ServerInterface[]): readonly ServerInterface[] {
  const place = ({ macAddress }: ServerInterface): number => {
    const index = addresses.findIndex((address) => address.macAddress === macAddress);
    return index < 0 ? addresses.length : index;
  };
  return interfaces.toSorted((one, other) => place(one) - place(other));
}

function stateOf(status: string): ComputeState {
  if (WORKING.includes(status)) return 'active';
  if (status === 'BUILD' || status === 'REBUILD') return 'building';
  return GONE.includes(status) ? 'gone' : 'error';
}

function faultOf(raw: JsonObject, status: string): string {
  return textOf(objectOf(raw['fault'])['message']) ?? `the server is ${status}`;
}
