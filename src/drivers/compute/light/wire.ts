import { numberOf, objectOf, objectsOf, textOf, textsOf, type JsonObject } from '../../../openstack/json.ts';
import { OctaviaError } from '../../../lib/errors.ts';
import type { Port } from '../../network/network-driver.ts';
import type { BootFiles } from '../compute-driver.ts';

/** What a controller asks a host of the light pool to boot. */
export interface LightBoot {
  readonly loadBalancerId: string | null;
  readonly files: BootFiles;
  /** `<processors>x<MiB>`; null leaves it to the host. */
  readonly computeFlavor: string | null;
}

/** A port to plug; `vifType` is how Neutron bound it: `ovs` or `bridge`, null where nothing binds ports. */
export interface LightPort { readonly port: Port; readonly mtu: number; readonly vifType: string | null }

/** An amphora as its host sees it. */
export interface LightAmphora {
  readonly amphoraId: string;
  readonly state: 'active' | 'gone';
  readonly lbNetworkIp: string | null;
  readonly computeFlavor: string | null;
  readonly ageSeconds: number;
}

export interface LightFacts { readonly name: string; readonly capacity: number; readonly amphorae: number }

/** A body that is not what it should be. */
export class WireError extends OctaviaError {
  constructor(what: string) {
    super('light-wire', `${what} is missing or of the wrong kind.`);
  }
}

export function encodeBoot({ loadBalancerId, files, computeFlavor }: LightBoot): JsonObject {
  return { load_balancer_id: loadBalancerId, files, compute_flavor: computeFlavor };
}

/** Throws WireError. Paths become files below the amphora's directory: none may lead out of it. */
export function decodeBoot(body: unknown): LightBoot {
  const raw = objectOf(body);
  const files = Object.entries(objectOf(raw['files'])).map(([path, content]): [string, string] => {
    if (typeof content !== 'string' || !/^\/[\w./@-]+$/.test(path) || path.split('/').includes('..')) throw new WireError(`files: ${path}`);
    return [path, content];
  });
  return { loadBalancerId: textOf(raw['load_balancer_id']), files: Object.fromEntries(files), computeFlavor: textOf(raw['compute_flavor']) };
}

export function encodePort({ port, mtu, vifType }: LightPort): JsonObject {
  return {
    id: port.id, name: port.name, network_id: port.networkId, mac_address: port.macAddress, mtu, vif_type: vifType,
    fixed_ips: port.fixedIps.map(({ subnetId, ipAddress }) => ({ subnet_id: subnetId, ip_address: ipAddress })),
  };
}

/** Throws WireError. What the host has no use for is empty. */
export function decodePort(portId: string, body: unknown): LightPort {
  const raw = objectOf(body);
  const mtu = numberOf(raw['mtu']);
  if (mtu === null || !Number.isInteger(mtu) || mtu < 68 || mtu > 65_535) throw new WireError('mtu');
  const port: Port = {
    id: portId, name: textOf(raw['name']) ?? '', networkId: matching(raw, 'network_id', /^[0-9a-fA-F-]{11,36}$/), projectId: null, macAddress: matching(raw, 'mac_address', /^(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/),
    fixedIps: objectsOf(raw['fixed_ips']).map((fixed) => ({ subnetId: textOf(fixed['subnet_id']) ?? '', ipAddress: textOf(fixed['ip_address']) ?? '' })),
    deviceId: '', deviceOwner: '', status: '', adminStateUp: true, qosPolicyId: null, securityGroupIds: [], allowedAddressPairs: [], vnicType: 'normal', mtu,
  };
  return { port, mtu, vifType: textOf(raw['vif_type']) };
}

export function encodeAmphora({ amphoraId, state, lbNetworkIp, computeFlavor, ageSeconds }: LightAmphora): JsonObject {
  return { id: amphoraId, state, lb_network_ip: lbNetworkIp, compute_flavor: computeFlavor, age_seconds: ageSeconds };
}

/** Throws WireError. */
export function decodeAmphora(body: unknown): LightAmphora {
  const raw = objectOf(body);
  return {
    amphoraId: matching(raw, 'id', /^[0-9a-f-]{36}$/), state: raw['state'] === 'active' ? 'active' : 'gone', lbNetworkIp: textOf(raw['lb_network_ip']),
    computeFlavor: textOf(raw['compute_flavor']), ageSeconds: numberOf(raw['age_seconds']) ?? 0,
  };
}

/** `lost`: amphorae of a former boot of the host, until they are deleted. */
export interface LightListing { readonly amphorae: readonly LightAmphora[]; readonly lost: readonly string[] }

export function encodeListing({ amphorae, lost }: LightListing): JsonObject {
  return { amphorae: amphorae.map(encodeAmphora), lost };
}

/** Throws WireError: half a list would have amphorae taken for lost. */
export function decodeListing(body: unknown): LightListing {
  const raw = objectOf(body);
  if (!Array.isArray(raw['amphorae'])) throw new WireError('amphorae');
  return { amphorae: objectsOf(raw['amphorae']).map(decodeAmphora), lost: textsOf(raw['lost']) };
}

/** Throws WireError. */
export function decodeFacts(body: unknown): LightFacts {
  const raw = objectOf(body);
  const capacity = numberOf(raw['capacity']);
  if (capacity === null) throw new WireError('capacity');
  return { name: textOf(raw['name']) ?? '', capacity, amphorae: numberOf(raw['amphorae']) ?? 0 };
}

function matching(raw: JsonObject, name: string, pattern: RegExp): string {
  const value = textOf(raw[name]);
  if (value === null || !pattern.test(value)) throw new WireError(name);
  return value;
}
