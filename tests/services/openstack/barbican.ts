import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { authtoken, writeConf } from './options.ts';
import { manage, startWsgi, type Place } from './place.ts';

/** `publicUrl` is what its references begin with. Returns the URL it listens on. */
export async function startBarbican(place: Place, publicUrl: string, port: number): Promise<void> {
  const home = join(place.directory, 'barbican');
  const database = await place.newDatabase();
  writeConf(join(home, '.barbican', 'barbican.conf'), {
    DEFAULT: { use_stderr: 'True', host_href: publicUrl, sql_connection: database, db_auto_create: 'False' },
    secretstore: { enabled_secretstore_plugins: 'store_crypto' },
    crypto: { enabled_crypto_plugins: 'simple_crypto' },
    simple_crypto_plugin: { kek: `'${randomBytes(32).toString('base64')}'` },
    queue: { enable: 'False' },
    oslo_policy: { enforce_scope: 'False', enforce_new_defaults: 'False' },
    ...authtoken(place.keystoneUrl, 'barbican'),
  });
  // It looks for its configuration in the home directory.
  const env = { HOME: home };
  await manage('/usr/bin/barbican-manage', ['db', 'upgrade', '-d', database], env);
  await startWsgi(place, { name: 'barbican', script: '/usr/bin/barbican-wsgi-api', env, port });
}
