import { createOurSchema, startOriginalApi } from '../../services/octavia-processes.ts';
import { apiAddress, openWorld, type World } from '../world.ts';
import { writeCertificates } from './certificates.ts';
import { seed } from './seed.ts';
import { seedRows } from './seed-rows.ts';
import { openTwinRows, type TwinRows } from './twin-rows.ts';

/** The original's API and ours, each on a database of its own with equal rows. */
export interface TwinApis {
  readonly urls: { readonly ours: string; readonly original: string };
  /** Ids of the seeded objects by name. */
  readonly ids: ReadonlyMap<string, string>;
  readonly rows: TwinRows;
  readonly world: World;
}

/** Options that make a rule reachable; equal on both sides. With `noauth` nobody has a quota. */
export const SETTINGS = {
  api_settings: {
    auth_strategy: 'testing', healthcheck_enabled: 'True', default_listener_ciphers: 'ECDHE-RSA-AES128-GCM-SHA256', default_pool_ciphers: 'ECDHE-RSA-AES256-GCM-SHA384', tls_cipher_prohibit_list: 'RC4-SHA:DES-CBC3-SHA', minimum_tls_version: 'TLSv1.1',
  },
} as const;

export async function openTwinApis(): Promise<TwinApis> {
  const world = await openWorld();
  try {
    const databases = [await world.mariaDb.newDatabase(), await world.mariaDb.newDatabase()] as const;
    const [ours, original] = [await apiAddress(), await apiAddress()];
    const confs = { ours: world.conf('ours', { database: databases[0], apiPort: ours.apiPort, more: SETTINGS }), original: world.conf('original', { database: databases[1], apiPort: original.apiPort, more: SETTINGS }) };
    writeCertificates(world.directory);
    for (const conf of Object.values(confs)) await createOurSchema(conf);
    const [originalApi] = await Promise.all([startOriginalApi(confs.original, original.apiPort, world.log('original'), { processes: 2 }), world.start('api', confs.ours)]);
    world.onStop('the original', () => originalApi.stop());
    const rows = await openTwinRows(databases);
    world.onStop('rows', () => rows.close());
    const ids = await seed(ours.url, () => rows.settleFirst());
    await seedRows(rows, ids);
    await rows.keep();
    await rows.restore();
    return { urls: { ours: ours.url, original: original.url }, ids, rows, world };
  } catch (error) {
    await world.stop();
    throw error;
  }
}
