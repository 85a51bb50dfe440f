import type { KnownProperties } from '../image/image-description.ts';

/** What an operator wants his cloud to have for load balancers; all of it has a default. */
export interface Wanted {
  readonly configDir: string;
  readonly domain: string;
  readonly project: string;
  readonly user: string;
  /** Given on the command line; null: the one of octavia.conf, else a generated one. */
  readonly givenPassword: string | null;
  /** Sets the user's password although he was there before. */
  readonly resetPassword: boolean;
  readonly region: string;
  readonly networkRegion: string;
  readonly interface: string | null;
  /** `http://controller:9876`; null: what the catalog has stays, and a new catalog entry leads to the first controller. */
  readonly apiUrl: string | null;
  readonly network: string;
  /** Null: whatever an existing subnet has, DEFAULT_CIDR for a new one. */
  readonly cidr: string | null;
  readonly hasDhcp: boolean;
  readonly provider: { readonly type: string | null; readonly physicalNetwork: string | null; readonly segment: number | null };
  /** Host names of controllers as Neutron knows them; each gets a port for its health manager. */
  readonly controllers: readonly string[];
  readonly keyName: string;
  /** An OpenSSH public key; null: one is made. */
  readonly publicKey: string | null;
  readonly flavor: { readonly name: string; readonly ramMib: number; readonly vcpus: number; readonly diskGib: number };
  readonly imageTag: string;
  /** Null: images are looked at and not uploaded. */
  readonly image: ImageFile | null;
  readonly topology: 'SINGLE' | 'ACTIVE_STANDBY';
  /** Amphorae that are kept booted for whoever needs one next. */
  readonly spares: number;
  readonly databaseUrl: string | null;
  readonly transportUrl: string | null;
  readonly login: { readonly authUrl: string; readonly cafile: string | null; readonly insecure: boolean };
  /** Fresh ones, taken where nothing is known yet. */
  readonly secrets: { readonly password: string; readonly heartbeatKey: string; readonly certificatesKey: string };
}

export const DEFAULT_CIDR = '172.16.0.0/22';

export interface ImageFile extends KnownProperties {
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
  readonly sizeBytes: number;
  readonly sha512: string;
}

export type GroupName = 'amphora' | 'health';

/** The names of the original's installation guide. */
export const GROUP_NAMES: Readonly<Record<GroupName, string>> = { amphora: 'lb-mgmt-sec-grp', health: 'lb-health-mgr-sec-grp' };

/** Roles that policies of load balancing know. */
export const LOAD_BALANCER_ROLES = ['load-balancer_observer', 'load-balancer_global_observer', 'load-balancer_member', 'load-balancer_quota_admin', 'load-balancer_admin'] as const;

export const ENDPOINT_INTERFACES = ['public', 'internal', 'admin'] as const;

/** An ingress rule. */
export interface Rule {
  readonly ethertype: 'IPv4' | 'IPv6';
  readonly protocol: string;
  readonly port: number | null;
}

/** Amphorae answer controllers on 9443, and a person on 22; controllers take heartbeats on 5555. */
export function wantedRules(group: GroupName, cidr: string): readonly Rule[] {
  const ethertype = cidr.includes(':') ? 'IPv6' : 'IPv4';
  if (group === 'health') return [{ ethertype, protocol: 'udp', port: 5555 }];
  return [{ ethertype, protocol: ethertype === 'IPv6' ? 'ipv6-icmp' : 'icmp', port: null }, { ethertype, protocol: 'tcp', port: 22 }, { ethertype, protocol: 'tcp', port: 9443 }];
}

export const portName = (controller: string): string => `octavia-health-manager-${controller}-listen-port`;
