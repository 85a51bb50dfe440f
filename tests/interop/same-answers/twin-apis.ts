import { createOurSchema, startOriginalApi } from '../../services/octavia-processes.ts';
import { apiAddress, openWorld, type World } from '../world.ts';
import { writeCertificates } from './certificates.ts';
import { seed } from './seed.ts';
import { seedRows } from './seed-rows.ts';
import { openTwinRows, type Rows } from './twin-rows.ts';

/** One API with a database of its own. */
export interface Side {
  readonly url: string;
  readonly rows: Rows;
}

/** Ours and several of the original's API, all on equal rows. */
export interface TwinApis {
  readonly ours: Side;
  readonly originals: readonly Side[];
  /** Ids of the seeded objects by name. */
  readonly ids: ReadonlyMap<string, string>;
  readonly world: World;
}

/** The original needs about a twentieth of a second of a processor for a request and waits for the database in between. */
const ORIGINALS = 3;

/** Options that make a rule reachable; equal on both sides. With `noauth` nobody has a quota. */
const SETTINGS = {
  api_settings: {
    auth_strategy: 'testing', healthcheck_enabled: 'True', default_listener_ciphers: 'ECDHE-RSA-AES128-GCM-SHA256', default_pool_ciphers: 'ECDHE-RSA-AES256-GCM-SHA384', tls_cipher_prohibit_list: 'RC4-SHA:DES-CBC3-SHA', minimum_tls_version: 'TLSv1.1',
  },
} as const;

export async function openTwinApis(): Promise<TwinApis> {
  const world = await openWorld();
  try {
    writeCertificates(world.directory);
    const [mine, ...theirs] = await Promise.all(['ours', ...Array.from({ length: ORIGINALS }, (_, index) => `original-${index + 1}`)].map((name) => addressOf(world, name)));
    if (mine === undefined) throw new Error('no address');
    await Promise.all([world.start('api', mine.conf), ...theirs.map(async ({ name, conf, port }) => {
      const original = await startOriginalApi(conf, port, world.log(name), { processes: 1, threads: 1 });
      world.onStop(name, () => original.stop());
    })]);
    const rows = await openTwinRows([mine, ...theirs].map(({ database }) => database));
    world.onStop('rows', () => rows.close());
    const sides = [mine, ...theirs].flatMap(({ url }, index) => (rows.each[index] === undefined ? [] : [{ url, rows: rows.each[index] }]));
    const [ours, ...originals] = sides;
    if (ours === undefined) throw new Error('no rows');
    const ids = await seed(ours.url, () => ours.rows.settle());
    await seedRows(rows, ids);
    await rows.keep();
    return { ours, originals, ids, world };
  } catch (error) {
    await world.stop();
    throw error;
  }
}

/** A database with our schema, which is the original's and more, and a configuration for an API on it. */
async function addressOf(world: World, name: string) {
  const [database, { url, apiPort }] = [await world.mariaDb.newDatabase(), await apiAddress()];
  const conf = world.conf(name, { database, apiPort, more: SETTINGS });
  await createOurSchema(conf);
  return { name, database, url, port: apiPort, conf };
}
