import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { answers } from '../daemon.ts';
import { authtoken, writeConf } from './options.ts';
import { manage, startIn, type Place } from './place.ts';

export async function startGlance(place: Place, port: number): Promise<void> {
  const home = join(place.directory, 'glance');
  for (const name of ['images', 'staging', 'tasks']) mkdirSync(join(home, name), { recursive: true });
  const file = writeConf(join(home, 'glance-api.conf'), {
    DEFAULT: { use_stderr: 'True', bind_host: '127.0.0.1', bind_port: port, workers: 0, enabled_backends: 'file:file' },
    os_glance_staging_store: { filesystem_store_datadir: join(home, 'staging') },
    os_glance_tasks_store: { filesystem_store_datadir: join(home, 'tasks') },
    file: { filesystem_store_datadir: join(home, 'images') },
    glance_store: { default_backend: 'file' },
    database: { connection: await place.newDatabase() },
    oslo_concurrency: { lock_path: join(home, 'lock') },
    paste_deploy: { flavor: 'keystone', config_file: '/etc/glance/glance-api-paste.ini' },
    ...authtoken(place.keystoneUrl, 'glance'),
  });
  await manage('/usr/bin/glance-manage', ['--config-file', file, 'db_sync']);
  await startIn(place, { name: 'glance-api', command: '/usr/bin/glance-api', args: ['--config-file', file], isReady: () => answers(`http://127.0.0.1:${port}/`) });
}
