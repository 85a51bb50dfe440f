import { sql, type Kysely } from 'kysely';
import { expect, it } from 'vitest';
import { TextBuffer } from '../../lib/text-buffer.ts';
import { NIL_UUID } from '../../model/enums.ts';
import { amphora } from '../../model/resources/amphora.ts';
import { availabilityZoneProfile } from '../../model/resources/availability-zone-profile.ts';
import { availabilityZone } from '../../model/resources/availability-zone.ts';
import { flavorProfile } from '../../model/resources/flavor-profile.ts';
import { flavor } from '../../model/resources/flavor.ts';
import { healthMonitor } from '../../model/resources/health-monitor.ts';
import { l7policy } from '../../model/resources/l7policy.ts';
import { l7rule } from '../../model/resources/l7rule.ts';
import { listener } from '../../model/resources/listener.ts';
import { loadBalancer } from '../../model/resources/load-balancer.ts';
import { member } from '../../model/resources/member.ts';
import { pool } from '../../model/resources/pool.ts';
import { quota } from '../../model/resources/quota.ts';
import type { Resource } from '../../model/resources/resource.ts';
import { rollout } from '../../model/resources/rollout.ts';
import { serialise } from '../../model/resources/serialise.ts';
import type { Database, DialectName, Store, Trx } from '../database.ts';
import type { Column } from '../schema/columns.ts';
import { octaviaTables } from '../schema/octavia-tables.ts';
import { ownTables } from '../schema/own-tables.ts';
import { describeStores } from '../testing/describe-stores.ts';
import { plantLoadBalancer } from '../testing/plant-load-balancer.ts';
import {
  healthMonitorRelations, l7policyRelations, l7ruleRelations, listenerRelations, loadBalancerRelations, memberRelations, poolRelations, type Relations,
} from './relations.ts';
import { selectRows, type RowQuery } from './row-query.ts';
import { appendBody, textSelection } from './row-text.ts';

const LISTS: readonly (readonly [Resource, Relations?])[] = [
  [loadBalancer, loadBalancerRelations], [listener, listenerRelations], [pool, poolRelations], [member, memberRelations], [healthMonitor, healthMonitorRelations],
  [l7policy, l7policyRelations], [l7rule, l7ruleRelations], [loadBalancer], [pool], [amphora], [quota], [flavor], [flavorProfile], [availabilityZone], [availabilityZoneProfile], [rollout],
];

const TEXTS = [
  null, '', ' ', ',', 'a,b', ',a,', 'null', '"', '\\', '\\"', '\\u0041', "'", '\u0001\u001f', '\b\f\n\r\t', '\u007f\u0080', '\u2028\u2029', 'ü ß €', '%s ? $1', '{"a":1}', '[]', '1.0',
  '00000000-0000-0000-0000-000000000000',
];
const VALUES: Readonly<Record<Column<unknown>['kind'], readonly unknown[]>> = {
  varchar: TEXTS, text: TEXTS,
  int: [null, 0, 1, -1, 2_147_483_647], float: [null, 1, 1.1, 1.5, 0], bool: [null, true, false],
  datetime: [null, '2026-01-02 03:04:05', '1999-12-31 23:59:59.250000'],
  blob: [], bigint: [],
};

describeStores((store, dialect) => {
  it('the text of a row says what its object says, whatever the row holds', async () => {
    await store().transaction(async (trx) => {
      for (let index = 0; index < TEXTS.length * 2; index += 1) await plant(trx, index);
    });
    for (const table of TABLES) await fill(store(), dialect, table);
    for (const [resource, relations] of LISTS) await compare(store().read, resource, relations);
  });

  it('characters beyond the basic plane stay as they are', async () => {
    if (dialect === 'mysql') await sql`alter table load_balancer modify description varchar(255) character set utf8mb4`.execute(store().read);
    await store().transaction(async (trx) => trx.updateTable('load_balancer').set({ description: '"😀\\𝄞' }).execute());
    await compare(store().read, loadBalancer, loadBalancerRelations);
  });

  it('a definition with a pickled column has no text, unless its relations read the pickle', () => {
    const selectionOf = (relations?: Relations) => textSelection(store().read, listener, query(listener), relations);
    expect(selectionOf()).toBeUndefined();
    expect(selectionOf(memberRelations)).toBeUndefined();
    expect(selectionOf(listenerRelations)).toBeDefined();
  });
});

function query(resource: Resource): RowQuery {
  return { filters: [], tags: {}, sort: [{ column: resource.idColumn, direction: 'asc' }], marker: null, isReversed: false, limit: null };
}

async function compare(db: Kysely<Database>, resource: Resource, relations: Relations | undefined): Promise<void> {
  const read = async (selection?: ReturnType<typeof textSelection>) => {
    const rows = await selectRows(db, resource, query(resource), selection);
    if (rows === 'unknown-marker') throw new Error('there is no marker');
    const computed = await relations?.load(db, rows);
    return rows.map((row) => ({ row, computed: computed?.get(String(row[resource.idColumn])) ?? {} }));
  };
  const selection = textSelection(db, resource, query(resource), relations);
  expect(selection, resource.root).toBeDefined();
  const texts = (await read(selection)).map(({ row, computed }): unknown => {
    const body = new TextBuffer();
    appendBody(body, row, computed);
    return JSON.parse(body.bytes().toString());
  });
  const bodies = (await read()).map(({ row, computed }): unknown => JSON.parse(JSON.stringify(serialise(resource, row, computed))));
  expect(bodies.length).toBeGreaterThan(1);
  expect(texts, resource.root).toEqual(bodies);
}

async function plant(trx: Trx, index: number): Promise<void> {
  const id = `lb${String(index).padStart(2, '0')}`;
  await plantLoadBalancer(trx, { id, listeners: 1, members: 1, policies: 1 });
  await trx.insertInto('tags').values([{ resource_id: id, tag: 'a"b' }, { resource_id: `${id}-l0`, tag: '\\' }]).execute();
  await trx.insertInto('flavor_profile').values({ id, name: id, provider_name: 'amphora', flavor_data: '{}' }).execute();
  await trx.insertInto('flavor').values({ id, name: id, enabled: true, flavor_profile_id: id }).execute();
  await trx.insertInto('availability_zone_profile').values({ id, name: id, provider_name: 'amphora', availability_zone_data: '{}' }).execute();
  await trx.insertInto('availability_zone').values({ name: id, enabled: true, availability_zone_profile_id: id }).execute();
  await trx.insertInto('ts_rollout').values({ id, kind: 'failover', state: 'done', canary: 1, per_minute: 1, parallel: 1, soak_seconds: 1, created_at: '2026-01-01 00:00:00', updated_at: '2026-01-01 00:00:00' }).execute();
  const reference = [null, NIL_UUID, id][index % 3] ?? null;
  await trx.updateTable('load_balancer').set({ flavor_id: reference, availability_zone: reference }).where('id', '=', id).execute();
}

/** With the column that names a row; what is unique or refers to something keeps its value. */
const TABLES = [
  ['load_balancer', 'id'], ['vip', 'load_balancer_id'], ['listener', 'id'], ['pool', 'id'], ['session_persistence', 'pool_id'], ['health_monitor', 'id'], ['member', 'id'], ['l7policy', 'id'],
  ['l7rule', 'id'], ['amphora', 'id'], ['quotas', 'project_id'], ['flavor_profile', 'id'], ['flavor', 'id'], ['availability_zone_profile', 'id'], ['availability_zone', 'name'], ['ts_rollout', 'id'],
] as const;
const KEPT = new Set(['listener.protocol_port', 'member.protocol_port', 'flavor.name', 'listener.load_balancer_id']);

/** Gives every free column of every row one of the values of its kind, so that each value meets each column. */
async function fill(store: Store, dialect: DialectName, [table, key]: (typeof TABLES)[number]): Promise<void> {
  const columns: Readonly<Record<string, Column<unknown>>> = { ...octaviaTables, ...ownTables }[table].columns;
  const free = Object.entries(columns).filter(([name, { isPrimaryKey, references }]) => !isPrimaryKey && references === undefined && !KEPT.has(`${table}.${name}`));
  const rows = (await sql<Record<string, string>>`select ${sql.ref(key)} as name from ${sql.table(table)} order by ${sql.ref(key)}`.execute(store.read)).rows;
  expect(rows.length, table).toBeGreaterThanOrEqual(TEXTS.length);
  await store.transaction(async (trx) => {
    for (const [index, row] of rows.entries()) {
      const set = free.flatMap(([name, column], place) => {
        const values = VALUES[column.kind].filter((value) => (value !== null || column.isNullable) && String(value).length <= (column.length ?? 255));
        const value = values[(index + place) % Math.max(values.length, 1)];
        return values.length === 0 ? [] : [sql`${sql.ref(name)} = ${dialect === 'postgres' || typeof value !== 'boolean' ? value : Number(value)}`];
      });
      await sql`update ${sql.table(table)} set ${sql.join(set)} where ${sql.ref(key)} = ${row['name']}`.execute(trx);
    }
  });
}
