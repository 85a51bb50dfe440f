import { pythonText } from '../model/violation.ts';
import { UnsupportedOption, type ProviderDict } from './provider-driver.ts';

export interface Capability {
  readonly type: 'string' | 'boolean' | 'array';
  readonly description: string;
  readonly oneOf?: readonly string[];
}

/** The keys that a provider accepts in flavor or availability zone data, in the order they are listed to users. */
export type CapabilitySchema = Readonly<Record<string, Capability>>;

/** Flavor data of the amphora provider (upstream octavia/api/drivers/amphora_driver/flavor_schema.py). */
export const AMPHORA_FLAVOR_SCHEMA: CapabilitySchema = {
  loadbalancer_topology: {
    type: 'string',
    description: 'The load balancer topology. One of: SINGLE - One amphora per load balancer. ACTIVE_STANDBY - Two amphora per load balancer.',
    oneOf: ['ACTIVE_STANDBY', 'SINGLE'],
  },
  compute_flavor: { type: 'string', description: 'The compute driver flavor ID.' },
  amp_image_tag: { type: 'string', description: 'The amphora image tag.' },
  sriov_vip: { type: 'boolean', description: 'When true, the VIP port will be created using an SR-IOV VF port.' },
  allow_member_sriov: { type: 'boolean', description: 'When true, users can request a member port be SR-IOV enabled at member creation time.' },
};

/** With the choice of a compute driver, where this cloud has one (an addition): without it every answer is the original's. */
export function amphoraFlavorSchema(computeDrivers: readonly string[] | undefined): CapabilitySchema {
  if (computeDrivers === undefined || computeDrivers.length === 0) return AMPHORA_FLAVOR_SCHEMA;
  const description = `What the amphorae run in. One of: ${computeDrivers.join(', ')}.`;
  return { ...AMPHORA_FLAVOR_SCHEMA, compute_driver: { type: 'string', description, oneOf: computeDrivers } };
}

/** Availability zone data of the amphora provider (upstream .../availability_zone_schema.py). */
export const AMPHORA_AVAILABILITY_ZONE_SCHEMA: CapabilitySchema = {
  compute_zone: { type: 'string', description: 'The compute availability zone.' },
  volume_zone: { type: 'string', description: 'The volume availability zone.' },
  management_network: { type: 'string', description: 'The management network ID for the amphora.' },
  valid_vip_networks: {
    type: 'array',
    description: 'List of network IDs that are allowed for VIP use. This overrides/replaces the list of allowed networks configured in `octavia.conf`.',
  },
};

/** name to description, for the capability lists of the API. */
export function describeCapabilities(schema: CapabilitySchema): ReadonlyMap<string, string> {
  return new Map(Object.entries(schema).map(([name, capability]) => [name, capability.description]));
}

/** Throws UnsupportedOption (501) for unknown keys, wrong types and values outside an enumeration. */
export function checkCapabilities(schema: CapabilitySchema, data: ProviderDict): void {
  const unknown = Object.keys(data).filter((key) => !Object.hasOwn(schema, key)).toSorted();
  if (unknown.length > 0) {
    const verb = unknown.length === 1 ? 'was' : 'were';
    throw new UnsupportedOption(`Additional properties are not allowed (${unknown.map(literal).join(', ')} ${verb} unexpected)`);
  }
  for (const [key, capability] of Object.entries(schema)) {
    if (!Object.hasOwn(data, key)) continue;
    const value = data[key];
    if (!isOfType(value, capability.type)) throw new UnsupportedOption(`${key} ${literal(value)} is not of type ${literal(capability.type)}`);
    if (capability.oneOf !== undefined && !capability.oneOf.includes(String(value))) {
      throw new UnsupportedOption(`${key} ${literal(value)} is not one of ${literal(capability.oneOf)}`);
    }
  }
}

function isOfType(value: unknown, type: Capability['type']): boolean {
  // The only lists are lists of network ids.
  return type === 'array' ? Array.isArray(value) && value.every((item) => typeof item === 'string') : typeof value === type;
}

// The original's schema errors quote values as Python prints them inside a list, texts in quotes.
function literal(value: unknown): string {
  return pythonText([value]).slice(1, -1);
}
