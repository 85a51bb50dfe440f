import { databaseNow } from '../database-clock.ts';
import type { Trx } from '../database.ts';
import { lookupRows, placeholderRows } from './seeds.ts';

/** Inserts the lookup and placeholder rows that are missing and names them as `table: row`. */
export async function sow(trx: Trx): Promise<string[]> {
  const added: string[] = [];
  for (const table of Object.keys(lookupRows) as (keyof typeof lookupRows)[]) {
    const known = new Set((await trx.selectFrom(table).select('name').execute()).map((row) => row.name));
    const missing = lookupRows[table].filter((name) => !known.has(name));
    if (missing.length === 0) continue;
    await trx.insertInto(table).values(missing.map((name) => ({ name }))).execute();
    added.push(...missing.map((name) => `${table}: ${name}`));
  }
  added.push(...(await sowPlaceholders(trx)));
  return added;
}

async function sowPlaceholders(trx: Trx): Promise<string[]> {
  const { flavor_profile, flavor, availability_zone_profile, availability_zone } = placeholderRows;
  const steps: readonly (readonly [string, () => Promise<unknown>, () => Promise<unknown>])[] = [
    ['flavor_profile', () => trx.selectFrom('flavor_profile').select('id').where('id', '=', flavor_profile.id).executeTakeFirst(), () => trx.insertInto('flavor_profile').values(flavor_profile).execute()],
    ['flavor', () => trx.selectFrom('flavor').select('id').where('id', '=', flavor.id).executeTakeFirst(), () => trx.insertInto('flavor').values(flavor).execute()],
    [
      'availability_zone_profile',
      () => trx.selectFrom('availability_zone_profile').select('id').where('id', '=', availability_zone_profile.id).executeTakeFirst(),
      () => trx.insertInto('availability_zone_profile').values(availability_zone_profile).execute(),
    ],
    [
      'availability_zone',
      () => trx.selectFrom('availability_zone').select('name').where('name', '=', availability_zone.name).executeTakeFirst(),
      () => trx.insertInto('availability_zone').values(availability_zone).execute(),
    ],
    ['amphora_build_slots', () => trx.selectFrom('amphora_build_slots').select('id').executeTakeFirst(), () => trx.insertInto('amphora_build_slots').values({ id: 1, slots_used: 0 }).execute()],
    ['spares_pool', () => trx.selectFrom('spares_pool').select('updated_at').executeTakeFirst(), () => trx.insertInto('spares_pool').values({ updated_at: databaseNow(trx) }).execute()],
  ];
  const added: string[] = [];
  for (const [name, find, insert] of steps) {
    if (await find()) continue;
    await insert();
    added.push(`${name}: placeholder`);
  }
  return added;
}
