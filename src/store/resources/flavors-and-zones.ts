import type { Kysely } from 'kysely';
import type { AvailabilityZoneData, FlavorData } from '../../model/graph.ts';
import type { Database } from '../database.ts';

export interface KnownFlavor {
  readonly enabled: boolean;
  readonly provider: string;
  readonly data: FlavorData;
}

export interface KnownZone {
  readonly enabled: boolean;
  readonly provider: string;
  readonly data: AvailabilityZoneData;
}

/** A flavor with its profile; undefined when there is none. */
export async function findFlavor(db: Kysely<Database>, id: string): Promise<KnownFlavor | undefined> {
  const row = await db.selectFrom('flavor').innerJoin('flavor_profile', 'flavor_profile.id', 'flavor.flavor_profile_id')
    .select(['flavor.enabled', 'flavor_profile.provider_name', 'flavor_profile.flavor_data']).where('flavor.id', '=', id).executeTakeFirst();
  return row && { enabled: row.enabled, provider: row.provider_name, data: parseData(row.flavor_data) };
}

/** An availability zone, by name, with its profile. */
export async function findZone(db: Kysely<Database>, name: string): Promise<KnownZone | undefined> {
  const row = await db.selectFrom('availability_zone').innerJoin('availability_zone_profile', 'availability_zone_profile.id', 'availability_zone.availability_zone_profile_id')
    .select(['availability_zone.enabled', 'availability_zone_profile.provider_name', 'availability_zone_profile.availability_zone_data'])
    .where('availability_zone.name', '=', name).executeTakeFirst();
  return row && { enabled: row.enabled, provider: row.provider_name, data: parseData(row.availability_zone_data) };
}

/** Profile data was validated by the provider when the profile was made. */
function parseData(text: string): Readonly<Record<string, unknown>> {
  const data: unknown = JSON.parse(text);
  return typeof data === 'object' && data !== null ? { ...data } : {};
}
