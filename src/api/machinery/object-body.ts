import type { Kysely } from 'kysely';
import type { Resource } from '../../model/resources/resource.ts';
import { serialise } from '../../model/resources/serialise.ts';
import type { Database } from '../../store/database.ts';
import type { Relations } from '../../store/resources/relations.ts';
import { selectRow } from '../../store/resources/row-query.ts';
import { notFound } from './faults.ts';

/** The answer `{root: {...}}` for one object as it is now. */
export async function objectBody(db: Kysely<Database>, resource: Resource, id: string, relations: Relations): Promise<Record<string, unknown>> {
  const row = await selectRow(db, resource, id);
  if (!row) throw notFound(resource.label, id);
  const computed = await relations.load(db, [row]);
  return { [resource.root]: serialise(resource, row, computed.get(id) ?? {}) };
}
